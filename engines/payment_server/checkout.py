"""Checkout sessions: a page of ours on which the customer pays or leaves a card."""

from typing import Any

from engines.payment_server import payments, setup_intents
from engines.payment_server.calls import Call
from engines.payment_server.forms import Params
from engines.payment_server.payment_intents import create_payment_intent
from engines.payment_server.payment_methods import take_payment_method
from engines.payment_server.problems import invalid
from engines.payment_server.setup_intents import create_setup_intent
from engines.payment_server.store import Json, new_id

OPEN_FOR_SECONDS = 86_400
MOST_ITEMS = 100


def create_session(call: Call) -> Json:
    """POST /v1/checkout/sessions, in mode payment or setup."""
    params = call.params
    mode = params.choice("mode", ["payment", "setup"]) or "payment"
    items = [_line_item(item, place) for place, item in enumerate(_listed(params.any("line_items")))]
    if mode == "payment" and not items:
        raise invalid("You must pass `line_items` in payment mode.", param="line_items", code="parameter_missing")
    if len({item["currency"] for item in items}) > 1:
        raise invalid("All line items must have the same currency.", param="line_items")
    customer = params.text("customer")
    if customer is not None:
        call.load("customer", customer, param="customer")
    total = sum(item["amount_total"] for item in items)
    intent_data = params.group("payment_intent_data") or params.group("setup_intent_data") or Params({})
    intent_fields = {name: intent_data.any(name) for name in list(INTENT_FIELDS) if name in intent_data}
    intent_data.finish()
    session = call.new(
        "checkout.session",
        "cs_test",
        {
            "amount_subtotal": total,
            "amount_total": total,
            "cancel_url": params.text("cancel_url"),
            "client_reference_id": params.text("client_reference_id"),
            "currency": items[0]["currency"] if items else params.text("currency"),
            "customer": customer,
            "customer_email": params.text("customer_email"),
            "expires_at": params.integer("expires_at", most=10**12) or call.now + OPEN_FOR_SECONDS,
            "metadata": params.metadata(),
            "mode": mode,
            "payment_intent": None,
            "payment_method_types": params.texts("payment_method_types") or ["card"],
            "payment_status": "unpaid" if mode == "payment" else "no_payment_required",
            "setup_intent": None,
            "status": "open",
            "success_url": params.text("success_url"),
            "ui_mode": params.text("ui_mode") or "hosted",
            "_items": items,
            "_intent_fields": intent_fields,
        },
    )
    params.choice("submit_type", ["auto", "pay", "book", "donate"])
    params.choice("customer_creation", ["always", "if_required"])
    params.finish()
    session["url"] = f"{call.base_url}/pages/checkout/{session['id']}"
    return call.save(session, owner=customer)


INTENT_FIELDS = (
    "application_fee_amount", "capture_method", "description", "metadata", "on_behalf_of", "receipt_email",
    "setup_future_usage", "transfer_data", "transfer_group",
)  # fmt: skip


def retrieve_session(call: Call) -> Json:
    """GET /v1/checkout/sessions/{id}."""
    call.params.finish()
    return _fresh(call, call.load("checkout.session", call.ids[0]))


def list_sessions(call: Call) -> Json:
    """GET /v1/checkout/sessions."""
    intent = call.params.text("payment_intent")
    owner = call.params.text("customer")
    return call.page("checkout.session", owner=owner, keep=lambda session: intent in (None, session["payment_intent"]))


def list_line_items(call: Call) -> Json:
    """GET /v1/checkout/sessions/{id}/line_items."""
    session = call.load("checkout.session", call.ids[0])
    limit = call.params.integer("limit", least=1, most=100) or 10
    call.params.finish()
    items = session["_items"]
    return {"object": "list", "url": call.path, "has_more": len(items) > limit, "data": items[:limit]}


