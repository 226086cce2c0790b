"""GraphQL over WebSocket: the handshake of graphql-transport-ws, who may hold how many sockets, and their clock."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from sys import intern
from typing import Final

from .draining import Drain
from .exchanges import Receive, Scope, Send, client_address, read_headers
from .load import Load
from .operations import Operations
from .origins import is_origin_allowed
from .socket_messages import BAD_SUBPROTOCOL, SUBPROTOCOL, TRY_LATER
from .socket_sessions import SocketSession
from .wires import TAKE_OVER, AsgiWire, Wire

_AT_ONCE: Final = 500


class SocketHandler:
    """Accepts sockets, counts them by address and viewer, and keeps the time of all."""

    def __init__(self, operations: Operations, *, drain: Drain, load: Load) -> None:
        self._operations = operations
        self._load = load
        self._drain = drain
        self._by_address: Counter[str] = Counter()
        self._by_viewer: Counter[str] = Counter()
        self._sessions: dict[SocketSession, Callable[[], None]] = {}
        self._clock: asyncio.Task[None] | None = None

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one WebSocket from its handshake; to its close, unless the server lets its socket be taken over."""
        options = self._operations.options
        headers = read_headers(scope)
        address = client_address(scope, headers, options.trusted_proxies)
        await receive()
        if self._drain.is_draining or await self._load.is_too_high(is_socket=True):
            await _deny(scope, send, 503)
        elif not is_origin_allowed(headers, options.allowed_origins):
            await _deny(scope, send, 403)
        elif self._by_address[address] >= options.sockets.per_address:
            self._operations.observer.subscription_rejected("websocket", "address_limit")
            await _deny(scope, send, 429)
        elif SUBPROTOCOL not in scope.get("subprotocols", ()):
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.close", "code": BAD_SUBPROTOCOL.code, "reason": BAD_SUBPROTOCOL.reason})
        else:
            self._by_address[address] += 1
            begin = partial(self._begin, headers=_kept(headers), address=address)
            try:
                await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL})
            except BaseException:
                _count_down(self._by_address, address)
                raise
            take_over = scope.get("extensions", {}).get(TAKE_OVER)
            if take_over is not None:
                take_over(begin)
            else:
                wire = AsgiWire(receive, send)
                await wire.serve(begin(wire))

    def _begin(self, wire: Wire, *, headers: dict[str, str], address: str) -> SocketSession:
        session = SocketSession(
            self._operations,
            wire,
            headers=headers,
            address=address,
            admit=self._admit_viewer,
            on_end=partial(self._forget, address=address),
        )
        self._sessions[session] = self._drain.join(session.leave)
        if self._clock is None:
            self._clock = asyncio.create_task(self._keep_time())
        return session

    def _forget(self, session: SocketSession, *, address: str) -> None:
        self._sessions.pop(session)()
        _count_down(self._by_address, address)
        if session.counted_key is not None:
            _count_down(self._by_viewer, session.counted_key)

    def _admit_viewer(self, session: SocketSession) -> bool:
        key = session.identity.key
        if key is None:
            return True
        if self._by_viewer[key] >= self._operations.options.sockets.per_viewer:
            self._operations.observer.subscription_rejected("websocket", TRY_LATER.reason)
            return False
        self._by_viewer[key] += 1
        session.counted_key = key
        return True

    async def _keep_time(self) -> None:
        """One clock for all sockets, which lets the event loop turn between many."""
        limits = self._operations.options.sockets
        pause = min(1.0, limits.ping_seconds, limits.init_seconds / 4)
        while self._sessions:
            await asyncio.sleep(pause)
            for number, session in enumerate(list(self._sessions), 1):
                try:
                    session.keep_time(time.monotonic(), time.time())
                except Exception as fault:  # noqa: BLE001  # one socket's fault must not stop the clock of all
                    self._operations.observer.fault(fault, None, "clock-of-sockets")
                if number % _AT_ONCE == 0:
                    await asyncio.sleep(0)
        self._clock = None


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers as a socket keeps them for its life: what many clients send alike is kept once."""
    return {intern(name): intern(value) for name, value in headers.items() if name != "sec-websocket-key"}


async def _deny(scope: Scope, send: Send, status: int) -> None:
    """Refuse the handshake by status where the server can, else by closing before acceptance (403)."""
    if "websocket.http.response" in scope.get("extensions", {}):
        headers = [(b"retry-after", b"2"), (b"content-length", b"0")]
        await send({"type": "websocket.http.response.start", "status": status, "headers": headers})
        await send({"type": "websocket.http.response.body", "body": b""})
    else:
        await send({"type": "websocket.close", "code": 1008, "reason": ""})


def _count_down(counter: Counter[str], key: str) -> None:
    counter[key] -= 1
    if counter[key] <= 0:
        del counter[key]
