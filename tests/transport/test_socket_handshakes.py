"""The socket's own protocol, byte by byte: its opening handshake, its control frames, and how it hangs up."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.frames import Frame, Opcode
from websockets.utils import accept_key

from tests.transport.boards import Store, build
from tests.transport.live_servers import serving, until

KEY = base64.b64encode(b"0123456789abcdef").decode()
GOOD = {
    "host": "x",
    "upgrade": "websocket",
    "connection": "Upgrade",
    "sec-websocket-version": "13",
    "sec-websocket-key": KEY,
    "sec-websocket-protocol": "other, graphql-transport-ws",
}


@asynccontextmanager
async def asking(app: Any, **changes: str | None) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    named = {name.replace("_", "-"): value for name, value in changes.items()}
    headers = {name: value for name, value in {**GOOD, **named}.items() if value is not None}
    async with serving(app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(f"GET /graphql?a=%20b HTTP/1.1\r\n{lines}\r\n".encode())
        try:
            yield reader, writer
        finally:
            writer.close()


async def head_of(reader: asyncio.StreamReader) -> list[str]:
    return (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)).decode().split("\r\n")


async def test_the_handshake_answers_the_key_and_chooses_the_protocol() -> None:
    async with asking(build(Store())) as (reader, _):
        head = await head_of(reader)
    assert head[0] == "HTTP/1.1 101 Switching Protocols"
    assert f"sec-websocket-accept: {accept_key(KEY)}" in head
    assert "sec-websocket-protocol: graphql-transport-ws" in head


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"sec_websocket_key": None}, 400),
        ({"sec_websocket_key": "short"}, 400),
        ({"sec_websocket_version": "8"}, 426),
        ({"origin": "https://evil.test"}, 403),
    ],
)
async def test_a_handshake_that_cannot_be_is_refused_by_status(changes: dict[str, str | None], status: int) -> None:
    async with asking(build(Store()), **changes) as (reader, _):
        head = await head_of(reader)
        assert head[0].startswith(f"HTTP/1.1 {status} ")
        assert await asyncio.wait_for(reader.read(), 5) == b"", "and the connection is closed"


async def test_an_application_that_fails_or_says_nothing_answers_500() -> None:
    async def silent(_scope: Any, _receive: Any, _send: Any) -> None:
        return

    async def failing(_scope: Any, _receive: Any, _send: Any) -> None:
        raise RuntimeError

    for app in (silent, failing):
        async with asking(app) as (reader, _):
            assert (await head_of(reader))[0].startswith("HTTP/1.1 500 ")


async def test_an_application_may_refuse_or_accept_only_to_close() -> None:
    async def refusing(_scope: Any, receive: Any, send: Any) -> None:
        assert await receive() == {"type": "websocket.connect"}
        await send({"type": "websocket.close"})

    async def closing(scope: Any, _receive: Any, send: Any) -> None:
        assert (scope["path"], scope["query_string"]) == ("/graphql", b"a=%20b")
        await send({"type": "websocket.accept", "headers": [(b"x-a", b"b")]})
        await send({"type": "websocket.close", "code": 4406, "reason": "no"})

    async with asking(refusing) as (reader, _):
        assert (await head_of(reader))[0].startswith("HTTP/1.1 403 ")
    async with asking(closing) as (reader, writer):
        assert "x-a: b" in await head_of(reader)
        assert await asyncio.wait_for(reader.readexactly(6), 5) == b"\x88\x04\x11\x36no"
        writer.write(Frame(Opcode.CLOSE, b"\x11\x36").serialize(mask=True))
        assert await asyncio.wait_for(reader.read(), 5) == b""


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (Frame(Opcode.TEXT, b"\xff").serialize(mask=True), 1007),
        (Frame(Opcode.TEXT, b"{}").serialize(mask=False), 1002),
        (Frame(Opcode.CLOSE, b"\x03").serialize(mask=True), 1002),
        (b"\x81\xff\x7f" + b"\xff" * 7, 1009),
        (Frame(Opcode.CLOSE, b"\x0f\xa0bye").serialize(mask=True), 4000),
    ],
    ids=["no text", "not masked", "half a code", "too long", "the client's own code"],  # masks are drawn anew each time
)
async def test_the_close_says_why(sent: bytes, code: int) -> None:
    endpoint = build(Store())
    async with asking(endpoint) as (reader, writer):
        await head_of(reader)
        writer.write(sent)
        frame = await asyncio.wait_for(reader.read(), 5)
        assert frame[0] == 0x88
        assert int.from_bytes(frame[2:4]) == code
        await until(lambda: endpoint.drain.live_count == 0)


async def test_pings_are_answered_and_counted() -> None:
    async with asking(build(Store())) as (reader, writer):
        await head_of(reader)
        writer.write(Frame(Opcode.PING, b"abc").serialize(mask=True))
        assert await asyncio.wait_for(reader.readexactly(5), 5) == b"\x8a\x03abc"
        writer.write(Frame(Opcode.PING, b"").serialize(mask=True) * 500)
        rest = await asyncio.wait_for(reader.readuntil(b"Too many messages"), 5)
        assert rest.count(b"\x8a\x00") < 130


async def test_a_client_that_dies_amid_its_handshake_leaves_nothing() -> None:
    endpoint = build(Store())
    for _ in range(20):
        async with asking(endpoint) as (_, writer):
            writer.transport.abort()
    await until(lambda: endpoint.drain.live_count == 0)


async def test_what_follows_the_handshake_in_small_pieces_is_heard() -> None:
    async with asking(build(Store())) as (reader, writer):
        await head_of(reader)
        for byte in Frame(Opcode.TEXT, b'{"type":"connection_init"}').serialize(mask=True):
            writer.write(bytes((byte,)))
            await asyncio.sleep(0)
        assert await asyncio.wait_for(reader.readexactly(27), 5) == b'\x81\x19{"type":"connection_ack"}'