def expire_session(call: Call) -> Json:
    """POST /v1/checkout/sessions/{id}/expire."""
    call.params.finish()
    session = _fresh(call, call.load("checkout.session", call.ids[0]))
    if session["status"] != "open":
        raise invalid(f"Only Checkout Sessions with a status of open can be expired; this one is {session['status']}.")
    return _expire(call, session)


def complete_session(call: Call, session_id: str, payment_method: str) -> Json:
    """The customer pays on the page; a decline is raised and the session stays open."""
    session = _fresh(call, call.load("checkout.session", session_id))
    if session["status"] != "open":
        raise invalid(f"This Checkout Session is {session['status']}.")
    is_payment = session["mode"] == "payment"
    name = "payment_intent" if is_payment else "setup_intent"
    if session[name] is None:
        given = dict(session["_intent_fields"])
        if is_payment:
            given |= {"amount": str(session["amount_total"]), "currency": session["currency"]}
        if session["customer"] is not None:
            given["customer"] = session["customer"]
        inner = _with_params(call, given)
        intent = create_payment_intent(inner) if is_payment else create_setup_intent(inner)
        session[name] = intent["id"]
        call.save(session)
    intent = call.load(name, session[name])
    intent |= {"payment_method": take_payment_method(call, payment_method)["id"], "status": "requires_confirmation"}
    call.save(intent)
    if is_payment:
        intent = payments.confirm(call, intent, payments.Confirmation())
    else:
        intent = setup_intents.confirm_setup_intent(_with_params(call, {}, ids=(intent["id"],)))
    return session if intent["status"] == "requires_action" else finish_session(call, session)


def finish_session(call: Call, session: Json) -> Json:
    """Mark it complete once its intent is done."""
    is_paid = session["mode"] == "payment"
    session |= {"status": "complete", "payment_status": "paid" if is_paid else "no_payment_required"}
    call.emit("checkout.session.completed", call.save(session))
    return session


def session_of_intent(call: Call, intent_id: str) -> Json | None:
    """The open session that waits for this intent."""
    for session in call.store.every("checkout.session"):
        if session["status"] == "open" and intent_id in (session["payment_intent"], session["setup_intent"]):
            return session
    return None


def _fresh(call: Call, session: Json) -> Json:
    is_over = session["status"] == "open" and session["expires_at"] <= call.now
    return _expire(call, session) if is_over else session


def _expire(call: Call, session: Json) -> Json:
    session |= {"status": "expired", "url": None}
    call.emit("checkout.session.expired", call.save(session))
    return session


def _with_params(call: Call, given: Json, *, ids: tuple[str, ...] = ()) -> Call:
    return Call(
        store=call.store, params=Params(given), ids=ids, base_url=call.base_url, now=call.now, announce=call.announce
    )


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > MOST_ITEMS:
        raise invalid("Invalid array", param="line_items")
    return value


def _line_item(given: Any, place: int) -> Json:
    path = f"line_items[{place}]"
    if not isinstance(given, dict):
        raise invalid("Invalid object", param=path)
    params = Params(given, path=path)
    quantity = params.integer("quantity", least=1) or 1
    price = params.group("price_data")
    params.finish()
    if price is None:
        raise invalid("Missing required param: price_data.", param=f"{path}[price_data]", code="parameter_missing")
    amount, currency, product = price.required_integer("unit_amount"), price.currency(), price.group("product_data")
    if product is None:
        raise invalid("Missing required param: product_data.", param=f"{path}[price_data]", code="parameter_missing")
    name = product.required_text("name")
    product.any("description")
    product.any("images")
    product.any("metadata")
    product.finish()
    price.any("tax_behavior")
    price.finish()
    return {
        "id": new_id("li"),
        "object": "item",
        "amount_subtotal": amount * quantity,
        "amount_total": amount * quantity,
        "currency": currency,
        "description": name,
        "price": {"object": "price", "unit_amount": amount, "currency": currency, "type": "one_time"},
        "quantity": quantity,
    }
