"""Setup intents: a card kept for later payments, authenticated now so that nobody need be asked then."""

from engines.payment_server.calls import Call
from engines.payment_server.cards import DECLINE_SENTENCES, card_of
from engines.payment_server.payment_methods import attach, refuse_used_up, take_payment_method
from engines.payment_server.payments import refuse_foreign
from engines.payment_server.problems import declined, unexpected_state
from engines.payment_server.store import Json, new_id

OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")
ATTACHES_YET_FAILS = "chargeCustomerFail"


def create_setup_intent(call: Call) -> Json:
    """POST /v1/setup_intents."""
    params = call.params
    customer = params.text("customer")
    if customer is not None:
        call.load("customer", customer, param="customer")
    intent = call.new(
        "setup_intent",
        "seti",
        {
            "automatic_payment_methods": params.mapping("automatic_payment_methods"),
            "cancellation_reason": None,
            "customer": customer,
            "description": params.text("description"),
            "last_setup_error": None,
            "latest_attempt": None,
            "mandate": None,
            "metadata": params.metadata(),
            "next_action": None,
            "payment_method": None,
            "payment_method_options": params.mapping("payment_method_options"),
            "payment_method_types": params.texts("payment_method_types") or ["card"],
            "status": "requires_payment_method",
            "usage": params.choice("usage", ["off_session", "on_session"]) or "off_session",
        },
    )
    intent["client_secret"] = f"{intent['id']}_secret_{new_id('x')[2:]}"
    _take_method(call, intent)
    is_confirmed, return_url = params.flag("confirm"), params.text("return_url")
    params.flag("use_stripe_sdk")
    params.finish()
    call.save(intent, owner=customer)
    call.emit("setup_intent.created", intent)
    return _confirm(call, intent, return_url) if is_confirmed else intent


def retrieve_setup_intent(call: Call) -> Json:
    """GET /v1/setup_intents/{id}."""
    call.params.text("client_secret")
    call.params.finish()
    return call.load("setup_intent", call.ids[0])


def update_setup_intent(call: Call) -> Json:
    """POST /v1/setup_intents/{id}."""
    intent, params = call.load("setup_intent", call.ids[0]), call.params
    intent["metadata"] = params.metadata(intent["metadata"])
    if "description" in params:
        intent["description"] = params.text("description")
    if "customer" in params:
        intent["customer"] = call.load("customer", params.required_text("customer"), param="customer")["id"]
    _take_method(call, intent)
    params.finish()
    return call.save(intent, owner=intent["customer"])


def confirm_setup_intent(call: Call) -> Json:
    """POST /v1/setup_intents/{id}/confirm."""
    intent, params = call.load("setup_intent", call.ids[0]), call.params
    if intent["status"] not in OPEN:
        raise unexpected_state("SetupIntent", intent["status"], "confirmed", {"setup_intent": intent})
    _take_method(call, intent)
    return_url = params.text("return_url")
    params.any("mandate_data")
    params.finish()
    return _confirm(call, intent, return_url)


def cancel_setup_intent(call: Call) -> Json:
    """POST /v1/setup_intents/{id}/cancel."""
    intent, params = call.load("setup_intent", call.ids[0]), call.params
    reason = params.choice("cancellation_reason", ["abandoned", "duplicate", "requested_by_customer"])
    params.finish()
    if intent["status"] not in OPEN:
        raise unexpected_state("SetupIntent", intent["status"], "canceled", {"setup_intent": intent})
    intent |= {"status": "canceled", "cancellation_reason": reason, "next_action": None}
    call.emit("setup_intent.canceled", call.save(intent))
    return intent


def list_setup_intents(call: Call) -> Json:
    """GET /v1/setup_intents."""
    method = call.params.text("payment_method")
    owner = call.params.text("customer")
    return call.page("setup_intent", owner=owner, keep=lambda intent: method in (None, intent["payment_method"]))


def authenticate(call: Call, intent: Json, *, is_passed: bool) -> Json:
    """The customer's answer on the 3-D Secure page."""
    if intent["status"] != "requires_action":
        raise unexpected_state("SetupIntent", intent["status"], "authenticated", {"setup_intent": intent})
    if is_passed:
        return _succeed(call, intent, call.load("payment_method", intent["payment_method"]))
    failure = {
        "type": "invalid_request_error",
        "code": "setup_intent_authentication_failure",
        "message": "The latest attempt to set up the payment method has failed because authentication failed.",
    }
    intent |= {"status": "requires_payment_method", "payment_method": None, "next_action": None}
    intent["last_setup_error"] = failure
    call.emit("setup_intent.setup_failed", call.save(intent))
    return intent


def _take_method(call: Call, intent: Json) -> None:
    given = call.params.text("payment_method")
    if given is not None:
        payment_method = take_payment_method(call, given)
        refuse_foreign(payment_method, intent["customer"])
        intent |= {"payment_method": payment_method["id"], "status": "requires_confirmation", "next_action": None}


def _confirm(call: Call, intent: Json, return_url: str | None) -> Json:
    if intent["payment_method"] is None:
        raise unexpected_state("SetupIntent", intent["status"], "confirmed", {"setup_intent": intent})
    payment_method = call.load("payment_method", intent["payment_method"])
    refuse_used_up(payment_method)
    card = card_of(payment_method)
    if card.decline is not None and payment_method["_test_card"] != ATTACHES_YET_FAILS:
        code, decline_code = card.decline
        failure: Json = {"type": "card_error", "code": code, "message": DECLINE_SENTENCES[code]}
        failure |= {"decline_code": decline_code} if decline_code else {}
        intent |= {"status": "requires_payment_method", "payment_method": None, "last_setup_error": failure}
        call.emit("setup_intent.setup_failed", call.save(intent))
        raise declined(code, decline_code, DECLINE_SENTENCES[code], {"setup_intent": intent})
    if card.asks != "never":
        url = f"{call.base_url}/pages/authenticate/{intent['id']}"
        intent["next_action"] = {
            "type": "redirect_to_url",
            "redirect_to_url": {"url": url, "return_url": return_url},
        }
        intent["status"] = "requires_action"
        call.emit("setup_intent.requires_action", call.save(intent))
        return intent
    return _succeed(call, intent, payment_method)


def _succeed(call: Call, intent: Json, payment_method: Json) -> Json:
    ready = payment_method | {"_is_set_up": intent["usage"] == "off_session"}
    call.save(ready)
    if intent["customer"] is not None:
        attach(call, ready, intent["customer"])
    intent |= {"status": "succeeded", "next_action": None, "last_setup_error": None}
    call.emit("setup_intent.succeeded", call.save(intent))
    return intent
