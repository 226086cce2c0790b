"""Mails: what is asked for, the letter it becomes, how far it has come, and the links that stop more of them."""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from uuid import UUID

MOST_PER_WINDOW = 10
WINDOW = timedelta(minutes=1)
"""At most ten mails per account and minute (S4-026); the others become one digest."""

REPEATABLE_FOR = timedelta(hours=23)
"""Providers remember an idempotency key for a day; after it, sending again might send twice."""

STAFF_RECIPIENT = "staff"
EVERY_KIND = "all"

_SIGNATURE_BYTES = 16
_LONGEST_TOKEN = 300


class MailStatus(Enum):
    """How far a mail has come."""

    WAITING = "waiting"
    HELD = "held"
    """Over the limit; the next digest tells it."""
    SENDING = "sending"
    """Its letter is written and may have left: it is only ever sent again as it is, under the same key."""
    SENT = "sent"
    DIGESTED = "digested"
    DROPPED = "dropped"


class DropReason(Enum):
    """Why a mail was not sent."""

    NO_ADDRESS = "no-address"
    STOPPED = "stopped"
    UNWANTED = "unwanted"
    REFUSED = "refused"
    EXPIRED = "expired"


class MailEventKind(Enum):
    """What a provider reports of a mail."""

    DELIVERED = "delivered"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailDraft:
    """A mail as its cause asks for it; addresses, links and layout are added by the worker that sends it.

    The same `dedupe_key` again is the same mail. `kind` is what its unsubscribe link switches off; None for mails
    that cannot be refused, such as those to staff.
    """

    recipient: str
    dedupe_key: str
    subject: str
    paragraphs: tuple[str, ...]
    items: tuple[str, ...] = ()
    path: str | None = None
    kind: str | None = None
    reply_to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail as it leaves: complete, and the same each time it is sent."""

    sender: str
    to: tuple[str, ...]
    subject: str
    html: str
    text: str
    reply_to: str | None = None
    headers: tuple[tuple[str, str], ...] = field(default=())


def write_link_token(user_id: UUID, kind: str, secret: bytes) -> str:
    """The signed part of an unsubscribe link; the same for ever, so that old mails keep working."""
    body = f"{user_id}|{kind}".encode()
    return base64.urlsafe_b64encode(_sign(body, secret) + body).decode().rstrip("=")


def read_link_token(text: str, secret: bytes) -> tuple[UUID, str] | None:
    """Whose mails of which kind the link stops; None for a link that we did not write."""
    if not 0 < len(text) <= _LONGEST_TOKEN or not secret:
        return None
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        signature, body = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
        user_id, separator, kind = body.decode().partition("|")
        found = UUID(user_id), kind
    except (binascii.Error, ValueError):
        return None
    return found if separator and hmac.compare_digest(signature, _sign(body, secret)) else None


def _sign(body: bytes, secret: bytes) -> bytes:
    return hmac.digest(secret, b"unsubscribe|" + body, hashlib.sha256)[:_SIGNATURE_BYTES]
