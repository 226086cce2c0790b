"""One HTTP request and the means to answer it once; and how both are carried by raw ASGI."""

import asyncio
import gzip
import random
import re
from abc import ABC, abstractmethod
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Mapping, MutableMapping
from contextlib import suppress
from typing import Any, Final

from .deadlines import finish_by
from .errors import BAD_REQUEST, Refused, refuse
from .options import TransportOptions

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_REQUEST_ID: Final = re.compile(r"[0-9A-Za-z_.:-]{8,64}")
_OFF_LOOP_BYTES: Final = 256 * 1024
_ids: Final = random.SystemRandom()
_new_bits: Final = random.Random(_ids.getrandbits(256)).getrandbits  # noqa: S311 - ids tell requests apart, no more


class ClientGoneError(Exception):
    """The client closed the connection before its request was read, or stopped to read its answer."""


class SharedHeaders(dict[str, str]):
    """Headers that many answers have alike, never changed, with their lines as text."""

    __slots__ = ("lines",)

    def __init__(self, headers: Mapping[str, str]) -> None:
        super().__init__(headers)
        self.lines = lines_of(headers)


class Exchange(ABC):
    """A request as it was read, and the means to answer it once; `status` is None until then."""

    __slots__ = ("address", "body", "headers", "method", "options", "query_string", "request_id", "status")

    def __init__(
        self, method: str, query_string: bytes, headers: Mapping[str, str], address: str, options: TransportOptions
    ) -> None:
        self.method = method
        self.query_string = query_string
        self.headers = headers
        self.request_id = read_request_id(headers)
        self.address = address
        self.options = options
        self.status: int | None = None
        self.body: bytes | None = None
        """The body where it has been read already."""

    @abstractmethod
    async def read_body(self) -> bytes | Refused:
        """The whole body, or a refusal as soon as it is longer than the limit or has taken too long."""

    @abstractmethod
    async def respond(
        self, status: int, body: bytes, headers: Mapping[str, str], last: tuple[str, str] | None = None
    ) -> None:
        """Send one complete response, compressed where the client takes gzip and it pays.

        `last` is one more header, which others do not share: its name, and a value that is a number.
        """

    @abstractmethod
    async def stream(self, headers: Mapping[str, str], chunks: AsyncIterable[bytes]) -> None:
        """Send chunks as they come until they end or the client goes; the source is always closed."""

    def judge_body(self) -> Refused | None:
        """What the headers alone say against the body."""
        limit = self.options.limits.body_bytes
        declared = self.headers.get("content-length", "")
        if declared.isdecimal() and (len(declared) > 15 or int(declared) > limit):
            return too_long(limit)
        if self.headers.get("content-encoding", "identity").lower() != "identity":
            return refuse(415, BAD_REQUEST, "Compressed request bodies are not accepted.")
        return None

    def may_compress(self, body: bytes) -> bool:
        """Whether a response is long enough to be compressed and its client takes that."""
        if len(body) < self.options.compress_from_bytes:
            return False
        return _accepts_gzip(self.headers.get("accept-encoding", ""))


