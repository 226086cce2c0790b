"""Disputes: a cardholder takes money back, and wins or loses it."""

from engines.payment_server.calls import Call
from engines.payment_server.cards import card_of
from engines.payment_server.charges import move_balance
from engines.payment_server.problems import invalid
from engines.payment_server.store import Json

DISPUTE_FEE = 1_500


def open_dispute(call: Call, charge: Json, reason: str) -> Json:
    """The cardholder takes the money back for now."""
    dispute = call.new(
        "dispute",
        "dp",
        {
            "amount": charge["amount_captured"] - charge["amount_refunded"],
            "charge": charge["id"],
            "currency": charge["currency"],
            "evidence": {},
            "evidence_details": {"due_by": call.now + 7 * 86_400, "has_evidence": False, "submission_count": 0},
            "is_charge_refundable": False,
            "metadata": {},
            "payment_intent": charge["payment_intent"],
            "reason": reason,
            "status": "needs_response",
        },
    )
    move_balance(
        call, "adjustment", dispute["id"], amount=-dispute["amount"], fee=DISPUTE_FEE, currency=dispute["currency"]
    )
    call.save(dispute, owner=charge["id"])
    call.save(charge | {"disputed": True})
    call.emit("charge.dispute.created", dispute)
    call.emit("charge.dispute.funds_withdrawn", dispute)
    return dispute


def retrieve_dispute(call: Call) -> Json:
    """GET /v1/disputes/{id}."""
    call.params.finish()
    return call.load("dispute", call.ids[0])


def list_disputes(call: Call) -> Json:
    """GET /v1/disputes."""
    charge = call.params.text("charge")
    intent = call.params.text("payment_intent")
    return call.page("dispute", owner=charge, keep=lambda dispute: intent in (None, dispute["payment_intent"]))


def update_dispute(call: Call) -> Json:
    """POST /v1/disputes/{id}: the text "winning_evidence" wins it and "losing_evidence" loses it, as in test mode."""
    dispute, params = call.load("dispute", call.ids[0]), call.params
    evidence = params.mapping("evidence") or {}
    dispute["metadata"] = params.metadata(dispute["metadata"])
    is_submitted = params.text("submit") != "false"
    params.finish()
    if dispute["status"] != "needs_response":
        raise invalid("This dispute is already closed.")
    dispute["evidence"] |= evidence
    dispute["evidence_details"]["has_evidence"] = bool(dispute["evidence"])
    verdict = dispute["evidence"].get("uncategorized_text")
    if is_submitted and verdict in ("winning_evidence", "losing_evidence"):
        return _end_dispute(call, dispute, has_won=verdict == "winning_evidence")
    if is_submitted and evidence:
        dispute["status"] = "under_review"
    call.emit("charge.dispute.updated", call.save(dispute))
    return dispute


def close_dispute(call: Call) -> Json:
    """POST /v1/disputes/{id}/close: the dispute is accepted as lost."""
    dispute = call.load("dispute", call.ids[0])
    call.params.finish()
    if dispute["status"] in ("won", "lost"):
        raise invalid("This dispute is already closed.")
    return _end_dispute(call, dispute, has_won=False)


def _end_dispute(call: Call, dispute: Json, *, has_won: bool) -> Json:
    dispute["status"] = "won" if has_won else "lost"
    call.emit("charge.dispute.closed", call.save(dispute))
    if has_won:
        move_balance(call, "adjustment", dispute["id"], amount=dispute["amount"], currency=dispute["currency"])
        call.emit("charge.dispute.funds_reinstated", dispute)
    return dispute


def dispute_if_the_card_says_so(call: Call, charge: Json, payment_method: Json) -> None:
    """Some test cards dispute every charge."""
    reason = card_of(payment_method).dispute_reason
    if reason is not None:
        open_dispute(call, charge, reason)
