"""One HTTP request below ASGI: read whole already, answered by one write to its connection."""

from collections.abc import AsyncIterable, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol, Self

from .errors import Refused
from .exchanges import Exchange, SharedHeaders, compress, fixed_headers, lines_of
from .options import TransportOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Direct:
    """What a server needs to ask an endpoint without ASGI: the target of its requests, and who answers them."""

    target: bytes
    options: TransportOptions
    answer: Callable[[Exchange], Awaitable[None]]
    fixed_lines: str

    @classmethod
    def to(cls, answer: Callable[[Exchange], Awaitable[None]], options: TransportOptions) -> Self:
        """The endpoint at `options.path`."""
        lines = lines_of(fixed_headers(options))
        return cls(target=options.path.encode(), options=options, answer=answer, fixed_lines=lines)


class Connection(Protocol):
    """The server's side of a client's connection."""

    @property
    def is_slow(self) -> bool:
        """Whether the client does not read what was written already."""

    async def writable(self) -> None:
        """Wait while the client reads too slowly."""

    def answered(self, exchange: "DirectExchange", status: int, head: bytes, body: bytes) -> None:
        """Write a response; `head` are its lines below the status, with the empty one."""


class _Nobody:
    def set(self) -> None:
        """Wake nobody."""


_NOBODY: Final = _Nobody()


class DirectExchange(Exchange):
    """A request whose body has come. To uvicorn it stands where its own cycle of request and response would."""

    __slots__ = (
        "_connection",
        "direct",
        "disconnected",
        "keep_alive",
        "message_event",
        "response_complete",
    )

    def __init__(
        self, direct: Direct, connection: Connection, headers: Mapping[str, str], address: str, *, keep_alive: bool
    ) -> None:
        super().__init__("POST", b"", headers, address, direct.options)
        self.direct = direct
        self._connection = connection
        self.body: bytes = b""
        self.keep_alive = keep_alive
        self.disconnected = False
        self.response_complete = False
        self.message_event = _NOBODY

    async def read_body(self) -> bytes | Refused:
        """The whole body, or a refusal."""
        if "content-encoding" in self.headers or len(self.body) > self.options.limits.body_bytes:
            return self.judge_body() or self.body
        return self.body

    async def respond(
        self, status: int, body: bytes, headers: Mapping[str, str], last: tuple[str, str] | None = None
    ) -> None:
        """Write one complete response; nothing where the client has gone."""
        coding = ""
        if len(body) >= self.options.compress_from_bytes and self.may_compress(body):
            body = await compress(body)
            coding = "content-encoding: gzip\r\n"
        self.status = status
        if self._connection.is_slow:
            await self._connection.writable()
        if self.disconnected:
            return
        told = headers.lines if isinstance(headers, SharedHeaders) else lines_of(headers)
        if last is not None:
            told += f"{last[0]}: {last[1]}\r\n"
        closing = "" if self.keep_alive else "connection: close\r\n"
        head = (
            f"{self.direct.fixed_lines}x-request-id: {self.request_id}\r\n{told}{coding}"
            f"content-length: {len(body)}\r\n{closing}\r\n"
        )
        self._connection.answered(self, status, head.encode("latin-1"), body)

    async def stream(self, headers: Mapping[str, str], chunks: AsyncIterable[bytes]) -> None:  # noqa: ARG002
        """Never asked for: a request that accepts a stream goes the ordinary way."""
        raise TypeError("a request below ASGI is answered in one piece")
