"""Refunds: money that goes back, never more than was taken."""

from engines.payment_server.calls import Call
from engines.payment_server.cards import card_of
from engines.payment_server.charges import move_balance
from engines.payment_server.problems import invalid
from engines.payment_server.store import Json

REASONS = ("duplicate", "fraudulent", "requested_by_customer")


def create_refund(call: Call) -> Json:
    """POST /v1/refunds, by charge or payment intent; the whole rest unless an amount is given."""
    params = call.params
    charge = _charge_to_refund(call, params.text("charge"), params.text("payment_intent"))
    amount, reason = params.integer("amount", least=1), params.choice("reason", REASONS)
    metadata = params.metadata()
    params.flag("reverse_transfer")
    params.flag("refund_application_fee")
    params.finish()
    rest = charge["amount_captured"] - charge["amount_refunded"]
    if not charge["captured"]:
        raise invalid(f"Charge {charge['id']} has not been captured: cancel its payment intent instead.")
    if any(each["status"] != "won" for each in call.store.every("dispute", charge["id"])):
        raise invalid(f"Charge {charge['id']} is disputed and cannot be refunded.", code="charge_disputed")
    if rest == 0:
        raise invalid(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if amount is not None and amount > rest:
        raise invalid(f"Refund amount ({amount}) is greater than unrefunded amount on charge ({rest})", param="amount")
    return _refund(call, charge, amount or rest, {"reason": reason, "metadata": metadata})


def retrieve_refund(call: Call) -> Json:
    """GET /v1/refunds/{id}."""
    call.params.finish()
    return call.load("refund", call.ids[0])


def update_refund(call: Call) -> Json:
    """POST /v1/refunds/{id}."""
    refund = call.load("refund", call.ids[0])
    refund["metadata"] = call.params.metadata(refund["metadata"])
    call.params.finish()
    call.emit("refund.updated", call.save(refund))
    return refund


def list_refunds(call: Call) -> Json:
    """GET /v1/refunds."""
    charge = call.params.text("charge")
    intent = call.params.text("payment_intent")
    return call.page("refund", owner=charge, keep=lambda refund: intent in (None, refund["payment_intent"]))


def settle_refund(call: Call, refund_id: str) -> Json:
    """The bank confirms a pending refund."""
    refund = call.load("refund", refund_id)
    if refund["status"] == "pending":
        call.emit("refund.updated", call.save(refund | {"status": "succeeded"}), previous={"status": "pending"})
    return call.load("refund", refund_id)


def _charge_to_refund(call: Call, charge_id: str | None, intent_id: str | None) -> Json:
    if intent_id is not None:
        intent = call.load("payment_intent", intent_id, param="payment_intent")
        if intent["latest_charge"] is None or intent["status"] not in ("succeeded", "requires_capture"):
            raise invalid(f"This PaymentIntent ({intent_id}) does not have a successful charge to refund.")
        charge_id = intent["latest_charge"]
    if charge_id is None:
        raise invalid("One of the following params should be provided for this request: payment_intent or charge.")
    return call.load("charge", charge_id, param="charge")


def _refund(call: Call, charge: Json, amount: int, fields: Json) -> Json:
    status = card_of(call.load("payment_method", charge["payment_method"])).refund_status
    refund = call.new(
        "refund",
        "re",
        {
            "amount": amount,
            "balance_transaction": None,
            "charge": charge["id"],
            "currency": charge["currency"],
            "payment_intent": charge["payment_intent"],
            "status": "pending" if status == "pending" else "succeeded",
            **fields,
        },
    )
    movement = move_balance(call, "refund", refund["id"], amount=-amount, currency=charge["currency"])
    refund["balance_transaction"] = movement["id"]
    call.save(refund, owner=charge["id"])
    before = charge["amount_refunded"]
    charge["amount_refunded"] = before + amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
    call.save(charge)
    call.emit("refund.created", refund)
    call.emit("charge.refunded", charge, previous={"amount_refunded": before})
    if status == "failed":
        return _bounce(call, refund, charge)
    return refund


def _bounce(call: Call, refund: Json, charge: Json) -> Json:
    """The bank sends the money back: it is ours again and the charge is no longer refunded."""
    failed = refund | {"status": "failed", "failure_reason": "expired_or_canceled_card"}
    move_balance(call, "refund_failure", refund["id"], amount=refund["amount"], currency=refund["currency"])
    call.save(failed)
    call.save(charge | {"amount_refunded": charge["amount_refunded"] - refund["amount"], "refunded": False})
    call.emit("refund.failed", failed)
    return refund
