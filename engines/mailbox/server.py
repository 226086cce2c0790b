"""The mailbox's HTTP API: Resend's routes for sending and reading mail, and levers for tests."""

import asyncio
import hashlib
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from engines.mailbox.deliveries import Deliveries, WebhookTarget
from engines.mailbox.faults import FaultPlan
from engines.mailbox.mails import Json, MailRefusal, fate, read_mail
from engines.mailbox.pages import list_page, mail_page
from engines.mailbox.store import Store

MOST_BODY_BYTES = 40_000_000
MOST_IN_BATCH = 100
LONGEST_KEY = 256
KEEP_ANSWERS_SECONDS = 86_400
MOST_PER_PAGE = 100
USUAL_PER_PAGE = 20
ON_PAGE = 200
HIDDEN = frozenset({"headers", "tags", "attachments"})
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Mailbox:
    """Takes mails, tells what became of them, and shows them."""

    def __init__(self, data_dir: Path, webhook: WebhookTarget | None, *, first_pause_seconds: float = 1.0) -> None:
        if webhook is not None and urlsplit(webhook.url).hostname not in LOOPBACK:
            raise ValueError(f"{webhook.url!r} is not on this machine.")
        self._store = Store(data_dir)
        self._deliveries = Deliveries(self._store, webhook, first_pause_seconds=first_pause_seconds)
        self._faults = FaultPlan()

    def routes(self) -> list[Route]:
        """The API, the pages and the levers."""
        return [
            Route("/health", self._health),
            Route("/", self._list_page),
            Route("/mails/{id}", self._mail_page),
            Route("/emails", _answering(self._send), methods=["POST"]),
            Route("/emails", _answering(self._list)),
            Route("/emails/batch", _answering(self._send_batch), methods=["POST"]),
            Route("/emails/{id}", _answering(self._retrieve)),
            Route("/admin/faults", _answering(self._plan_fault), methods=["POST"]),
            Route("/admin/mails", _answering(self._clear), methods=["DELETE"]),
        ]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Deliver webhooks while the block runs."""
        delivering = asyncio.create_task(self._deliveries.run(), name="webhook deliveries")
        try:
            yield
        finally:
            delivering.cancel()
            await asyncio.gather(delivering, return_exceptions=True)
            self._store.close()

    async def _send(self, request: Request) -> Json:
        given = await self._read(request)
        return await self._once(request, given, lambda: {"id": self._take(read_mail(given))})

    async def _send_batch(self, request: Request) -> Json:
        """All of them, or none where one is refused."""
        given = await self._read(request)
        if not isinstance(given, list) or not 0 < len(given) <= MOST_IN_BATCH:
            raise MailRefusal(422, "validation_error", f"A batch is a list of 1 to {MOST_IN_BATCH} mails.")

        def take_all() -> Json:
            mails = [read_mail(one, is_in_batch=True) for one in given]
            return {"data": [{"id": self._take(mail)} for mail in mails]}

        return await self._once(request, given, take_all)

    async def _retrieve(self, request: Request) -> Json:
        _authenticate(request)
        return {"object": "email"} | _shown(self._existing(request.path_params["id"]))

    async def _list(self, request: Request) -> Json:
        _authenticate(request)
        query = request.query_params
        limit = query.get("limit", str(USUAL_PER_PAGE))
        if not limit.isdecimal() or not 1 <= int(limit[:4]) <= MOST_PER_PAGE:
            raise MailRefusal(422, "validation_error", f"`limit` is a number from 1 to {MOST_PER_PAGE}.")
        after, before = query.get("after"), query.get("before")
        for cursor in filter(None, (after, before)):
            self._existing(cursor)
        found = self._store.page(int(limit) + 1, after=after, before=before)
        has_more = len(found) > int(limit)
        shown = found[-int(limit) :] if before is not None else found[: int(limit)]
        return {"object": "list", "has_more": has_more, "data": [_shown(mail) for mail in shown]}

    async def _once(self, request: Request, given: Any, take: Callable[[], Json]) -> Json:
        """Run it once for each idempotency key, with the planned fault on one side of it or the other."""
        fault = self._faults.take()
        if fault is not None and not fault.is_after:
            await fault.strike()
        answer = self._take_once(request, given, take)
        if fault is not None and fault.is_after:
            await fault.strike()
        return answer

    def _take_once(self, request: Request, given: Any, take: Callable[[], Json]) -> Json:
        """Mails, planned events and the answer in one transaction."""
        key = request.headers.get("idempotency-key")
        if key is not None and not 0 < len(key) <= LONGEST_KEY:
            sentence = f"The idempotency key must be between 1 and {LONGEST_KEY} characters."
            raise MailRefusal(400, "invalid_idempotency_key", sentence)
        shape = orjson.dumps([request.url.path, given], option=orjson.OPT_SORT_KEYS)
        fingerprint = hashlib.sha256(shape).hexdigest()
        stored = self._store.answer(key) if key is not None else None
        if stored is not None:
            if stored[0] != fingerprint:
                sentence = "Same idempotency key used with a different request payload."
                raise MailRefusal(409, "invalid_idempotent_request", sentence)
            replayed: Json = orjson.loads(stored[1])
            return replayed
        with self._store.transaction():
            answer = take()
            if key is not None:
                body = orjson.dumps(answer)
                self._store.keep_answer(key, fingerprint, body, now=time.time(), keep_seconds=KEEP_ANSWERS_SECONDS)
        self._deliveries.wake()
        return answer

    def _take(self, mail: Json) -> str:
        """Keep a mail and plan the events of its fate."""
        events = ("email.sent", *fate(mail))
        mail_id, created_at = str(uuid.uuid4()), datetime.now(UTC).isoformat()
        last_event = events[-1].removeprefix("email.")
        self._store.put({"id": mail_id, "created_at": created_at, "last_event": last_event, **mail})
        for kind in events if self._deliveries.is_wanted else ():
            data: Json = {"email_id": mail_id, "created_at": created_at}
            data |= {name: mail[name] for name in ("from", "to", "subject", "tags")}
            if kind == "email.bounced":
                data["bounce"] = {"type": "Permanent", "subType": "General", "message": "The mailbox does not exist."}
            if kind == "email.failed":
                data["failed"] = {"reason": "invalid_recipient"}
            self._store.enqueue(
                f"msg_{uuid.uuid4().hex}", {"type": kind, "created_at": created_at, "data": data}, time.time()
            )
        return mail_id

    async def _read(self, request: Request) -> Any:
        """The authenticated body."""
        _authenticate(request)
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > MOST_BODY_BYTES:
                raise MailRefusal(413, "validation_error", "The mail is too large.")
        return _json(body)

    async def _plan_fault(self, request: Request) -> Json:
        return {"planned": self._faults.plan(_json(await request.body()))}

    async def _clear(self, _request: Request) -> Json:
        self._store.clear()
        return {"object": "list", "data": []}

    async def _health(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def _list_page(self, _request: Request) -> Response:
        return list_page(self._store.page(ON_PAGE))

    async def _mail_page(self, request: Request) -> Response:
        return mail_page(self._store.get(request.path_params["id"]))

    def _existing(self, mail_id: str) -> Json:
        mail = self._store.get(mail_id)
        if mail is None:
            raise MailRefusal(404, "not_found", "Email not found")
        return mail


def create_app(data_dir: Path, *, webhook: WebhookTarget | None = None, first_pause_seconds: float = 1.0) -> Starlette:
    """The mailbox as an ASGI application; raises ValueError where the webhook is not on this machine."""
    mailbox = Mailbox(data_dir, webhook, first_pause_seconds=first_pause_seconds)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with mailbox.running():
            yield

    return Starlette(routes=mailbox.routes(), lifespan=lifespan)


def _answering(act: Callable[[Request], Awaitable[Json]]) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            return JSONResponse(await act(request))
        except MailRefusal as refusal:
            return JSONResponse(refusal.body(), refusal.status)

    return endpoint


def _authenticate(request: Request) -> None:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key:
        raise MailRefusal(401, "missing_api_key", "Missing API key in the authorization header.")
    if not key.startswith("re_"):
        raise MailRefusal(403, "invalid_api_key", "API key is invalid: it begins with `re_`.")


def _shown(mail: Json) -> Json:
    return {name: value for name, value in mail.items() if name not in HIDDEN} | {"scheduled_at": None}


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except ValueError as error:
        raise MailRefusal(400, "validation_error", "The body is not JSON.") from error
