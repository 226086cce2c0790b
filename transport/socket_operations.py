"""The operations of one socket: started, counted, ended, each by its id."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, Protocol

from .answers import Answer
from .errors import INTERNAL, LIMIT_EXCEEDED, Refused, error_body
from .group_members import Frame
from .identities import Identity, RequestFacts
from .live_operations import LiveSubscription
from .operations import Admitted, Operations
from .requests import GraphQLRequest
from .wires import Wire


class Teller(Protocol):
    """What sends the messages of a socket's operations, and knows whose they are."""

    identity: Identity

    def tell(self, kind: str, operation_id: str, payload: object) -> None:
        """Send one message; bytes are a payload that is JSON already."""
        ...

    def encoded(self, value: object) -> bytes:
        """A value as JSON."""
        ...

    async def wait_until_writable(self) -> None:
        """Return when the client has read enough for more to be sent."""
        ...


@dataclass(slots=True, eq=False)
class SocketOperations:
    """Runs what a client subscribes to.

    A mutation that has begun is finished whatever becomes of its socket: cancelling it would leave its effect unknown.
    """

    operations: Operations
    facts: RequestFacts
    teller: Teller
    wire: Wire
    _running: "dict[str, SocketOperation]" = field(default_factory=dict)
    _mutations: dict[asyncio.Task[Any], None] = field(default_factory=dict)

    def __contains__(self, operation_id: str) -> bool:
        return operation_id in self._running

    def start(self, operation_id: str, request: GraphQLRequest) -> None:
        """Begin an operation under a free id."""
        operation = SocketOperation(self, operation_id)
        if len(self._running) >= self.operations.options.sockets.operations:
            limit = self.operations.options.sockets.operations
            self.operations.observer.subscription_rejected("websocket", "operation_limit")
            body = error_body(LIMIT_EXCEEDED, f"One connection runs at most {limit} operations.")
            self.teller.tell("error", operation_id, [body])
            return
        self._running[operation_id] = operation
        operation.begin(request)

    def complete(self, operation_id: str) -> None:
        """The client wants no more of an operation; an unknown id has just ended."""
        operation = self._running.pop(operation_id, None)
        if operation is not None:
            operation.stop()

    def writable(self) -> None:
        """The client reads again: show what waits."""
        for each in list(self._running.values()):
            each.wake()

    def stop(self) -> list[asyncio.Task[Any]]:
        """End everything; what is still running then, mutations included."""
        running = list(self._running.values())
        self._running.clear()
        for each in running:
            each.stop()
        return [each.task for each in running if each.task is not None] + list(self._mutations)

    def identity(self) -> Identity:
        """Whose socket it is now."""
        return self.teller.identity

    def end(self) -> None:
        """The socket is gone: nobody is told anything any more."""
        self.teller = _SILENCE

    @property
    def has_mutations(self) -> bool:
        """Whether a mutation is still running."""
        return bool(self._mutations)

    async def wait_for_mutations(self) -> None:
        """Return when no mutation is running; each is bounded by its deadline."""
        while self._mutations:
            await asyncio.wait(self._mutations)

    def free(self, operation: "SocketOperation") -> None:
        """Free the id of an operation; before the client hears of it, so that it may use it again at once."""
        if self._running.get(operation.id) is operation:
            del self._running[operation.id]

    async def run(self, admitted: Admitted) -> Answer:
        """The answer of a query or mutation."""
        running = asyncio.ensure_future(self.operations.run(admitted))
        if admitted.operation.kind == "mutation":
            self._mutations[running] = None
            running.add_done_callback(self._mutations.pop)
            answer = await asyncio.shield(running)
        else:
            answer = await running
        if not isinstance(answer, Answer):
            raise TypeError("an operation that was not asked for in parts was answered in parts")
        return answer

    async def admit(self, request: GraphQLRequest) -> Admitted | Refused:
        """The operation that a request asks for, charged."""
        identity = self.identity()
        verdict = await self.operations.charge_request(identity, self.facts)
        if isinstance(verdict, Refused):
            return verdict
        operation = await self.operations.prepare(request, identity, self.facts)
        if isinstance(operation, Refused):
            return operation
        return await self.operations.admit(operation, request.variables, identity, self.facts)


