"""Stripe's signed events: whether a delivery is one, and what it points at."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
import stripe

TOLERANCE_SECONDS = 300


@dataclass(frozen=True, slots=True)
class StripeEvent:
    """A signed event; only names what changed, its state is read again."""

    event_id: str
    kind: str
    payment_id: str | None
    setup_id: str | None


class NotSignedError(Exception):
    """The delivery was not signed by Stripe with a secret of ours, or too long ago."""


def read_event(body: bytes, signature: str, secrets: Sequence[str]) -> StripeEvent:
    """The event of a delivery signed with any of the secrets within five minutes (W2, W3).

    NotSignedError for any other, and for signed nonsense: neither tells us anything we could act on.
    """
    if not any(_is_signed(body, signature, secret) for secret in secrets if secret):
        raise NotSignedError
    try:
        event = orjson.loads(body)
        event_id, kind, about = event["id"], event["type"], event["data"]["object"]
        object_id, payment_id = about.get("id"), about.get("payment_intent")
    except (ValueError, KeyError, TypeError, AttributeError):
        raise NotSignedError from None
    if not all(isinstance(each, str) and each for each in (event_id, kind)):
        raise NotSignedError
    return StripeEvent(
        event_id,
        kind,
        payment_id=_text(object_id if kind.startswith("payment_intent.") else payment_id),
        setup_id=_text(object_id if kind.startswith("setup_intent.") else None),
    )


def _is_signed(body: bytes, signature: str, secret: str) -> bool:
    try:
        stripe.WebhookSignature.verify_header(body.decode(), signature, secret, TOLERANCE_SECONDS)
    except (stripe.SignatureVerificationError, ValueError):
        return False
    return True


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
