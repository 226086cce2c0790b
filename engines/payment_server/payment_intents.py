"""Payment intents: the states of one payment and the steps between them."""

from engines.payment_server import payments
from engines.payment_server.calls import Call
from engines.payment_server.forms import Params
from engines.payment_server.payment_methods import take_payment_method
from engines.payment_server.problems import invalid, unexpected_state
from engines.payment_server.store import Json, new_id

CAPTURE_METHODS = ("automatic", "automatic_async", "manual")
CANCELLATION_REASONS = ("abandoned", "duplicate", "fraudulent", "requested_by_customer")
MONEY = ("amount", "currency", "payment_method", "customer", "setup_future_usage")
OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")
KEPT_AS_GIVEN = ("shipping", "payment_method_options", "amount_details")
TEXTS = ("description", "receipt_email", "statement_descriptor", "statement_descriptor_suffix", "transfer_group")


def create_payment_intent(call: Call) -> Json:
    """POST /v1/payment_intents."""
    params = call.params
    amount, currency = params.required_integer("amount", least=1), params.currency()
    customer = params.text("customer")
    if customer is not None:
        call.load("customer", customer, param="customer")
    intent = call.new(
        "payment_intent",
        "pi",
        {
            "amount": amount,
            "amount_capturable": 0,
            "amount_received": 0,
            "application_fee_amount": params.integer("application_fee_amount"),
            "automatic_payment_methods": _automatic_methods(params),
            "canceled_at": None,
            "cancellation_reason": None,
            "capture_method": params.choice("capture_method", CAPTURE_METHODS) or "automatic_async",
            "confirmation_method": params.choice("confirmation_method", ["automatic", "manual"]) or "automatic",
            "currency": currency,
            "customer": customer,
            "last_payment_error": None,
            "latest_charge": None,
            "metadata": params.metadata(),
            "next_action": None,
            "on_behalf_of": params.text("on_behalf_of"),
            "payment_method": None,
            "payment_method_types": params.texts("payment_method_types") or ["card"],
            "processing": None,
            "setup_future_usage": params.choice("setup_future_usage", ["off_session", "on_session"]),
            "status": "requires_payment_method",
            "transfer_data": _transfer_data(call, params),
            **{name: params.text(name) for name in TEXTS},
            **{name: params.mapping(name) for name in KEPT_AS_GIVEN},
        },
    )
    intent["client_secret"] = f"{intent['id']}_secret_{new_id('x')[2:]}"
    _take_method(call, intent, params)
    is_confirmed = params.flag("confirm")
    confirmation = payments.read_confirmation(params, is_confirmed=is_confirmed)
    params.finish()
    call.save(intent, owner=customer)
    call.emit("payment_intent.created", intent)
    return payments.confirm(call, intent, confirmation) if is_confirmed else intent


def retrieve_payment_intent(call: Call) -> Json:
    """GET /v1/payment_intents/{id}."""
    call.params.text("client_secret")
    call.params.finish()
    return call.load("payment_intent", call.ids[0])


def update_payment_intent(call: Call) -> Json:
    """POST /v1/payment_intents/{id}: while nothing is authorised the amount may change, later only notes may."""
    intent, params = call.load("payment_intent", call.ids[0]), call.params
    intent["metadata"] = params.metadata(intent["metadata"])
    for name in TEXTS:
        if name in params:
            intent[name] = params.text(name)
    if any(name in params for name in MONEY) and intent["status"] not in OPEN:
        raise unexpected_state("PaymentIntent", intent["status"], "updated", {"payment_intent": intent})
    if "amount" in params:
        intent["amount"] = params.required_integer("amount", least=1)
    if "currency" in params:
        intent["currency"] = params.currency()
    if "customer" in params:
        intent["customer"] = call.load("customer", params.required_text("customer"), param="customer")["id"]
    if "setup_future_usage" in params:
        intent["setup_future_usage"] = params.choice("setup_future_usage", ["off_session", "on_session"])
    _take_method(call, intent, params)
    params.finish()
    return call.save(intent, owner=intent["customer"])


