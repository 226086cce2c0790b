"""One connected WebSocket: its clock, its identity, and the operations that run over it."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Final

from .answers import encode
from .background import in_background
from .exchanges import read_request_id
from .identities import Identity, RequestFacts
from .message_budgets import MessageBudget
from .operations import Operations
from .socket_messages import (
    DRAINED,
    EXPIRED,
    FAULT,
    FORBIDDEN,
    IDLE,
    INIT_TIMEOUT,
    LIFETIME_OVER,
    TOO_MANY_INITS,
    TOO_MANY_MESSAGES,
    TRY_LATER,
    UNAUTHORIZED,
    Close,
    Message,
    duplicate,
    read_message,
)
from .socket_operations import SocketOperations
from .wires import Wire

_PING: Final = b'{"type":"ping"}'
_ACK: Final = b'{"type":"connection_ack"}'


class SocketSession:
    """The protocol's state for one socket.

    It has no task of its own: what arrives calls `hear`, a clock of all sockets calls `keep_time`, and an operation has
    a task for as long as it awaits something. `admit` may refuse the viewer; `on_end` is called once, at the end.
    """

    __slots__ = (
        "_admit",
        "_budget",
        "_facts",
        "_heard_at",
        "_is_closed",
        "_is_initialising",
        "_is_ready",
        "_lifetime",
        "_on_end",
        "_operations",
        "_pinged_at",
        "_rest",
        "_running",
        "_started_at",
        "_task",
        "_unheard",
        "_waiting",
        "_wire",
        "counted_key",
        "identity",
    )

    def __init__(
        self,
        operations: Operations,
        wire: Wire,
        *,
        headers: Mapping[str, str],
        address: str,
        admit: Callable[["SocketSession"], bool],
        on_end: Callable[["SocketSession"], None],
    ) -> None:
        self.identity = Identity()
        self.counted_key: str | None = None
        self._operations = operations
        self._wire = wire
        self._facts = RequestFacts(
            request_id=read_request_id(headers), address=address, protocol="websocket", headers=headers
        )
        self._admit = admit
        self._on_end = on_end
        self._running = SocketOperations(operations, self._facts, self, wire)
        self._is_initialising = self._is_ready = self._is_closed = False
        self._started_at = self._pinged_at = self._heard_at = time.monotonic()
        limits = operations.options.sockets
        self._lifetime = limits.lifetime_seconds * random.uniform(0.9, 1.0)  # noqa: S311  # jitter, no secret
        self._budget = MessageBudget(limits)
        self._task: asyncio.Task[None] | None = None
        self._unheard: list[Message] = []
        self._waiting: asyncio.Event | None = None
        self._rest: tuple[asyncio.Task[Any], ...] = ()

    def leave(self) -> None:
        """Tell the client to reconnect elsewhere, after the answers of its running mutations."""
        if self._running.has_mutations:
            in_background(self._leave_later())
        else:
            self.close(DRAINED)

    async def _leave_later(self) -> None:
        await self._running.wait_for_mutations()
        await asyncio.sleep(0)  # their operations tell the answers first
        self.close(DRAINED)

    def hear(self, text: bytes | None) -> None:
        """One message of the client; None stands for a binary one."""
        if self._is_closed:
            return
        try:
            if not self.heard():
                return
            sockets, limits = self._operations.options.sockets, self._operations.options.limits
            message = read_message(text, max_bytes=sockets.message_bytes, limits=limits)
            if isinstance(message, Close):
                self.close(message)
            elif self._task is not None:
                self._unheard.append(message)
                self._wire.pause()
            else:
                self._obey(message)
        except Exception as fault:  # noqa: BLE001  # a fault of ours must still close with a code
            self._fault(fault)

    def heard(self) -> bool:
        """The client is alive and has used one message of its budget; False where that was one too many."""
        limits, now = self._operations.options.sockets, time.monotonic()
        self._heard_at = now
        if not self._budget.spend(limits, now):
            self.close(TOO_MANY_MESSAGES)
            return False
        return True

    def writable(self) -> None:
        """The client reads again."""
        if self._waiting is not None:
            self._waiting.set()
            self._waiting = None
        if not self._is_closed:
            self._running.writable()
            if self._task is None:
                self._wire.resume()

    def lost(self) -> None:
        """The connection is gone: every operation ends, but mutations finish."""
        self._is_closed = True
        self.writable()
        if self._task is not None:
            self._task.cancel()
        rest = (*self._rest, *self._running.stop())
        if rest:
            in_background(self._end(rest))
        else:
            self._over()

    async def _end(self, rest: tuple[asyncio.Task[Any], ...]) -> None:
        await asyncio.gather(*rest, return_exceptions=True)
        self._over()

    def _over(self) -> None:
        on_end, self._on_end = self._on_end, _nobody
        self._running.end()
        on_end(self)

    def close(self, close: Close) -> None:
        """End the connection with this code; the first reason counts."""
        if not self._is_closed:
            self._is_closed = True
            self._wire.close(close)
            self._rest = tuple(self._running.stop())

    def keep_time(self, now: float, wall: float) -> None:
        """Init time-out, pings, idleness, the token's end and the connection's: whichever comes first."""
        limits = self._operations.options.sockets
        expires_at, stalled_at = self.identity.expires_at, self._wire.stalled_at
        if self._is_closed:
            return
        if not self._is_ready:
            if now - self._started_at >= limits.init_seconds:
                self.close(INIT_TIMEOUT)
        elif expires_at is not None and wall >= expires_at:
            self.close(EXPIRED)
        elif now - self._started_at >= self._lifetime:
            self.close(LIFETIME_OVER)
        elif now - self._heard_at >= limits.idle_seconds or (
            stalled_at is not None and now - stalled_at >= limits.idle_seconds
        ):
            self.close(IDLE)
        elif now - self._pinged_at >= limits.ping_seconds:
            self._pinged_at = now
            if stalled_at is None:
                self._wire.write(_PING)

    def _obey(self, message: Message) -> None:
        if message.type == "connection_init":
            if self._is_initialising:
                self.close(TOO_MANY_INITS)
            else:
                self._is_initialising = True
                self._await(partial(self._initialise, message.payload or {}))
        elif message.type == "ping":
            self._answer_ping(message.payload)
        elif message.type == "complete":
            self._running.complete(message.id)
        elif message.request is not None:
            if not self._is_ready:
                self.close(UNAUTHORIZED)
            elif message.id in self._running:
                self.close(duplicate(message.id))
            else:
                self._running.start(message.id, message.request)

    def _await(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do this before any further message is obeyed."""
        self._task = asyncio.ensure_future(self._work(work))

    async def _work(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
            self._task = None
            while self._unheard and self._task is None and not self._is_closed:
                self._obey(self._unheard.pop(0))
        except Exception as fault:  # noqa: BLE001  # a fault of ours must still close with a code
            self._task = None
            self._fault(fault)
        if self._task is None and self._wire.is_writable and not self._is_closed:
            self._wire.resume()

    async def _initialise(self, payload: Mapping[str, object]) -> None:
        identity = await self._operations.identify_socket(self._facts.headers, payload)
        if identity is None:
            self.close(FORBIDDEN)
            return
        self.identity = identity
        if not self._admit(self):
            self.close(TRY_LATER)
            return
        self._is_ready = True
        self._write(_ACK)

    def _answer_ping(self, payload: Mapping[str, object] | None) -> None:
        """A ping that carries credentials renews the session's; they must be the same viewer's."""
        if payload is not None and self._is_ready and ("authorization" in payload or "Authorization" in payload):
            self._await(partial(self._renew, payload))
            return
        self._write(b'{"type":"pong"}' if payload is None else self.encoded({"type": "pong", "payload": payload}))

    async def _renew(self, payload: Mapping[str, object]) -> None:
        identity = await self._operations.identify_socket(self._facts.headers, payload)
        if identity is None or identity.key != self.identity.key:
            self.close(FORBIDDEN)
            return
        self.identity = identity
        told = {"renewed": True, "expiresAt": identity.expires_at}
        self._write(self.encoded({"type": "pong", "payload": told}))

    def tell(self, kind: str, operation_id: str, payload: object) -> None:
        """Send one message of an operation; bytes are a payload that is JSON already."""
        head = b'{"id":' + self.encoded(operation_id) + b',"type":"' + kind.encode() + b'"'
        if payload is None:
            self._write(head + b"}")
        else:
            text = payload if isinstance(payload, bytes) else self.encoded(payload)
            self._write(head + b',"payload":' + text + b"}")

    async def wait_until_writable(self) -> None:
        """Return when the client has read enough for more to be sent."""
        while not self._wire.is_writable and not self._is_closed:
            self._waiting = self._waiting or asyncio.Event()
            await self._waiting.wait()

    def encoded(self, value: object) -> bytes:
        """A value as JSON."""
        request_id = self._facts.request_id
        return encode(value, request_id=request_id, on_fault=self._told_of)

    def _told_of(self, fault: Exception) -> None:
        self._operations.observer.fault(fault, None, self._facts.request_id)

    def _write(self, text: bytes) -> None:
        if not self._is_closed:
            self._wire.write(text)
            if not self._wire.is_writable:
                self._wire.pause()

    def _fault(self, fault: Exception) -> None:
        self._told_of(fault)
        self.close(FAULT)


def _nobody(_session: SocketSession) -> None:
    """The end has been told."""
