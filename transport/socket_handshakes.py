"""The opening handshake of a WebSocket below ASGI: the request's head, the application's verdict, the answer."""

import asyncio
import base64
import binascii
import hashlib
from collections.abc import MutableMapping
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

import structlog

from .socket_messages import Close
from .wires import TAKE_OVER

if TYPE_CHECKING:
    from .socket_protocols import SocketProtocol

_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_MOST_BYTES: Final = 128 * 1024
_log = structlog.get_logger(__name__)


class Handshake:
    """Asks an ASGI application whether to accept one socket; gone as soon as that is decided.

    An application that accepts without taking the socket over can only close it again.
    """

    def __init__(
        self, protocol: "SocketProtocol", config: Any, tasks: set[asyncio.Task[None]], app_state: dict[str, Any]
    ) -> None:
        self._protocol = protocol
        self._config = config
        self._tasks = tasks
        self._app_state = app_state
        self._transport: Any = None
        self._http: Any = None
        self._read = b""
        self._is_asked = False
        self._accept = b""
        self._extensions: str | None = None
        self._status = 0
        self._headers: list[tuple[bytes, bytes]] = []
        self._gone = asyncio.Event()
        self._has_connected = False

    def begin(self, transport: Any) -> None:
        """Take a connection over from the HTTP protocol that read its request."""
        self._transport = transport
        self._http = transport.get_protocol()

    def feed(self, data: bytes) -> None:
        """Bytes of the request's head, or of frames that came before the answer."""
        self._read += data
        if self._is_asked:
            if len(self._read) > _MOST_BYTES:
                self._transport.abort()
            return
        head, found, rest = self._read.partition(b"\r\n\r\n")
        if not found:
            if len(head) > _MOST_BYTES:
                self._transport.abort()
            return
        self._is_asked, self._read = True, rest
        self._transport.pause_reading()
        task = asyncio.get_running_loop().create_task(self._ask(head))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def rest(self) -> bytes:
        """What was read behind the request's head."""
        return self._read

    def lost(self) -> None:
        """The client is gone."""
        self._gone.set()

    async def _ask(self, head: bytes) -> None:
        scope = self._scope_of(head)
        if scope is None:
            return
        try:
            await self._config.loaded_app(scope, self._receive, self._send)
        except ConnectionError:
            return
        except Exception as fault:  # noqa: BLE001  # whatever an application raises is answered
            _log.exception("the handshake of a socket failed", error=type(fault).__name__)
        finally:
            if not self._status:
                self._answer(500, [], b"")
            self._forget_http()

    def _scope_of(self, head: bytes) -> MutableMapping[str, Any] | None:
        line, *lines = head.split(b"\r\n")
        _, _, target = line.partition(b" ")
        path, _, query = target.rpartition(b" ")[0].partition(b"?")
        headers = [(name.strip().lower(), value.strip()) for name, _, value in (each.partition(b":") for each in lines)]
        given = dict(headers)
        if given.get(b"sec-websocket-version") != b"13":
            self._answer(426, [(b"sec-websocket-version", b"13")], b"")
            return None
        key = given.get(b"sec-websocket-key", b"")
        if not _is_key(key) or not line.startswith(b"GET "):
            self._answer(400, [], b"")
            return None
        self._accept = base64.b64encode(hashlib.sha1(key + _GUID, usedforsecurity=False).digest())
        client, server = (self._transport.get_extra_info(each) for each in ("peername", "sockname"))
        is_secure = self._transport.get_extra_info("sslcontext") is not None
        root = self._config.root_path
        offered = _joined(headers, b"sec-websocket-protocol")
        self._extensions = self._protocol.agree(_joined(headers, b"sec-websocket-extensions"))
        return {
            "type": "websocket",
            "asgi": {"version": self._config.asgi_version, "spec_version": "2.4"},
            "http_version": "1.1",
            "scheme": "wss" if is_secure else "ws",
            "server": tuple(server[:2]) if isinstance(server, tuple) else None,
            "client": tuple(client[:2]) if isinstance(client, tuple) else None,
            "root_path": root,
            "path": root + unquote(path.decode("latin-1")),
            "raw_path": root.encode() + path,
            "query_string": query,
            "headers": headers,
            "subprotocols": [each.strip() for each in offered.split(",") if each.strip()],
            "state": self._app_state.copy(),
            "extensions": {"websocket.http.response": {}, TAKE_OVER: self._protocol.take_over},
        }

    async def _receive(self) -> dict[str, Any]:
        if not self._has_connected:
            self._has_connected = True
            return {"type": "websocket.connect"}
        await self._gone.wait()
        return {"type": "websocket.disconnect", "code": 1006}

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        if self._gone.is_set():
            raise ConnectionResetError
        kind = message["type"]
        if kind == "websocket.accept":
            self._switch(message.get("subprotocol"), list(message.get("headers", ())))
        elif kind == "websocket.close":
            if self._status == 101:
                self._protocol.end_handshake(Close(message.get("code", 1000), message.get("reason") or ""))
            else:
                self._answer(403, [], b"")
        elif kind == "websocket.http.response.start":
            self._headers = list(message.get("headers", ()))
            self._status = int(message["status"])
        elif kind == "websocket.http.response.body":
            self._answer(self._status, self._headers, message.get("body", b""))
        else:
            raise RuntimeError(f"a handshake cannot send {kind}")

    def _switch(self, subprotocol: str | None, headers: list[tuple[bytes, bytes]]) -> None:
        self._status = 101
        told = [(b"upgrade", b"websocket"), (b"connection", b"Upgrade"), (b"sec-websocket-accept", self._accept)]
        if subprotocol is not None:
            told.append((b"sec-websocket-protocol", subprotocol.encode()))
        if self._extensions is not None:
            told.append((b"sec-websocket-extensions", self._extensions.encode()))
        lines = b"".join(name + b": " + value + b"\r\n" for name, value in (*told, *headers))
        self._transport.write(b"HTTP/1.1 101 Switching Protocols\r\n" + lines + b"\r\n")

    def _answer(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        self._status = status
        told = dict([(b"connection", b"close"), *headers, (b"content-length", str(len(body)).encode())])
        lines = b"".join(name + b": " + value + b"\r\n" for name, value in told.items())
        phrase = HTTPStatus(status).phrase.encode()
        self._transport.write(b"HTTP/1.1 %d %s\r\n%s\r\n%s" % (status, phrase, lines, body))
        self._transport.close()

    def _forget_http(self) -> None:
        """Part the HTTP protocol from its parser, which keep each other alive."""
        http, self._http = self._http, None
        for name in ("parser", "conn"):
            if hasattr(http, name):
                with suppress(AttributeError):
                    setattr(http, name, None)


def _joined(headers: list[tuple[bytes, bytes]], name: bytes) -> str:
    """A list that may be told in several headers."""
    return b",".join(value for each, value in headers if each == name).decode("latin-1")


def _is_key(key: bytes) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == 16
    except (binascii.Error, ValueError):
        return False
