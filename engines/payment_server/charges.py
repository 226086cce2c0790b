"""Charges, and the balance they move: every movement is a balance transaction, the balance is their sum."""

from collections import Counter

from engines.payment_server.calls import Call
from engines.payment_server.store import Json

FEE_PER_MILLE = 29
FIXED_FEE = 30


def authorise(call: Call, intent: Json, payment_method: Json, *, failure: Json | None) -> Json:
    """A charge for a payment intent: failed, or authorised and not yet captured."""
    charge = call.new(
        "charge",
        "ch",
        {
            "amount": intent["amount"],
            "amount_captured": 0,
            "amount_refunded": 0,
            "balance_transaction": None,
            "billing_details": payment_method["billing_details"],
            "captured": False,
            "currency": intent["currency"],
            "customer": intent["customer"],
            "description": intent["description"],
            "disputed": False,
            "failure_code": failure["code"] if failure else None,
            "failure_message": failure["message"] if failure else None,
            "metadata": dict(intent["metadata"]),
            "outcome": {
                "network_status": "declined_by_network" if failure else "approved_by_network",
                "reason": failure.get("decline_code") if failure else None,
                "type": "issuer_declined" if failure else "authorized",
            },
            "paid": failure is None,
            "payment_intent": intent["id"],
            "payment_method": payment_method["id"],
            "payment_method_details": {"type": "card", "card": payment_method["card"]},
            "receipt_email": intent["receipt_email"],
            "refunded": False,
            "status": "failed" if failure else "succeeded",
            "transfer_group": intent["transfer_group"],
        },
    )
    call.save(charge, owner=intent["id"])
    if failure is not None:
        call.emit("charge.failed", charge)
    return charge


def capture(call: Call, charge: Json, amount: int) -> Json:
    """Take the money of an authorised charge; what is not taken is released."""
    charge |= {"captured": True, "amount_captured": amount}
    fee = amount * FEE_PER_MILLE // 1000 + FIXED_FEE
    movement = move_balance(call, "charge", charge["id"], amount=amount, fee=fee, currency=charge["currency"])
    charge["balance_transaction"] = movement["id"]
    call.save(charge)
    return charge


def move_balance(call: Call, kind: str, source: str, *, amount: int, currency: str, fee: int = 0) -> Json:
    """One movement of the platform's balance, in minor units."""
    movement = call.new(
        "balance_transaction",
        "txn",
        {
            "amount": amount,
            "available_on": call.now,
            "currency": currency,
            "description": None,
            "fee": fee,
            "fee_details": [{"amount": fee, "currency": currency, "type": "stripe_fee"}] if fee else [],
            "net": amount - fee,
            "reporting_category": kind,
            "source": source,
            "status": "available",
            "type": kind,
        },
    )
    return call.save(movement, owner=source)


def balances(call: Call) -> Counter[str]:
    """The platform's balance by currency."""
    total: Counter[str] = Counter()
    for movement in call.store.every("balance_transaction"):
        total[movement["currency"]] += movement["net"]
    return total


def retrieve_balance(call: Call) -> Json:
    """GET /v1/balance."""
    call.params.finish()
    available = [
        {"amount": amount, "currency": currency, "source_types": {"card": amount}}
        for currency, amount in sorted(balances(call).items())
    ]
    return {"object": "balance", "available": available, "livemode": False, "pending": []}


def retrieve_balance_transaction(call: Call) -> Json:
    """GET /v1/balance_transactions/{id}."""
    call.params.finish()
    return call.load("balance_transaction", call.ids[0])


def list_balance_transactions(call: Call) -> Json:
    """GET /v1/balance_transactions."""
    kind = call.params.text("type")
    source = call.params.text("source")
    return call.page("balance_transaction", owner=source, keep=lambda movement: kind in (None, movement["type"]))


def retrieve_charge(call: Call) -> Json:
    """GET /v1/charges/{id}."""
    call.params.finish()
    return call.load("charge", call.ids[0])


def update_charge(call: Call) -> Json:
    """POST /v1/charges/{id}."""
    charge, params = call.load("charge", call.ids[0]), call.params
    charge["metadata"] = params.metadata(charge["metadata"])
    if "description" in params:
        charge["description"] = params.text("description")
    params.finish()
    call.emit("charge.updated", call.save(charge))
    return charge


def list_charges(call: Call) -> Json:
    """GET /v1/charges."""
    customer = call.params.text("customer")
    intent = call.params.text("payment_intent")
    return call.page("charge", owner=intent, keep=lambda charge: customer in (None, charge["customer"]))
