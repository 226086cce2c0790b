"""Customers, who keep payment methods and pay with them."""

from typing import Any

from engines.payment_server.calls import Call
from engines.payment_server.payment_methods import attach, detach, take_payment_method
from engines.payment_server.problems import missing
from engines.payment_server.store import Json

CUSTOMER_TEXTS = ("email", "name", "phone", "description")


def create_customer(call: Call) -> Json:
    """POST /v1/customers."""
    params = call.params
    payment_method = params.text("payment_method")
    fields: Json = {name: params.text(name) for name in CUSTOMER_TEXTS}
    fields |= {
        "address": params.mapping("address"),
        "shipping": params.mapping("shipping"),
        "metadata": params.metadata(),
        "invoice_settings": _invoice_settings(call, None),
        "balance": 0,
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "preferred_locales": params.texts("preferred_locales"),
    }
    params.finish()
    customer = call.save(call.new("customer", "cus", fields))
    call.emit("customer.created", customer)
    if payment_method is not None:
        attach(call, take_payment_method(call, payment_method), customer["id"])
    return customer


def retrieve_customer(call: Call) -> Json:
    """GET /v1/customers/{id}; a deleted one is still told, as deleted."""
    call.params.finish()
    found = call.store.get("customer", call.ids[0])
    if found is None:
        raise missing("customer", call.ids[0])
    return {"id": found["id"], "object": "customer", "deleted": True} if found.get("deleted") else found


def update_customer(call: Call) -> Json:
    """POST /v1/customers/{id}."""
    customer, params = call.load("customer", call.ids[0]), call.params
    for name in CUSTOMER_TEXTS:
        if name in params:
            customer[name] = params.text(name)
    for name in ("address", "shipping"):
        if name in params:
            customer[name] = params.mapping(name)
    customer["metadata"] = params.metadata(customer["metadata"])
    customer["invoice_settings"] = _invoice_settings(call, customer["invoice_settings"])
    params.finish()
    call.emit("customer.updated", call.save(customer))
    return customer


def delete_customer(call: Call) -> Json:
    """DELETE /v1/customers/{id}: its payment methods are detached."""
    customer = call.load("customer", call.ids[0])
    call.params.finish()
    for payment_method in list(call.store.every("payment_method", customer["id"])):
        detach(call, payment_method)
    call.save(customer | {"deleted": True})
    call.emit("customer.deleted", customer)
    return {"id": customer["id"], "object": "customer", "deleted": True}


def list_customers(call: Call) -> Json:
    """GET /v1/customers."""
    email = call.params.text("email")
    return call.page("customer", keep=lambda customer: email is None or customer["email"] == email)


def _invoice_settings(call: Call, before: Json | None) -> Json:
    settings: dict[str, Any] = before or {"custom_fields": None, "default_payment_method": None, "footer": None}
    given = call.params.group("invoice_settings")
    if given is not None:
        settings["default_payment_method"] = given.text("default_payment_method")
        given.finish()
    return settings
