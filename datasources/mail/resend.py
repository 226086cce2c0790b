"""Resend's HTTP API with idempotency keys, and the signed events by which it reports what became of a mail."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
import orjson

from datasources.guards import Guard
from datasources.mail.providers import MailRefusedError
from domain.mails import Letter, MailEventKind

RESEND_URL = "https://api.resend.com"
TOLERANCE = timedelta(minutes=5)
MAIL_TAG = "mail_id"
"""The tag by which an event names our own mail, even before we know the provider's id of it."""

_CALL_SECONDS = 15.0
_CONCURRENCY = 8
_REFUSED = frozenset({400, 413, 422})
"""A wrong key or domain is for operators to mend, and the mails wait for it."""
_KINDS = {
    "email.delivered": MailEventKind.DELIVERED,
    "email.bounced": MailEventKind.BOUNCED,
    "email.complained": MailEventKind.COMPLAINED,
}


class NotSignedError(Exception):
    """The delivery was not signed by the provider with a secret of ours, or too long ago."""


class _NotTakenError(Exception):
    """The provider could not take the mail now, or is still busy with the same key."""


@dataclass(frozen=True, slots=True)
class ResendEvent:
    """A signed event; `kind` is None for those that change nothing here."""

    event_id: str
    name: str
    kind: MailEventKind | None
    mail_id: str | None
    provider_id: str | None
    is_permanent: bool


class ResendMails:
    """The provider `resend`; `url` is the API's address where it is not Resend's own."""

    name = "resend"

    def __init__(self, key: str, *, url: str = "", call_seconds: float = _CALL_SECONDS) -> None:
        self._http = httpx.AsyncClient(
            base_url=url or RESEND_URL,
            headers={"authorization": f"Bearer {key}"},
            timeout=httpx.Timeout(call_seconds),
            trust_env=not url,
        )
        faults = (httpx.TransportError, _NotTakenError)
        self.guard = Guard("mail", budget_seconds=call_seconds, concurrency=_CONCURRENCY, faults=faults)

    async def send(self, letter: Letter, *, key: str) -> str:
        """Post the letter once for this key; a repetition is answered with the first one's id."""
        body: dict[str, Any] = {
            "from": letter.sender,
            "to": list(letter.to),
            "subject": letter.subject,
            "html": letter.html,
            "text": letter.text,
            "headers": dict(letter.headers),
            "tags": [{"name": MAIL_TAG, "value": key}],
        }
        if letter.reply_to is not None:
            body["reply_to"] = letter.reply_to

        async def post() -> str:
            reply = await self._http.post("/emails", json=body, headers={"idempotency-key": key})
            if reply.status_code in _REFUSED or _problem(reply) == "invalid_idempotent_request":
                raise MailRefusedError(f"{reply.status_code} {_problem(reply)}")
            if not reply.is_success:
                raise _NotTakenError(str(reply.status_code))
            return str(reply.json()["id"])

        return await self.guard.call("send", post)

    async def close(self) -> None:
        """Close pooled connections."""
        await self._http.aclose()


def _problem(reply: httpx.Response) -> str:
    if reply.is_success:
        return ""
    try:
        return str(reply.json().get("name", ""))[:100]
    except (ValueError, AttributeError):
        return ""


def read_event(body: bytes, headers: Mapping[str, str], secrets: Sequence[str], *, now: datetime) -> ResendEvent:
    """The event of a delivery signed with any of the secrets within five minutes of `now` (W2, W3).

    NotSignedError for any other, and for signed nonsense: neither tells us anything we could act on.
    """
    event_id, stamp = headers.get("svix-id", ""), headers.get("svix-timestamp", "")
    if not 0 < len(event_id) <= 200 or not stamp.isascii() or not stamp.isdigit() or len(stamp) > 12:
        raise NotSignedError
    if abs(int(stamp) - now.timestamp()) > TOLERANCE.total_seconds():
        raise NotSignedError
    signed = f"{event_id}.{stamp}.".encode() + body
    given = [each.removeprefix("v1,") for each in headers.get("svix-signature", "").split()[:10] if each[:3] == "v1,"]
    wanted = [_digest(signed, each) for each in secrets if each]
    matches = [hmac.compare_digest(one.encode(), other.encode()) for one in given for other in wanted if other]
    if not any(matches):
        raise NotSignedError
    return _event(event_id, body)


def _digest(signed: bytes, secret: str) -> str:
    """`whsec_` and base64, as the provider shows its secrets; empty for one that is not."""
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        return ""
    return base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode() if key else ""


def _event(event_id: str, body: bytes) -> ResendEvent:
    try:
        event = orjson.loads(body)
        name, about = event["type"], event["data"]
        tags, bounce = about.get("tags") or {}, about.get("bounce") or {}
        if isinstance(tags, list):
            tags = {each["name"]: each["value"] for each in tags}
        mail_id, provider_id = tags.get(MAIL_TAG), about.get("email_id")
        is_permanent = bounce.get("type", "Permanent") == "Permanent"
    except (ValueError, KeyError, TypeError, AttributeError):
        raise NotSignedError from None
    if not isinstance(name, str) or not name:
        raise NotSignedError
    return ResendEvent(
        event_id=event_id,
        name=name[:100],
        kind=_KINDS.get(name),
        mail_id=mail_id if isinstance(mail_id, str) else None,
        provider_id=provider_id if isinstance(provider_id, str) else None,
        is_permanent=is_permanent,
    )