def list_payment_intents(call: Call) -> Json:
    """GET /v1/payment_intents."""
    return call.page("payment_intent", owner=call.params.text("customer"))


def confirm_payment_intent(call: Call) -> Json:
    """POST /v1/payment_intents/{id}/confirm."""
    intent, params = call.load("payment_intent", call.ids[0]), call.params
    if intent["status"] not in OPEN:
        raise unexpected_state("PaymentIntent", intent["status"], "confirmed", {"payment_intent": intent})
    _take_method(call, intent, params)
    if "setup_future_usage" in params:
        intent["setup_future_usage"] = params.choice("setup_future_usage", ["off_session", "on_session"])
    confirmation = payments.read_confirmation(params, is_confirmed=True)
    params.finish()
    return payments.confirm(call, intent, confirmation)


def capture_payment_intent(call: Call) -> Json:
    """POST /v1/payment_intents/{id}/capture: all, or less; the rest is released."""
    intent, params = call.load("payment_intent", call.ids[0]), call.params
    amount = params.integer("amount_to_capture", least=1)
    fee = params.integer("application_fee_amount")
    intent["metadata"] = params.metadata(intent["metadata"])
    params.finish()
    if intent["status"] != "requires_capture":
        raise unexpected_state("PaymentIntent", intent["status"], "captured", {"payment_intent": intent})
    if amount is not None and amount > intent["amount_capturable"]:
        raise invalid(
            f"The provided amount_to_capture {amount} is greater than the capturable {intent['amount_capturable']}.",
            param="amount_to_capture",
            code="amount_too_large",
        )
    if fee is not None:
        intent["application_fee_amount"] = fee
    return payments.capture(call, intent, amount or intent["amount_capturable"])


def cancel_payment_intent(call: Call) -> Json:
    """POST /v1/payment_intents/{id}/cancel: what was authorised is released."""
    intent, params = call.load("payment_intent", call.ids[0]), call.params
    reason = params.choice("cancellation_reason", CANCELLATION_REASONS)
    params.finish()
    if intent["status"] not in (*OPEN, "requires_capture"):
        raise unexpected_state("PaymentIntent", intent["status"], "canceled", {"payment_intent": intent})
    if intent["latest_charge"] is not None and intent["amount_capturable"]:
        charge = call.load("charge", intent["latest_charge"])
        charge |= {"amount_refunded": charge["amount"], "refunded": True}
        call.emit("charge.refunded", call.save(charge))
    intent |= {"status": "canceled", "canceled_at": call.now, "cancellation_reason": reason}
    intent |= {"amount_capturable": 0, "next_action": None}
    call.emit("payment_intent.canceled", call.save(intent))
    return intent


def _take_method(call: Call, intent: Json, params: Params) -> None:
    given = params.text("payment_method")
    if given is None:
        return
    payment_method = take_payment_method(call, given)
    payments.refuse_foreign(payment_method, intent["customer"])
    intent |= {"payment_method": payment_method["id"], "status": "requires_confirmation", "next_action": None}


def _transfer_data(call: Call, params: Params) -> Json | None:
    given = params.group("transfer_data")
    if given is None:
        return None
    destination, amount = given.required_text("destination"), given.integer("amount", least=1)
    given.finish()
    account = call.load("account", destination, param="transfer_data[destination]")["id"]
    return {"destination": account} | ({"amount": amount} if amount is not None else {})


def _automatic_methods(params: Params) -> Json | None:
    given = params.group("automatic_payment_methods")
    if given is None:
        return None
    automatic: Json = {"enabled": given.flag("enabled")}
    automatic["allow_redirects"] = given.choice("allow_redirects", ["always", "never"]) or "always"
    given.finish()
    return automatic
