"""A relay before the content store that counts what passes, and refuses, delays or swallows it when told to."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import httpx

Refusal = tuple[int, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Passed:
    """One request as it came by."""

    method: str
    target: str

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    def option(self, name: str) -> str:
        return parse_qs(urlsplit(self.target).query).get(name, [""])[0]


@dataclass(slots=True)
class Relay:
    """What a test may turn: `refusals` are used up first, `is_hole` answers nothing, `delay` is in seconds."""

    upstream: str
    url: str = ""
    passed: list[Passed] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    is_hole: bool = False
    is_away: bool = False
    delay: float = 0.0
    connections: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def queries(self) -> list[Passed]:
        return self.about("/data/query/")

    def about(self, part: str) -> list[Passed]:
        return [each for each in self.passed if part in each.path]

    def cut(self, keep: Callable[[], bool] | None = None) -> None:
        """Break every open connection, event streams among them."""
        for writer in list(self.connections):
            if keep is None or not keep():
                writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections.add(writer)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, httpx.HTTPError):
                await self._pass(reader, writer)
        finally:
            self.connections.discard(writer)
            writer.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        request, *lines = head.strip().split("\r\n")
        method, target, _ = request.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        if self.is_away:
            return
        self.passed.append(Passed(method, target))
        if self.is_hole:
            await reader.read()
            return
        if self.delay:
            await asyncio.sleep(self.delay)
        if self.refusals:
            status, extra = self.refusals.pop(0)
            _begin(writer, status, {"content-type": "application/json", **extra})
            writer.write(b"{}")
            await writer.drain()
            return
        await self._forward(writer, method, target, headers, body)

    async def _forward(
        self, writer: asyncio.StreamWriter, method: str, target: str, headers: dict[str, str], body: bytes
    ) -> None:
        sent = {name: value for name, value in headers.items() if name not in {"host", "connection", "accept-encoding"}}
        async with (
            httpx.AsyncClient(timeout=60) as client,
            client.stream(method, f"{self.upstream}{target}", headers=sent, content=body) as reply,
        ):
            _begin(writer, reply.status_code, {"content-type": reply.headers.get("content-type", "")})
            async for chunk in reply.aiter_bytes():
                writer.write(chunk)
                await writer.drain()


def _begin(writer: asyncio.StreamWriter, status: int, headers: dict[str, str]) -> None:
    lines = [f"HTTP/1.1 {status} .", "connection: close", *(f"{name}: {value}" for name, value in headers.items())]
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())


@asynccontextmanager
async def relaying(upstream: str) -> AsyncIterator[Relay]:
    """A relay on a port of its own."""
    relay = Relay(upstream)
    server = await asyncio.start_server(relay.serve, "127.0.0.1", 0)
    relay.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield relay
    finally:
        server.close()
        relay.cut()
        await asyncio.sleep(0)
