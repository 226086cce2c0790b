"""Verifying that a webhook call was signed by the content store, recently, with a secret both sides know."""

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import datetime, timedelta

TOLERANCE = timedelta(minutes=5)
"""How far a signature's time may be from ours, either way: older calls may be replays (W2)."""

_HEADER = re.compile(r"t=(\d{1,15}),v1=([A-Za-z0-9_-]{43})", re.ASCII)


def sign(body: bytes, secret: str, *, at: datetime) -> str:
    """The header of a call: ``t=<unix ms>,v1=<base64url of HMAC-SHA256 over "t.body", without padding>``."""
    stamp = int(at.timestamp() * 1000)
    return f"t={stamp},v1={_digest(body, secret, stamp)}"


def is_signed(header: str | None, body: bytes, secrets: Sequence[str], *, now: datetime) -> bool:
    """Whether one of the secrets signed exactly this body within five minutes of `now` (W2).

    Several secrets are valid together while one replaces the other (W3). All of them are tried in constant time.
    """
    parsed = _HEADER.fullmatch(header or "")
    if parsed is None or not body:
        return False
    stamp = int(parsed[1])
    if abs(stamp - now.timestamp() * 1000) > TOLERANCE.total_seconds() * 1000:
        return False
    matches = [hmac.compare_digest(parsed[2], _digest(body, secret, parsed[1])) for secret in secrets if secret]
    return any(matches)


def _digest(body: bytes, secret: str, stamp: int | str) -> str:
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
