"""Webhooks about what became of a mail, signed as Svix signs them, retried with growing pauses."""

import asyncio
import base64
import binascii
import contextlib
import hashlib
import hmac
import time
from dataclasses import dataclass

import httpx

from engines.mailbox.store import Store

ATTEMPTS = 16
LONGEST_PAUSE_SECONDS = 3_600.0
ANSWER_SECONDS = 10.0
IDLE_SECONDS = 5.0
BATCH = 64


@dataclass(frozen=True, slots=True)
class WebhookTarget:
    """Where events go, and the `whsec_` secrets that sign them; raises ValueError on a secret that is not base64."""

    url: str
    secrets: tuple[str, ...]

    def __post_init__(self) -> None:
        for secret in self.secrets:
            _key(secret)


def signature(target: WebhookTarget, message_id: str, timestamp: int, body: bytes) -> str:
    """`v1,BASE64` for each secret, parted by spaces: HMAC-SHA256 over id, time and raw body."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    digests = [hmac.new(_key(secret), signed, hashlib.sha256).digest() for secret in target.secrets]
    return " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)


class Deliveries:
    """Makes the planned deliveries in the background; without a target they wait for the day there is one."""

    def __init__(self, store: Store, target: WebhookTarget | None, *, first_pause_seconds: float = 1.0) -> None:
        self._store = store
        self._target = target
        self._first_pause_seconds = first_pause_seconds
        self._wake = asyncio.Event()

    @property
    def is_wanted(self) -> bool:
        """Whether anybody listens."""
        return self._target is not None

    def wake(self) -> None:
        """Something was planned."""
        self._wake.set()

    async def run(self) -> None:
        """Deliver until cancelled."""
        if self._target is None:
            return
        async with httpx.AsyncClient(timeout=ANSWER_SECONDS, trust_env=False) as http:
            while True:
                self._wake.clear()
                due = self._store.due(time.time(), BATCH)
                for seq, message_id, body, attempts in due:
                    is_done = await self._send(http, self._target, message_id, body)
                    ended = "delivered" if is_done else "given up" if attempts + 1 >= ATTEMPTS else None
                    pause = min(LONGEST_PAUSE_SECONDS, self._first_pause_seconds * 2**attempts)
                    self._store.note_delivery(seq, ended=ended, due_at=time.time() + pause)
                if not due:
                    next_due = self._store.next_due()
                    pause = IDLE_SECONDS if next_due is None else next_due - time.time()
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._wake.wait(), min(IDLE_SECONDS, max(0.0, pause)) + 0.001)

    async def _send(self, http: httpx.AsyncClient, target: WebhookTarget, message_id: str, body: bytes) -> bool:
        timestamp = int(time.time())
        headers = {
            "content-type": "application/json",
            "svix-id": message_id,
            "svix-timestamp": str(timestamp),
            "svix-signature": signature(target, message_id, timestamp, body),
        }
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                answer = await http.post(target.url, content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError):
            return False
        return answer.is_success


def _key(secret: str) -> bytes:
    """The bytes behind `whsec_` and base64."""
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("A webhook secret is `whsec_` and base64.") from error
    if not secret.startswith("whsec_") or not key:
        raise ValueError("A webhook secret is `whsec_` and base64.")
    return key
