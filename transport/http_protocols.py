"""HTTP below ASGI, for uvicorn: a small POST to the endpoint is answered without scope, messages and cycle.

Whatever is unusual about a request leaves it to uvicorn's ordinary way, which leads to the same handler.
"""

import asyncio
from functools import lru_cache
from typing import Any, Final

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from .direct_exchanges import Direct, DirectExchange
from .event_channels import CHANNEL_HEADER
from .exchanges import address_behind, headers_of
from .negotiation import Form, parse_accept

_MOST_DIGITS: Final = 5
_MOST_BODY_BYTES: Final = 64 * 1024
"""Longer bodies go the ordinary way, which pauses a client that sends faster than it is read."""
_JOIN_BYTES: Final = 64 * 1024
"""Longer bodies are written beside their head, not copied behind it."""
_REST_SECONDS: Final = 0.05
"""How long the rest of a body may take before its request goes the ordinary way, which has the patience."""
_UNUSUAL: Final = frozenset({"transfer-encoding", "expect", "upgrade", CHANNEL_HEADER})
_LONGEST_ACCEPT: Final = 200
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
        self._forwarding = _forwarding_of(config)
        self._is_plain = _is_plain(config) and not self.access_log
        self._coming: DirectExchange | None = None
        self._running: DirectExchange | None = None
        self._rest_timer: asyncio.TimerHandle | None = None
        self._idle_since: float | None = None
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
        if self._coming is not None and self._rest_timer is None:
            self._rest_timer = self.loop.call_later(_REST_SECONDS, self._leave_to_asgi)

    def on_message_begin(self) -> None:
        """Another request; its scope is made only if it needs one."""
        self.url = b""
        self.headers = []
        self.expect_100_continue = False

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
        self._running = exchange
        task = self.loop.create_task(self._run(exchange))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def shutdown(self) -> None:
        """The server ends: what has begun is answered."""
        self._leave_to_asgi()
        super().shutdown()

    async def writable(self) -> None:
        """Wait while the client reads too slowly."""
        if self.flow.write_paused:
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
        parser = self.parser
        if direct is None or self.url != direct.target or parser.get_method() != b"POST":
            return None
        if parser.get_http_version() != "1.1" or (self.cycle is not None and not self.cycle.response_complete):
            return None
        headers = headers_of(self.headers)
        length = headers.get("content-length", "")
        if not length.isdecimal() or len(length) > _MOST_DIGITS or int(length) > _MOST_BODY_BYTES:
            return None
        if not _UNUSUAL.isdisjoint(headers) or not is_answered_whole(headers.get("accept")) or self._is_crowded():
            return None
        client = self.client
        if self._forwarding is not None and "x-forwarded-for" in headers:
            client = _client_behind(self._forwarding, client, self.headers)
        address = address_behind(client[0] if client else "unknown", headers, direct.options.trusted_proxies)
        return DirectExchange(direct, self, headers, address, keep_alive=parser.should_keep_alive())

    def _is_crowded(self) -> bool:
        most = self.limit_concurrency
        return most is not None and (len(self.connections) >= most or len(self.tasks) >= most)

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
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        headers_kept: Any = self.scope
        self.url, self.headers, self.expect_100_continue = url, headers, expects
        headers_kept["headers"] = headers
        super().on_headers_complete()

    def _forget_coming(self) -> None:
        self._coming = None
        if self._rest_timer is not None:
            self._rest_timer.cancel()
            self._rest_timer = None


def is_answered_whole(accept: str | None) -> bool:
    """Whether nothing that a client accepts is a stream."""
    return accept is None or (len(accept) <= _LONGEST_ACCEPT and _known_whole(accept))


@lru_cache(maxsize=500)
def _known_whole(accept: str) -> bool:
    accepted = parse_accept(accept)
    return accepted.stream() is None and accepted.single() is not Form.EVENTS


def _forwarding_of(config: Any) -> ProxyHeadersMiddleware | None:
    """What uvicorn would ask about forwarded addresses."""

    async def nothing(*_: object) -> None:
        return

    return ProxyHeadersMiddleware(nothing, config.forwarded_allow_ips) if config.proxy_headers else None


def _client_behind(
    forwarding: ProxyHeadersMiddleware, client: tuple[str, int] | None, headers: list[tuple[bytes, bytes]]
) -> tuple[str, int] | None:
    scope: Any = {"type": "http", "client": client, "headers": headers}
    asked: Any = forwarding(scope, None, None)  # type: ignore[arg-type]  # it hands them on and nobody takes them
    try:
        asked.send(None)
    except StopIteration:
        pass
    finally:
        asked.close()
    found: tuple[str, int] | None = scope["client"]
    return found


def _is_plain(config: Any) -> bool:
    """Whether requests reach the application itself, as it was given and by the path that the client wrote."""
    loaded = config.loaded_app
    inner = loaded.app if isinstance(loaded, ProxyHeadersMiddleware) else loaded
    return inner is config.app and not config.root_path
