"""HTTP below ASGI, for uvicorn: a small POST to the endpoint is answered without scope, messages and cycle.

Whatever is unusual about a request leaves it to uvicorn's ordinary way, which leads to the same handler.
"""

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from .direct_exchanges import Direct, DirectExchange
from .event_channels import CHANNEL_HEADER
from .exchanges import address_behind, headers_of
from .first_steps import first_steps_in
from .senders import SenderHeaders
from .short_ways import Pairs, client_behind, forwarding_of, is_answered_whole, is_plain, is_short

_JOIN_BYTES: Final = 64 * 1024
"""Longer bodies are written beside their head, not copied behind it."""
_REST_SECONDS: Final = 0.05
"""How long the rest of a body may take before its request goes the ordinary way, which has the patience."""
_UNUSUAL: Final = frozenset({"transfer-encoding", "expect", "upgrade", CHANNEL_HEADER})
_PASSING: Final = frozenset({"content-length", "x-request-id", "traceparent", "tracestate"})
"""Headers that differ from request to request, and say nothing of who sends them."""
_FAILED: Final = b"Internal Server Error"
_FAILED_HEAD: Final = (
    b"content-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(_FAILED)
)


class HttpProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol with a short way for what an application says of itself in its attribute `direct`.

    One request at a time takes it: pipelined ones wait in uvicorn's own queue behind it. A connection has one timer for
    its idle time, not one for each request.
    """

    def __init__(
        self, config: Any, server_state: Any, app_state: dict[str, Any], _loop: asyncio.AbstractEventLoop | None = None
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._forwarding = forwarding_of(config)
        self._is_plain = is_plain(config) and not self.access_log
        self._coming: DirectExchange | None = None
        self._ready: DirectExchange | None = None
        self._running: DirectExchange | None = None
        self._first_steps = first_steps_in(self.loop)
        self._rest_timer: asyncio.TimerHandle | None = None
        self._idle_since: float | None = None
        self._last_headers: Pairs = []
        self._last: tuple[SenderHeaders, str] | None = None
        self._default_headers: Any = None
        self._default_lines = b""

    def connection_lost(self, exc: Exception | None) -> None:
        """Whoever still works for this client works to the end, and writes nothing."""
        self._forget_coming()
        if self._running is not None:
            self._running.disconnected = True
        if self.timeout_keep_alive_task is not None:
            self.timeout_keep_alive_task.cancel()
            self.timeout_keep_alive_task = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on; a body that is not there yet gets a moment."""
        super().data_received(data)
        exchange, self._ready = self._ready, None
        if exchange is not None:
            task = self._first_steps.begin(self._run(exchange), self.loop)
            if task is not None:
                self.tasks.add(task)
                task.add_done_callback(self.tasks.discard)
        if self._coming is not None and self._rest_timer is None:
            self._rest_timer = self.loop.call_later(_REST_SECONDS, self._leave_to_asgi)

    def on_message_begin(self) -> None:
        """Another request; its scope is made only if it needs one."""
        self.url = b""
        self.headers = []

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header, as it was written."""
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Choose the way."""
        self._coming = self._direct_exchange()
        if self._coming is None:
            self._begin_asgi()

    def on_body(self, body: bytes) -> None:
        """A part of the body, mostly all of it."""
        if self._coming is not None:
            self._coming.body += body
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The whole request has come."""
        exchange = self._coming
        if exchange is None:
            super().on_message_complete()
            return
        self._forget_coming()
        self.cycle = exchange  # type: ignore[assignment]  # what uvicorn asks of a cycle, it has
        self._running = self._ready = exchange

    def shutdown(self) -> None:
        """The server ends: what has begun is answered."""
        self._leave_to_asgi()
        super().shutdown()

    @property
    def is_slow(self) -> bool:
        """Whether the client does not read what was written already."""
        return self.flow.write_paused

    async def writable(self) -> None:
        """Wait while the client reads too slowly."""
        await self.flow.drain()

    def answered(self, exchange: DirectExchange, status: int, head: bytes, body: bytes) -> None:
        """Write a response, and go on with what waits behind it."""
        defaults = self.server_state.default_headers
        if defaults is not self._default_headers:
            self._default_headers = defaults
            self._default_lines = b"".join(b"%b: %b\r\n" % each for each in defaults)
        if len(body) > _JOIN_BYTES:
            self.transport.writelines((STATUS_LINE[status], self._default_lines, head, body))
        else:
            self.transport.write(b"".join((STATUS_LINE[status], self._default_lines, head, body)))
        exchange.response_complete = True
        self._running = None
        if not exchange.keep_alive:
            self.transport.close()
        self.on_response_complete()

    def on_response_complete(self) -> None:
        """Begin what waits, or begin to be idle."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            self._start_asgi_task(cycle, app)
            return
        self._idle_since = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._wait_idle(self.timeout_keep_alive)

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection that was idle for long enough; the timer of a busy one is set anew when it is idle."""
        self.timeout_keep_alive_task = None
        if self._idle_since is None:
            return
        left = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self._wait_idle(left)
        else:
            super().timeout_keep_alive_handler()

    def _wait_idle(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(seconds, self.timeout_keep_alive_handler)

    def _unset_keepalive_if_required(self) -> None:
        self._idle_since = None

    def _direct_exchange(self) -> DirectExchange | None:
        """The exchange of a request that may take the short way, without its body."""
        direct: Direct | None = getattr(self.config.app, "direct", None) if self._is_plain else None
        if direct is None or self.url != direct.target:
            return None
        parser, cycle = self.parser, self.cycle
        if parser.get_method() != b"POST" or parser.get_http_version() != "1.1":
            return None
        if (cycle is not None and not cycle.response_complete) or (self.limit_concurrency and self._is_crowded()):
            return None
        # A client says the same of itself in each request: what that means is read once.
        pairs = self.headers
        if pairs != self._last_headers:
            self._last, self._last_headers = self._read_headers(pairs, direct), pairs
        if self._last is None:
            return None
        headers, address = self._last
        return DirectExchange(direct, self, headers, address, keep_alive=parser.should_keep_alive())

    def _read_headers(self, pairs: Pairs, direct: Direct) -> tuple[SenderHeaders, str] | None:
        """Headers and the client's address, where nothing about them is unusual and the body is short."""
        read = self._like_the_last(pairs) or self._judge(pairs, direct)
        return read if read is not None and is_short(read[0].get("content-length", "")) else None

    def _like_the_last(self, pairs: Pairs) -> tuple[SenderHeaders, str] | None:
        """The last headers with what tells one request from another in them; None where more is different."""
        if self._last is None or len(pairs) != len(self._last_headers):
            return None
        (last, address), others = self._last, {}
        for (name, value), (known_name, known_value) in zip(pairs, self._last_headers, strict=True):
            if value == known_value and name == known_name:
                continue
            key = name.lower().decode("latin-1")
            # One that stands there several times was joined.
            if name != known_name or key not in _PASSING or last[key] != known_value.decode("latin-1"):
                return None
            others[key] = value.decode("latin-1")
        return last.but(others), address

    def _judge(self, pairs: Pairs, direct: Direct) -> tuple[SenderHeaders, str] | None:
        headers = headers_of(pairs)
        if not _UNUSUAL.isdisjoint(headers) or not is_answered_whole(headers.get("accept")):
            return None
        client = self.client
        if self._forwarding is not None and "x-forwarded-for" in headers:
            client = client_behind(self._forwarding, client, headers["x-forwarded-for"].encode("latin-1"))
        address = address_behind(client[0] if client else "unknown", headers, direct.options.trusted_proxies)
        return SenderHeaders(headers), address

    def _is_crowded(self) -> bool:
        most = self.limit_concurrency or 0
        return len(self.connections) >= most or len(self.tasks) >= most

    async def _run(self, exchange: DirectExchange) -> None:
        try:
            await exchange.direct.answer(exchange)
        except BaseException as fault:  # as uvicorn does: whatever was raised is told and answered
            self.logger.critical("A fault of the endpoint itself.", exc_info=fault)
            self._give_up(exchange)
        else:
            if not exchange.response_complete and not exchange.disconnected:
                self.logger.error("The endpoint did not answer.")
                self._give_up(exchange)

    def _give_up(self, exchange: DirectExchange) -> None:
        if exchange.response_complete or exchange.disconnected:
            return
        exchange.keep_alive = False
        self.answered(exchange, 500, _FAILED_HEAD, _FAILED)

    def _leave_to_asgi(self) -> None:
        """A request whose body is not there yet goes the ordinary way."""
        exchange = self._coming
        if exchange is None:
            return
        self._forget_coming()
        self._begin_asgi()
        if exchange.body:
            super().on_body(exchange.body)

    def _begin_asgi(self) -> None:
        url, headers = self.url, self.headers
        super().on_message_begin()
        self.url = url
        for name, value in headers:
            super().on_header(name, value)
        super().on_headers_complete()

    def _forget_coming(self) -> None:
        self._coming = None
        if self._rest_timer is not None:
            self._rest_timer.cancel()
            self._rest_timer = None
