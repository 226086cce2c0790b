"""The payment server: authentication, idempotency, faults and transactions around the handlers of the routes."""

import asyncio
import sys
import time
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import orjson
from starlette.requests import Request
from starlette.responses import Response

from engines.payment_server.calls import API_VERSION, Call, expand, public
from engines.payment_server.deliveries import Deliveries
from engines.payment_server.faults import Fault, FaultPlan, problem_of
from engines.payment_server.forms import Params
from engines.payment_server.problems import StripeProblem
from engines.payment_server.requests import LONGEST_KEY, Asked, read_request
from engines.payment_server.routes import find_route
from engines.payment_server.store import Answer, Json, Store, new_id

KEEP_ANSWERS_SECONDS = 7 * 86_400
SILENCE_SECONDS = 60.0
RECORDED_STATUSES = (402, 500)


@dataclass(slots=True)
class Reply:
    """Status, body and the headers that depend on how the answer came about."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


class PaymentServer:
    """Everything behind the HTTP face."""

    def __init__(self, data_dir: Path, base_url: str, *, first_pause_seconds: float = 1.0) -> None:
        self.store = Store(data_dir)
        self.faults = FaultPlan()
        self.deliveries = Deliveries(self.store, self.faults, first_pause_seconds=first_pause_seconds)
        self.base_url = base_url
        self._in_flight: set[str] = set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Deliver webhooks while the block runs."""
        delivering = asyncio.create_task(self.deliveries.run(), name="webhook deliveries")
        try:
            yield
        finally:
            delivering.cancel()
            await asyncio.gather(delivering, return_exceptions=True)
            self.store.close()

    def act(self, step: Callable[[Call], Json], *, form: Json | None = None, ids: tuple[str, ...] = ()) -> Json:
        """Run a step of our own (a page, an administrator) in one transaction."""
        call = self._call(Params(form or {}), ids, path="", request_id=new_id("req"), key=None)
        with self.store.transaction():
            try:
                return step(call)
            except StripeProblem as problem:
                if not problem.is_recorded:
                    raise
                recorded = problem
        raise recorded

    async def handle(self, request: Request) -> Response:
        """Answer one API request."""
        request_id = new_id("req")
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        try:
            reply = await self._reply(await read_request(request, request_id, key))
        except StripeProblem as problem:
            reply = _refusal(problem)
        except Exception:  # noqa: BLE001 - a bug here must look like an outage there, and be seen in the log
            traceback.print_exc(file=sys.stderr)
            reply = _refusal(StripeProblem(500, "api_error", "An unknown error occurred."))
        headers = {"request-id": request_id, "stripe-version": API_VERSION, **reply.headers}
        if key is not None:
            headers["idempotency-key"] = key[:LONGEST_KEY]
        return Response(reply.body, reply.status, headers, media_type="application/json")

    async def _reply(self, asked: Asked) -> Reply:
        step, ids = find_route(asked.method, asked.path)
        if asked.idempotency_key is not None:
            replayed = self._replay(asked)
            if replayed is not None:
                return replayed
            self._in_flight.add(asked.answer_key)
        try:
            fault = self.faults.take_for_call(asked.method, asked.path)
            if fault is not None and not fault.is_after:
                await self._suffer(fault, asked)
            reply = self._execute(step, ids, asked, fault)
        finally:
            self._in_flight.discard(asked.answer_key)
        if fault is not None and fault.is_after and fault.kind != "status":
            await self._suffer(fault, asked)
        return reply

    def _replay(self, asked: Asked) -> Reply | None:
        """The stored answer to this key; raises where the key stands for another request, or one still running."""
        if asked.answer_key in self._in_flight:
            raise StripeProblem(
                409,
                "idempotency_error",
                "There is currently another in-progress request using this Idempotent Key.",
                code="idempotency_key_in_use",
            )
        stored = self.store.answer(asked.answer_key)
        if stored is None:
            return None
        if stored.fingerprint != asked.fingerprint:
            raise StripeProblem(
                400,
                "idempotency_error",
                "Keys for idempotent requests can only be used with the same parameters they were first used with. "
                f"Try using a key other than '{asked.idempotency_key}' if you meant to execute a different request.",
            )
        headers = {"idempotent-replayed": "true"}
        if stored.status >= 500:
            headers["stripe-should-retry"] = "false"
        return Reply(stored.status, stored.body, headers)

    def _execute(self, step: Callable[[Call], Json], ids: tuple[str, ...], asked: Asked, fault: Fault | None) -> Reply:
        """Effect and stored answer in one transaction. Refused requests leave neither, so their key stays free."""
        form = dict(asked.form)
        paths = form.pop("expand", [])
        call = self._call(Params(form), ids, path=asked.path, request_id=asked.request_id, key=asked.idempotency_key)
        with self.store.transaction():
            try:
                body = step(call)
                if fault is not None and fault.kind == "status":
                    raise problem_of(fault)
                answer = expand(self.store, body, [str(path) for path in paths] if isinstance(paths, list) else [])
                reply = Reply(200, orjson.dumps(public(answer)))
            except StripeProblem as problem:
                is_state = (problem.code or "").endswith("_unexpected_state")
                if not problem.is_recorded and not is_state:
                    raise
                reply = _refusal(problem)
            self._remember(asked, reply)
        return reply

    async def _suffer(self, fault: Fault, asked: Asked) -> None:
        """Be slow, be silent, or refuse; a 402 or 500 counts as an execution and is remembered."""
        if fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
            return
        if fault.kind == "no_answer":
            await asyncio.sleep(fault.seconds or SILENCE_SECONDS)
            raise StripeProblem(503, "api_error", "The answer came too late.")
        problem = problem_of(fault)
        if problem.status in RECORDED_STATUSES:
            with self.store.transaction():
                self._remember(asked, _refusal(problem))
        raise problem

    def _remember(self, asked: Asked, reply: Reply) -> None:
        if asked.idempotency_key is not None:
            answer = Answer(asked.fingerprint, reply.status, reply.body)
            self.store.keep_answer(asked.answer_key, answer, now=int(time.time()), keep_seconds=KEEP_ANSWERS_SECONDS)

    def _call(self, params: Params, ids: tuple[str, ...], *, path: str, request_id: str, key: str | None) -> Call:
        return Call(
            store=self.store,
            params=params,
            ids=ids,
            base_url=self.base_url,
            path=path,
            request_id=request_id,
            idempotency_key=key,
            announce=self.deliveries.plan,
        )


def _refusal(problem: StripeProblem) -> Reply:
    headers = {"stripe-should-retry": "true"} if problem.status == 409 else {}
    return Reply(problem.status, orjson.dumps(public(problem.envelope())), headers)
