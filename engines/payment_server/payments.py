"""Paying: what happens when a payment intent is confirmed, authenticated and captured."""

from dataclasses import dataclass

from engines.payment_server.calls import Call
from engines.payment_server.cards import DECLINE_SENTENCES, TestCard, card_of
from engines.payment_server.charges import authorise
from engines.payment_server.charges import capture as capture_charge
from engines.payment_server.connect import send_transfer
from engines.payment_server.disputes import dispute_if_the_card_says_so
from engines.payment_server.forms import Params
from engines.payment_server.payment_methods import attach, refuse_used_up
from engines.payment_server.problems import StripeProblem, declined, invalid, unexpected_state
from engines.payment_server.store import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """How a payment is confirmed: with the customer present or not, and where to send them after 3-D Secure."""

    is_off_session: bool = False
    must_not_ask: bool = False
    return_url: str | None = None


def read_confirmation(params: Params, *, is_confirmed: bool) -> Confirmation:
    """The parameters that only make sense together with confirming."""
    given = [name for name in ("off_session", "error_on_requires_action", "return_url") if name in params]
    if given and not is_confirmed:
        raise invalid(f"You can only set {given[0]} when confirm=true.", param=given[0])
    params.any("mandate_data")
    params.any("mandate")
    params.flag("use_stripe_sdk")
    return Confirmation(
        is_off_session=params.text("off_session") in ("true", "one_off", "recurring"),
        must_not_ask=params.flag("error_on_requires_action"),
        return_url=params.text("return_url"),
    )


def refuse_foreign(payment_method: Json, customer: str | None) -> None:
    """A customer's payment method pays for that customer alone."""
    if payment_method["customer"] not in (None, customer):
        raise invalid(
            f"The customer does not have a payment method with the ID {payment_method['id']}. "
            "The payment method must be attached to the customer.",
            param="payment_method",
            code="resource_missing",
        )


def confirm(call: Call, intent: Json, confirmation: Confirmation) -> Json:
    """Charge the payment method, or ask for 3-D Secure first; raises the decline, which stays on record."""
    if intent["payment_method"] is None:
        raise unexpected_state("PaymentIntent", intent["status"], "confirmed", {"payment_intent": intent})
    payment_method = call.load("payment_method", intent["payment_method"])
    refuse_foreign(payment_method, intent["customer"])
    refuse_used_up(payment_method)
    if _asks_for_authentication(card_of(payment_method), payment_method, confirmation):
        if confirmation.is_off_session or confirmation.must_not_ask:
            raise _decline(call, intent, payment_method, ("authentication_required", "authentication_required"))
        return_url = confirmation.return_url
        url = f"{call.base_url}/pages/authenticate/{intent['id']}"
        action = {"type": "redirect_to_url", "redirect_to_url": {"url": url, "return_url": return_url}}
        intent |= {"status": "requires_action", "next_action": action}
        call.emit("payment_intent.requires_action", call.save(intent))
        return intent
    return _charge(call, intent, payment_method)


def authenticate(call: Call, intent: Json, *, is_passed: bool) -> Json:
    """The customer's answer on the 3-D Secure page."""
    if intent["status"] != "requires_action":
        raise unexpected_state("PaymentIntent", intent["status"], "authenticated", {"payment_intent": intent})
    payment_method = call.load("payment_method", intent["payment_method"])
    if not is_passed:
        failure = {
            "type": "invalid_request_error",
            "code": "payment_intent_authentication_failure",
            "message": "The provided PaymentMethod has failed authentication.",
            "payment_method": payment_method,
        }
        intent |= {"status": "requires_payment_method", "payment_method": None, "next_action": None}
        intent["last_payment_error"] = failure
        call.emit("payment_intent.payment_failed", call.save(intent))
        return intent
    return _charge(call, intent, payment_method)


def capture(call: Call, intent: Json, amount: int) -> Json:
    """Take the authorised money."""
    charge = capture_charge(call, call.load("charge", intent["latest_charge"]), amount)
    intent |= {"status": "succeeded", "amount_capturable": 0, "amount_received": amount, "next_action": None}
    call.save(intent)
    if intent["capture_method"] == "manual":
        call.emit("charge.captured", charge)
    call.emit("payment_intent.succeeded", intent)
    _pay_out(call, intent, charge)
    dispute_if_the_card_says_so(call, charge, call.load("payment_method", intent["payment_method"]))
    return intent


def _charge(call: Call, intent: Json, payment_method: Json) -> Json:
    decline = card_of(payment_method).decline
    if decline is not None:
        raise _decline(call, intent, payment_method, decline)
    _keep_method(call, intent, payment_method)
    charge = authorise(call, intent, payment_method, failure=None)
    intent |= {"latest_charge": charge["id"], "last_payment_error": None, "next_action": None}
    call.emit("charge.succeeded", charge)
    if intent["capture_method"] != "manual":
        return capture(call, intent, intent["amount"])
    intent |= {"status": "requires_capture", "amount_capturable": intent["amount"]}
    call.emit("payment_intent.amount_capturable_updated", call.save(intent))
    return intent


def _keep_method(call: Call, intent: Json, payment_method: Json) -> None:
    """Attach it for later where that was asked for; without a customer it is used up by this payment."""
    if intent["setup_future_usage"] is not None and intent["customer"] is not None:
        call.save(payment_method | {"_is_set_up": True})
        attach(call, payment_method | {"_is_set_up": True}, intent["customer"])
    elif payment_method["customer"] is None:
        call.save(payment_method | {"_is_used_up": True})


def _decline(call: Call, intent: Json, payment_method: Json, decline: tuple[str, str | None]) -> StripeProblem:
    """Record the failed attempt and give the 402 to raise."""
    code, decline_code = decline
    message = DECLINE_SENTENCES[code]
    if decline_code == "insufficient_funds":
        message = "Your card has insufficient funds."
    failure: Json = {"type": "card_error", "code": code, "message": message}
    if decline_code is not None:
        failure["decline_code"] = decline_code
    charge = authorise(call, intent, payment_method, failure=failure)
    failure |= {"charge": charge["id"]}
    intent |= {"status": "requires_payment_method", "payment_method": None, "next_action": None}
    intent |= {"latest_charge": charge["id"], "last_payment_error": failure | {"payment_method": payment_method}}
    call.emit("payment_intent.payment_failed", call.save(intent))
    details = {"charge": charge["id"], "payment_method": payment_method, "payment_intent": intent}
    return declined(code, decline_code, message, details)


def _asks_for_authentication(card: TestCard, payment_method: Json, confirmation: Confirmation) -> bool:
    if card.asks == "until set up":
        return not (payment_method.get("_is_set_up") and confirmation.is_off_session)
    return card.asks == "always"


def _pay_out(call: Call, intent: Json, charge: Json) -> None:
    """A destination charge hands the money on, less the platform's fee."""
    destination = (intent["transfer_data"] or {}).get("destination")
    if destination is None:
        return
    fee = intent["application_fee_amount"] or 0
    amount = intent["transfer_data"].get("amount", intent["amount_received"] - fee)
    transfer = send_transfer(
        call,
        {
            "amount": amount,
            "currency": intent["currency"],
            "destination": destination,
            "source_transaction": charge["id"],
            "transfer_group": intent["transfer_group"] or f"group_{intent['id']}",
            "description": None,
            "metadata": {},
        },
    )
    call.save(charge | {"transfer": transfer["id"]})
