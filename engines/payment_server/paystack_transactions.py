"""Paystack's transactions: made, paid or refused, remembered as authorizations, told as events."""

import hashlib
import re
import secrets
from datetime import UTC, datetime
from typing import Any

from engines.payment_server.calls import Call
from engines.payment_server.store import Json, new_id

REFERENCE = re.compile(r"[A-Za-z0-9.=_-]{1,200}")
CURRENCIES = ("NGN", "GHS", "ZAR", "KES", "USD")
FEE_PER_MILLE = 29
OUTCOMES = {
    "success": "Successful",
    "insufficient_funds": "Insufficient Funds",
    "declined": "Declined",
    "timeout": "Token Not Generated. Customer Not Registered on Token Platform",
}


class PaystackRefusal(Exception):  # noqa: N818 - an answer to the client, not a fault of this server
    """`{"status": false, "message": ...}`."""

    def __init__(self, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


def new_transaction(call: Call, given: Json) -> Json:
    """A transaction that waits for its customer; not saved yet."""
    email, currency = given.get("email"), given.get("currency", "NGN")
    reference = given.get("reference") or secrets.token_hex(8)
    if not isinstance(email, str) or "@" not in email:
        raise PaystackRefusal("Invalid Email Address Passed")
    if currency not in CURRENCIES:
        raise PaystackRefusal("Currency not supported by merchant")
    if not isinstance(reference, str) or not REFERENCE.fullmatch(reference):
        raise PaystackRefusal("Invalid transaction reference")
    if call.store.get("paystack_transaction", f"psk_{reference}") is not None:
        raise PaystackRefusal("Duplicate Transaction Reference")
    fields = {
        "domain": "test",
        "status": "abandoned",
        "reference": reference,
        "amount": amount(given.get("amount")),
        "currency": currency,
        "channel": "card",
        "gateway_response": "The transaction was not completed",
        "metadata": given.get("metadata"),
        "customer": {"email": email, "customer_code": "CUS_" + hashlib.sha256(email.encode()).hexdigest()[:15]},
        "created_at": _moment(call),
        "paid_at": None,
        "fees": None,
        "_access_code": secrets.token_hex(8),
        "_callback_url": _callback_url(given.get("callback_url")),
        "_refunded": 0,
        "_number": number(),
    }
    return record(call, "paystack_transaction", f"psk_{reference}", fields)


def transaction(call: Call, reference: str) -> Json:
    """A transaction by its reference or number."""
    found = call.store.get("paystack_transaction", f"psk_{reference}")
    for candidate in [] if found else call.store.every("paystack_transaction"):
        if str(candidate["_number"]) == reference:
            return candidate
    if found is None:
        raise PaystackRefusal("Transaction reference not found")
    return found


def finish(call: Call, transaction: Json, outcome: str) -> Json:
    """The bank has answered; a paid transaction leaves an authorization to charge again."""
    is_paid = outcome == "success"
    transaction |= {"status": "success" if is_paid else "failed", "gateway_response": OUTCOMES[outcome]}
    if is_paid:
        code = new_id("AUTH")
        call.save(
            record(call, "paystack_authorization", code, {"_outcome": transaction.pop("_next_outcome", "success")})
        )
        transaction |= {"paid_at": _moment(call), "fees": transaction["amount"] * FEE_PER_MILLE // 1000}
        transaction["authorization"] = {"authorization_code": code, "last4": "4081", "brand": "visa", "reusable": True}
    call.save(transaction)
    tell(call, "charge.success" if is_paid else "charge.failed", transaction)
    return transaction


def tell(call: Call, kind: str, data: Json) -> None:
    """Record an event and plan its delivery."""
    payload = {"event": kind, "data": shown(data)}
    event = record(call, "paystack_event", new_id("pevt"), {"type": kind, "payload": payload})
    call.save(event)
    call.announce(event)


def record(call: Call, kind: str, object_id: str, fields: Json) -> Json:
    """A record in the form that the store keeps."""
    return {"id": object_id, "object": kind, "created": call.now, **fields}


def shown(data: Json) -> Json:
    """As Paystack shows it: numbers for ids, nothing of our own bookkeeping."""
    shown = {
        name: value for name, value in data.items() if not name.startswith("_") and name not in ("object", "created")
    }
    if "_number" in data:
        shown["id"] = data["_number"]
    elif str(data.get("id", "")).isdecimal():
        shown["id"] = int(data["id"])
    return shown


def amount(given: Any) -> int:
    """Minor units, as a number or as text."""
    is_number = isinstance(given, int) and not isinstance(given, bool)
    if not is_number and not (isinstance(given, str) and given.isdecimal() and len(given) < 15):
        raise PaystackRefusal("Invalid Amount Sent")
    amount = int(given)
    if not 0 < amount < 10**14:
        raise PaystackRefusal("Invalid Amount Sent")
    return amount


def _moment(call: Call) -> str:
    return datetime.fromtimestamp(call.now, UTC).isoformat().replace("+00:00", ".000Z")


def _callback_url(given: Any) -> str | None:
    if given is not None and (not isinstance(given, str) or not given.startswith(("http://", "https://"))):
        raise PaystackRefusal("Invalid callback URL")
    return given


def number() -> int:
    """A number of the size of Paystack's ids."""
    return secrets.randbelow(9_000_000_000) + 1_000_000_000