class AsgiExchange(Exchange):
    """A request as read from its scope, answered by messages."""

    __slots__ = ("_receive", "_send")

    def __init__(self, scope: Scope, receive: Receive, send: Send, options: TransportOptions) -> None:
        headers = read_headers(scope)
        address = client_address(scope, headers, options.trusted_proxies)
        super().__init__(str(scope["method"]).upper(), bytes(scope.get("query_string", b"")), headers, address, options)
        self._receive = receive
        self._send = send

    async def read_body(self) -> bytes | Refused:
        """The whole body, or a refusal as soon as it is longer than the limit or has taken too long."""
        seconds = self.options.limits.body_seconds
        try:
            return await finish_by(asyncio.get_running_loop().time() + seconds, self._read_all())
        except TimeoutError:
            return refuse(408, BAD_REQUEST, f"The body did not arrive within {seconds:g} seconds.")

    async def _read_all(self) -> bytes | Refused:
        refused = self.judge_body()
        if refused is not None:
            return refused
        limit = self.options.limits.body_bytes
        chunks: list[bytes] = []
        size = 0
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientGoneError
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > limit:
                return too_long(limit)
            chunks.append(chunk)
            if not message.get("more_body", False):
                return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    async def respond(
        self, status: int, body: bytes, headers: Mapping[str, str], last: tuple[str, str] | None = None
    ) -> None:
        """Send one complete response, compressed where the client takes gzip and it pays."""
        if last is not None:
            headers = {**headers, last[0]: last[1]}
        if self.may_compress(body):
            body = await compress(body)
            headers = {**headers, "content-encoding": "gzip"}
        await self._start(status, {**headers, "content-length": str(len(body))})
        await self._send({"type": "http.response.body", "body": b"" if self.method == "HEAD" else body})

    async def stream(self, headers: Mapping[str, str], chunks: AsyncIterable[bytes]) -> None:
        """Send chunks as they come until they end or the client goes; the source is always closed."""
        await self._start(200, {"x-accel-buffering": "no", "cache-control": "no-store", **headers})
        pump = asyncio.ensure_future(self._pump(chunks))
        gone = asyncio.ensure_future(self._wait_for_disconnect())
        try:
            await asyncio.wait({pump, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (pump, gone):
                task.cancel()
            for task in (pump, gone):
                with suppress(asyncio.CancelledError, OSError):
                    await task

    async def _pump(self, chunks: AsyncIterable[bytes]) -> None:
        try:
            async for chunk in chunks:
                async with asyncio.timeout(self.options.limits.send_seconds):
                    await self._send({"type": "http.response.body", "body": chunk, "more_body": True})
        except TimeoutError as stalled:
            raise ClientGoneError from stalled
        finally:
            close = getattr(chunks, "aclose", None)
            if close is not None:
                await close()
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _wait_for_disconnect(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def _start(self, status: int, headers: Mapping[str, str]) -> None:
        self.status = status
        sent = {**fixed_headers(self.options), "x-request-id": self.request_id, **headers}
        pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in sent.items()]
        await self._send({"type": "http.response.start", "status": status, "headers": pairs})


def lines_of(headers: Mapping[str, str]) -> str:
    """Headers as they are sent; ValueError for one that would become several."""
    lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
    if lines.count("\n") != len(headers):
        raise ValueError("a header of an answer has several lines")
    return lines


def fixed_headers(options: TransportOptions) -> dict[str, str]:
    """The headers of every response."""
    fixed = dict(options.security_headers)
    if options.strict_transport_security:
        fixed["strict-transport-security"] = "max-age=63072000; includeSubDomains"
    return fixed


def read_headers(scope: Scope) -> dict[str, str]:
    """Headers by lower-case name; repeated ones are joined by a comma."""
    return headers_of(scope["headers"])


def headers_of(pairs: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """The same for pairs of names and values."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in pairs:
        name = raw_name.decode("latin-1").lower()
        value = raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def read_request_id(headers: Mapping[str, str]) -> str:
    """The caller's request id where it looks like one, else a new one."""
    given = headers.get("x-request-id")
    return given if given and _REQUEST_ID.fullmatch(given) else f"{_new_bits(96):024x}"


def client_address(scope: Scope, headers: Mapping[str, str], trusted_proxies: frozenset[str]) -> str:
    """The peer's address; behind trusted proxies, the last forwarded address that is not one of them."""
    client = scope.get("client")
    return address_behind(str(client[0]) if client else "unknown", headers, trusted_proxies)


def address_behind(peer: str, headers: Mapping[str, str], trusted_proxies: frozenset[str]) -> str:
    """The address that a peer speaks for."""
    if peer not in trusted_proxies:
        return peer
    hops = [hop.strip() for hop in headers.get("x-forwarded-for", "").split(",")[-10:] if hop.strip()]
    for hop in reversed(hops):
        if hop not in trusted_proxies:
            return hop[:64]
    return peer


def too_long(limit: int) -> Refused:
    """The refusal of a body over the limit."""
    return refuse(413, BAD_REQUEST, f"The body is longer than {limit} bytes.")


def _accepts_gzip(header: str) -> bool:
    for part in header.lower().split(","):
        coding, _, weight = part.partition(";")
        if coding.strip() in {"gzip", "*"}:
            return weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False


async def compress(body: bytes) -> bytes:
    """A body in gzip; a long one is packed in a thread, while others are served."""
    return await asyncio.to_thread(_gzip, body) if len(body) > _OFF_LOOP_BYTES else _gzip(body)


def _gzip(body: bytes) -> bytes:
    return gzip.compress(body, compresslevel=5, mtime=0)
