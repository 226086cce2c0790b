"""HTTP clients that write bytes of their own choosing, and see the bytes of each response."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

Head = dict[str, str]


class Client:
    """One connection of a client who writes bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def ask(self, request: bytes) -> bytes:
        """One whole response."""
        self.writer.write(request)
        return await self.response()

    async def response(self) -> bytes:
        """The next whole response, as it came."""
        async with asyncio.timeout(20):
            head = await self.reader.readuntil(b"\r\n\r\n")
            told = head_of(head)
            if "content-length" in told:
                return head + await self.reader.readexactly(int(told["content-length"]))
            chunks = b""
            while told.get("transfer-encoding") == "chunked" and not chunks.endswith(b"0\r\n\r\n"):
                chunks += await self.reader.readuntil(b"\r\n")
            return head + chunks

    async def is_closed(self) -> bool:
        """Whether the server closes the connection now, with nothing more to say."""
        async with asyncio.timeout(20):
            return await self.reader.read() == b""


@asynccontextmanager
async def client_of(port: int) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Client(reader, writer)
    finally:
        writer.close()


def head_of(response: bytes) -> Head:
    lines = response.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    return {"status": lines[0].split()[1]} | dict(line.split(": ", 1) for line in lines[1:])


def body_of(response: bytes) -> Any:
    return json.loads(response.partition(b"\r\n\r\n")[2])


def post(body: Any, *lines: str, target: str = "/graphql", method: str = "POST", version: str = "1.1") -> bytes:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    given = ["host: shop.test", "x-request-id: the-request-1", *lines, f"content-length: {len(content)}"]
    if not any(each.lower().startswith("content-type") for each in lines):
        given.append("content-type: application/json")
    head = "\r\n".join([f"{method} {target} HTTP/{version}", *given])
    return f"{head}\r\n\r\n".encode("latin-1") + content
