"""Webhook deliveries: signed, at least once, retried with growing pauses, kept in the store until they are done."""

import asyncio
import contextlib
import hashlib
import hmac
import time
from collections import defaultdict

import httpx
import orjson

from engines.payment_server.calls import public
from engines.payment_server.events import hears
from engines.payment_server.faults import FaultPlan
from engines.payment_server.store import Json, Store

ATTEMPTS = 16
LONGEST_PAUSE_SECONDS = 3_600.0
ANSWER_SECONDS = 10.0
BATCH = 64
SHUFFLE_SECONDS = 0.3
IDLE_SECONDS = 5.0
AUDIENCES = {"event": "webhook_endpoint", "paystack_event": "paystack_endpoint"}


def signature_header(payload: bytes, secrets: list[str], now: int) -> str:
    """`t=...,v1=...` with one v1 for each secret: HMAC-SHA256 over the time and the raw body."""
    signed = str(now).encode() + b"." + payload
    parts = [f"v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}" for secret in secrets]
    return ",".join([f"t={now}", *parts])


class Deliveries:
    """Plans a delivery to every endpoint that hears an event, and makes them in the background."""

    def __init__(self, store: Store, faults: FaultPlan, *, first_pause_seconds: float = 1.0) -> None:
        self._store = store
        self._faults = faults
        self._first_pause_seconds = first_pause_seconds
        self._wake = asyncio.Event()
        self._shuffled_at = 0.0

    def plan(self, event: Json) -> None:
        """Plan the deliveries of an event, inside the transaction that recorded it."""
        fault = self._faults.take_for_event(event["type"])
        due_at = time.time()
        copies = 1
        match fault.kind if fault else None:
            case "duplicate":
                copies = 2
            case "lose":
                copies = 0
            case "hold":
                due_at += fault.seconds if fault else 0
            case "shuffle":
                # Before the last one that waits, however much later it happened.
                waits = self._shuffled_at > due_at
                due_at = self._shuffled_at = self._shuffled_at - 0.01 if waits else due_at + SHUFFLE_SECONDS
        for endpoint in self._store.every(AUDIENCES[event["object"]]):
            if not endpoint.get("deleted") and endpoint["status"] == "enabled" and hears(endpoint, event["type"]):
                for _ in range(copies):
                    self._store.enqueue(event["id"], endpoint["id"], due_at)
        self._wake.set()

    def resend(self, event_id: str) -> None:
        """Deliver an event once more to everybody, as from Stripe's dashboard."""
        for endpoint in self._store.every("webhook_endpoint"):
            if not endpoint.get("deleted"):
                self._store.enqueue(event_id, endpoint["id"], time.time())
        self._wake.set()

    async def run(self) -> None:
        """Deliver until cancelled."""
        async with httpx.AsyncClient(timeout=ANSWER_SECONDS, trust_env=False) as http:
            while True:
                self._wake.clear()
                due = self._store.due(time.time(), BATCH)
                if due:
                    await self._deliver_batch(http, due)
                    continue
                next_due = self._store.next_due()
                pause = IDLE_SECONDS if next_due is None else min(IDLE_SECONDS, max(0.0, next_due - time.time()))
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), pause + 0.001)

    async def _deliver_batch(self, http: httpx.AsyncClient, due: list[tuple[int, str, str, int]]) -> None:
        """Each endpoint gets its deliveries one after the other; a slow one does not hold up the others."""
        by_endpoint: dict[str, list[tuple[int, str, int]]] = defaultdict(list)
        for seq, event, endpoint, attempts in due:
            by_endpoint[endpoint].append((seq, event, attempts))
        async with asyncio.TaskGroup() as tasks:
            for endpoint, deliveries in by_endpoint.items():
                tasks.create_task(self._deliver_to(http, endpoint, deliveries))

    async def _deliver_to(
        self, http: httpx.AsyncClient, endpoint_id: str, deliveries: list[tuple[int, str, int]]
    ) -> None:
        for seq, event_id, attempts in deliveries:
            endpoint, event = self._store.find(endpoint_id), self._store.find(event_id)
            if endpoint is None or endpoint.get("deleted") or event is None:
                self._store.note_delivery(seq, outcome="no endpoint", ended="given up", due_at=0)
                continue
            outcome, is_done = await self._send(http, endpoint, event)
            ended = "delivered" if is_done else "given up" if attempts + 1 >= ATTEMPTS else None
            pause = min(LONGEST_PAUSE_SECONDS, self._first_pause_seconds * 2**attempts)
            self._store.note_delivery(seq, outcome=outcome, ended=ended, due_at=time.time() + pause)

    async def _send(self, http: httpx.AsyncClient, endpoint: Json, event: Json) -> tuple[str, bool]:
        payload, signature = _signed(endpoint, event)
        headers = {"content-type": "application/json; charset=utf-8", "user-agent": "payment-server"} | signature
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                answer = await http.post(endpoint["url"], content=payload, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            return type(error).__name__, False
        return str(answer.status_code), answer.is_success


def _signed(endpoint: Json, event: Json) -> tuple[bytes, dict[str, str]]:
    """The raw body and the header that vouches for it, in the manner of Stripe or of Paystack."""
    if event["object"] == "paystack_event":
        payload = orjson.dumps(event["payload"])
        secret = endpoint["_secrets"][0].encode()
        return payload, {"x-paystack-signature": hmac.new(secret, payload, hashlib.sha512).hexdigest()}
    payload = orjson.dumps(public(event), option=orjson.OPT_INDENT_2)
    return payload, {"stripe-signature": signature_header(payload, endpoint["_secrets"], int(time.time()))}