class _Silence:
    """Tells nobody; it parts what ended from its session, so that neither keeps the other alive."""

    identity = Identity()

    def tell(self, kind: str, operation_id: str, payload: object) -> None:
        """Nothing."""

    def encoded(self, value: object) -> bytes:  # noqa: ARG002  # a teller's signature
        """Nothing."""
        return b""

    async def wait_until_writable(self) -> None:
        """Nothing."""


_SILENCE: Final = _Silence()
_NEXT: Final = b',"type":"next","payload":'


class SocketOperation:
    """One operation under its id: a task while something is awaited, none while a group shows it events."""

    __slots__ = ("_before", "_live", "_of", "id", "task")

    def __init__(self, of: SocketOperations, operation_id: str) -> None:
        self.id = operation_id
        self.task: asyncio.Task[None] | None = None
        self._of = of
        self._live: LiveSubscription | None = None
        self._before = b""

    def begin(self, request: GraphQLRequest) -> None:
        """Run it."""
        self.task = asyncio.ensure_future(self._guarded(partial(self._execute, request)))

    def stop(self) -> None:
        """Nobody wants it any more."""
        if self.task is not None:
            self.task.cancel()
        else:
            self._close()

    def take(self, frame: Frame) -> bool:
        """Show an event of the group at once, where the client reads."""
        wire, live = self._of.wire, self._live
        if self.task is not None or not wire.is_writable or live is None or not frame.has_data:
            return False
        live.last = frame.answer
        wire.write_shared(self._before, frame)
        return True

    def wake(self) -> None:
        """Show what waits for as long as the client reads; then its end, if it has come."""
        live, wire = self._live, self._of.wire
        if self.task is not None or live is None or live.member is None:
            return
        while wire.is_writable:
            if live.must_start_anew:
                self.task = asyncio.ensure_future(self._guarded(partial(self._follow, live)))
                return
            answer = live.take()
            if answer is None:
                break
            if not self._next(answer):
                self._close()
                return
        if live.is_over:
            self._close()
            self._of.free(self)
            self._of.teller.tell("complete", self.id, None)

    async def _guarded(self, run: Callable[[], Awaitable[None]]) -> None:
        of = self._of
        try:
            await run()
        except asyncio.CancelledError:
            self._close()
            raise
        except Exception as fault:  # noqa: BLE001  # a fault of ours must still answer the operation
            of.operations.observer.fault(fault, None, of.facts.request_id)
            body = error_body(INTERNAL, "Something went wrong on our side.", requestId=of.facts.request_id)
            self._close()
            of.free(self)
            with suppress(Exception):
                of.teller.tell("error", self.id, [body])
        finally:
            self.task = None
        self.wake()

    async def _execute(self, request: GraphQLRequest) -> None:
        of = self._of
        admitted = await of.admit(request)
        if isinstance(admitted, Refused):
            of.operations.observer.request_refused("websocket", admitted.code, of.facts.request_id)
            self._fail(list(admitted.errors))
        elif admitted.operation.kind == "subscription":
            self._live = LiveSubscription(of.operations, admitted, self, of.identity)
            await self._follow(self._live)
        elif self._next(await of.run(admitted)):
            self._complete()

    async def _follow(self, live: LiveSubscription) -> None:
        """Show the subscription's own source until it ends or its group takes over."""
        async with aclosing(live.own()) as answers:
            async for answer in answers:
                if not self._next(answer):
                    self._close()
                    return
                await self._of.teller.wait_until_writable()
        if live.member is None:
            self._close()
            self._complete()
            return
        self._before = b'{"id":' + self._of.teller.encoded(self.id) + _NEXT

    def _next(self, answer: Answer) -> bool:
        """Send one answer; False where it was a request error, which ends the operation."""
        if "data" not in answer.body:
            self._fail(answer.body["errors"])
            return False
        self._of.teller.tell("next", self.id, answer.encoded or answer.body)
        return True

    def _complete(self) -> None:
        self._of.free(self)
        self._of.teller.tell("complete", self.id, None)

    def _fail(self, errors: object) -> None:
        self._of.free(self)
        self._of.teller.tell("error", self.id, errors)

    def _close(self) -> None:
        live, self._live = self._live, None
        if live is not None:
            live.close()
