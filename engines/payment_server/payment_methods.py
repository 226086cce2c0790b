"""Payment methods: test cards by token, attached to customers, used up when they are not."""

from engines.payment_server.calls import Call
from engines.payment_server.cards import TEST_CARDS, card_named, refuse_card_numbers
from engines.payment_server.problems import invalid, missing
from engines.payment_server.store import Json


def create_payment_method(call: Call) -> Json:
    """POST /v1/payment_methods: from a test token only."""
    params = call.params
    params.choice("type", ["card"])
    card = params.any("card")
    if not isinstance(card, dict):
        raise invalid("Missing required param: card.", param="card", code="parameter_missing")
    refuse_card_numbers(card)
    token = str(card.get("token"))
    if card_named(token) is None:
        raise missing("token", token, param="card[token]")
    fields = {"billing_details": params.mapping("billing_details"), "metadata": params.metadata()}
    params.finish()
    return call.save(_new_payment_method(call, token, fields))


def retrieve_payment_method(call: Call) -> Json:
    """GET /v1/payment_methods/{id}."""
    call.params.finish()
    return take_payment_method(call, call.ids[0], param="id")


def update_payment_method(call: Call) -> Json:
    """POST /v1/payment_methods/{id}."""
    payment_method, params = call.load("payment_method", call.ids[0]), call.params
    payment_method["metadata"] = params.metadata(payment_method["metadata"])
    payment_method["billing_details"] = params.mapping("billing_details") or payment_method["billing_details"]
    params.finish()
    return call.save(payment_method, owner=payment_method["customer"])


def attach_payment_method(call: Call) -> Json:
    """POST /v1/payment_methods/{id}/attach."""
    customer = call.load("customer", call.params.required_text("customer"), param="customer")
    call.params.finish()
    return attach(call, take_payment_method(call, call.ids[0], param="payment_method"), customer["id"])


def detach_payment_method(call: Call) -> Json:
    """POST /v1/payment_methods/{id}/detach: it can never be used again."""
    payment_method = call.load("payment_method", call.ids[0])
    call.params.finish()
    if payment_method["customer"] is None:
        raise invalid("The payment method you provided is not attached to a customer so detachment is impossible.")
    return detach(call, payment_method)


def list_payment_methods(call: Call) -> Json:
    """GET /v1/payment_methods?customer= and GET /v1/customers/{id}/payment_methods."""
    call.params.choice("type", ["card"])
    owner = call.ids[0] if call.ids else call.params.required_text("customer")
    return call.page("payment_method", owner=call.load("customer", owner, param="customer")["id"])


def retrieve_customer_payment_method(call: Call) -> Json:
    """GET /v1/customers/{id}/payment_methods/{id}."""
    call.params.finish()
    payment_method = call.load("payment_method", call.ids[1])
    if payment_method["customer"] != call.ids[0]:
        raise missing("payment_method", call.ids[1])
    return payment_method


def take_payment_method(call: Call, given: str, *, param: str = "payment_method") -> Json:
    """The payment method of that id; a test card's name makes a fresh one each time."""
    if given.startswith("pm_card_") and card_named(given) is not None:
        return call.save(_new_payment_method(call, given, {}))
    return call.load("payment_method", given, param=param)


def attach(call: Call, payment_method: Json, customer_id: str) -> Json:
    """Keep a payment method for a customer; raises where it is somebody else's or was used up."""
    if payment_method["customer"] not in (None, customer_id):
        raise invalid("The payment method you provided has already been attached to a customer.")
    refuse_used_up(payment_method)
    if payment_method["customer"] is None:
        payment_method["customer"] = customer_id
        call.save(payment_method, owner=customer_id)
        call.emit("payment_method.attached", payment_method)
    return payment_method


def refuse_used_up(payment_method: Json) -> None:
    """A payment method that was used without a customer, or detached, is spent."""
    if payment_method.get("_is_used_up"):
        raise invalid(
            "This PaymentMethod was previously used without being attached to a Customer or was detached from a "
            "Customer, and may not be used again.",
            param="payment_method",
        )


def detach(call: Call, payment_method: Json) -> Json:
    """Take a payment method from its customer; it can never be used again."""
    call.store.disown(payment_method["id"])
    detached = call.save(payment_method | {"customer": None, "_is_used_up": True})
    call.emit("payment_method.detached", detached, previous={"customer": payment_method["customer"]})
    return detached


def _new_payment_method(call: Call, token: str, fields: Json) -> Json:
    name = token.removeprefix("pm_card_").removeprefix("tok_")
    card = TEST_CARDS[name]
    shown = {
        "brand": card.brand,
        "country": "US",
        "exp_month": 12,
        "exp_year": 2034,
        "fingerprint": f"test{card.last4}",
        "funding": "credit",
        "last4": card.last4,
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }
    blank: Json = {"address": None, "email": None, "name": None, "phone": None}
    return call.new(
        "payment_method",
        "pm",
        {
            "type": "card",
            "card": shown,
            "customer": None,
            "billing_details": blank | (fields.get("billing_details") or {}),
            "metadata": fields.get("metadata", {}),
            "_test_card": name,
        },
    )
