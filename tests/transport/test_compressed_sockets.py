"""Compressed WebSockets over a real server: with the library's client, byte by byte, and in a crowd."""

import asyncio
import json
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.frames import Frame, Opcode
from websockets.typing import Subprotocol

from cli.serving import sockets_of
from config import Settings
from tests.transport import boards, live_servers
from tests.transport.boards import Store
from tests.transport.conftest import authenticate, build
from tests.transport.live_servers import run_node, served, serving, until
from tests.transport.market import build_context, schema
from tests.transport.test_socket_handshakes import asking, head_of
from transport import compressed_sockets, socket_compression, socket_protocols
from transport.compressed_sockets import CompressedSocketProtocol
from transport.endpoint import create_endpoint
from transport.identities import Credentials
from transport.options import SocketLimits, TransportOptions
from transport.socket_compression import deflated, inflated
from transport.socket_protocols import SocketProtocol

PROTOCOL = [Subprotocol("graphql-transport-ws")]
OFFER = "permessage-deflate; client_max_window_bits"
AGREED = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
LONG = "a text that comes again and again, " * 30


@pytest.fixture(autouse=True)
def carried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_servers, "SOCKETS", CompressedSocketProtocol)


def sent(message: Any, *, rsv1: bool = True, fin: bool = True, opcode: Opcode = Opcode.TEXT) -> bytes:
    """A client's frame: JSON, compressed with `rsv1`; bytes are a payload as it is."""
    text = message if isinstance(message, bytes) else json.dumps(message).encode()
    payload = deflated(text, 15) if rsv1 and not isinstance(message, bytes) else text
    data = Frame(opcode, payload, fin).serialize(mask=True)
    return bytes((data[0] | rsv1 << 6,)) + data[1:]


async def frame_from(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """A frame's first byte and its payload."""
    async with asyncio.timeout(5):
        first, size = await reader.readexactly(2)
        if size >= 126:
            size = int.from_bytes(await reader.readexactly(2 if size == 126 else 8))
        return first, await reader.readexactly(size)


async def code_from(reader: asyncio.StreamReader) -> int:
    """The code of the close that ends a connection, after whatever else was said."""
    while True:
        first, payload = await frame_from(reader)
        if first == 0x88:
            return int.from_bytes(payload[:2])


@asynccontextmanager
async def agreed(app: Any, **changes: str) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    async with asking(app, sec_websocket_extensions=OFFER, **changes) as (reader, writer):
        assert f"sec-websocket-extensions: {AGREED}" in await head_of(reader)
        yield reader, writer


HEADERS = {
    None: None,
    OFFER: AGREED,
    "x-other\r\nsec-websocket-extensions: permessage-deflate; server_max_window_bits=11": (
        f"{AGREED}; server_max_window_bits=11"
    ),
    "permessage-deflate; new=1\r\nSec-WebSocket-Extensions: permessage-deflate": AGREED,
    "permessage-deflate; server_max_window_bits=8": None,
    "permessage-deflate; ;": None,
}


@pytest.mark.parametrize("offer", HEADERS)
async def test_the_handshake_tells_what_is_agreed_and_the_socket_works_in_any_case(offer: str | None) -> None:
    async with asking(build(), sec_websocket_extensions=offer) as (reader, writer):
        told = [each for each in await head_of(reader) if each.startswith("sec-websocket-extensions")]
        assert told == ([] if HEADERS[offer] is None else [f"sec-websocket-extensions: {HEADERS[offer]}"])
        writer.write(sent({"type": "connection_init"}, rsv1=bool(told)))
        assert await frame_from(reader) == (0x81, b'{"type":"connection_ack"}'), "a short message is not compressed"
        writer.write(sent({"type": "ping", "payload": {"text": LONG}}, rsv1=False))
        first, payload = await frame_from(reader)
        assert first == (0xC1 if told else 0x81)
        assert len(payload) < 200 or not told
        text = inflated(payload, 10_000) if told else payload
        assert json.loads(text) == {"type": "pong", "payload": {"text": LONG}}


async def test_nothing_is_compressed_unless_the_operator_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GAVEL_SOCKET_COMPRESSION", raising=False)
    assert sockets_of(Settings()) is SocketProtocol
    monkeypatch.setenv("GAVEL_SOCKET_COMPRESSION", "on")
    assert sockets_of(Settings()) is CompressedSocketProtocol
    monkeypatch.setattr(live_servers, "SOCKETS", SocketProtocol)
    async with asking(build(), sec_websocket_extensions=OFFER) as (reader, writer):
        assert not [each for each in await head_of(reader) if each.startswith("sec-websocket-extensions")]
        writer.write(sent({"type": "connection_init"}))
        assert await code_from(reader) == 1002


CLIENTS = {
    "as it comes": ClientPerMessageDeflateFactory(),
    "every window": ClientPerMessageDeflateFactory(server_max_window_bits=9, client_max_window_bits=9),
    "no takeover": ClientPerMessageDeflateFactory(server_no_context_takeover=True, client_no_context_takeover=True),
}


@pytest.mark.parametrize("client_kind", CLIENTS)
async def test_a_librarys_client_speaks_and_hears_compressed(client_kind: str) -> None:
    async with (
        serving(build()) as port,
        connect(
            f"ws://127.0.0.1:{port}/graphql",
            subprotocols=PROTOCOL,
            compression=None,
            extensions=[CLIENTS[client_kind]],
        ) as client,
    ):
        assert [each.name for each in client.protocol.extensions] == ["permessage-deflate"]
        await client.send(json.dumps({"type": "connection_init", "payload": {"about": LONG}}))
        assert json.loads(await client.recv()) == {"type": "connection_ack"}
        for size in (1, 250, 300, 5_000, 30_000):
            text = "".join(chr(0x20 + each * each % 0x2FF) for each in range(size))
            asked = {"query": "query ($text: String!) { echo(text: $text) }", "variables": {"text": text}}
            await client.send(json.dumps({"type": "subscribe", "id": "e", "payload": asked}))
            assert json.loads(await client.recv())["payload"]["data"] == {"echo": f"{text} None None"}
            assert json.loads(await client.recv()) == {"type": "complete", "id": "e"}


async def test_fragments_around_control_frames_are_one_message() -> None:
    packed = deflated(json.dumps({"type": "ping", "payload": {"text": LONG}}).encode(), 15)
    async with agreed(build()) as (reader, writer):
        writer.write(sent(packed[:9], fin=False) + sent(b"?", rsv1=False, opcode=Opcode.PING))
        assert await frame_from(reader) == (0x8A, b"?")
        for byte in sent(packed[9:], rsv1=False, opcode=Opcode.CONT):
            writer.write(bytes((byte,)))
            await asyncio.sleep(0)
        _, payload = await frame_from(reader)
        assert json.loads(inflated(payload, 10_000))["payload"] == {"text": LONG}


def bomb(size: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return (packer.compress(bytes(size)) + packer.flush(zlib.Z_SYNC_FLUSH)).removesuffix(b"\x00\x00\xff\xff")


REFUSED = {
    "a bomb": (sent(bomb(50_000_000)), 1009),
    "one byte too many": (sent(deflated(b"[" + b" " * 2**20, 15)), 1009),
    "too long for GraphQL": (sent(deflated(b"[" + b" " * (2**18), 15)), 1009),
    "no deflate": (sent(b"\xff\xff"), 1007),
    "half a message": (sent(deflated(LONG.encode(), 15)[:-3]), 1007),
    "no text": (sent(deflated(b"\xff" * 300, 15)), 1007),
    "a bit on a ping": (sent(b"", opcode=Opcode.PING), 1002),
    "a bit on a continuation": (sent(b"", fin=False) + sent(b"", opcode=Opcode.CONT), 1002),
    "binary": (sent(deflated(b"{}", 15), opcode=Opcode.BINARY), 4400),
    "no JSON": (sent(deflated(b"{" * 300, 15)), 4400),
}


@pytest.mark.parametrize("case", REFUSED, ids=list(REFUSED))
async def test_the_close_says_what_was_wrong_with_a_compressed_message(case: str) -> None:
    data, code = REFUSED[case]
    endpoint = build()
    async with agreed(endpoint) as (reader, writer):
        writer.write(data)
        assert await code_from(reader) == code
        writer.write(Frame(Opcode.CLOSE, code.to_bytes(2)).serialize(mask=True))
        assert await asyncio.wait_for(reader.read(), 5) == b""
        await until(lambda: endpoint.drain.live_count == 0)


async def test_what_a_session_does_not_read_yet_stays_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty kilobytes of a client that waits for its init would otherwise become eight megabytes."""
    asked, admitted = asyncio.Event(), asyncio.Event()
    made: list[int] = []

    async def slowly(credentials: Credentials) -> Any:
        asked.set()
        await admitted.wait()
        return await authenticate(credentials)

    def counted(payload: bytes, most: int) -> bytes:
        text = inflated(payload, most)
        made.append(len(text))
        return text

    monkeypatch.setattr(compressed_sockets, "inflated", counted)
    options = TransportOptions(sockets=SocketLimits(message_burst=10_000), most_loop_lag_seconds=60.0)
    endpoint = create_endpoint(schema, build_context=build_context, options=options, authenticate=slowly)
    pings = [{"type": "ping", "payload": {"number": number, "text": "x" * 200_000}} for number in range(40)]
    async with agreed(endpoint) as (reader, writer):
        writer.write(b"".join(map(sent, ({"type": "connection_init"}, *pings))))
        await asked.wait()
        await boards.settle(200)
        assert len(made) <= 2, "the init, and what told that the rest must wait"
        admitted.set()
        assert await frame_from(reader) == (0x81, b'{"type":"connection_ack"}')
        for ping in pings:
            _, payload = await frame_from(reader)
            assert json.loads(inflated(payload, 300_000)) == {**ping, "type": "pong"}
        assert len(made) == 41


async def test_a_close_that_waits_behind_unread_messages_is_heard_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket_protocols, "CLOSE_SECONDS", 600)
    asked = asyncio.Event()

    async def never(_: Credentials) -> Any:
        asked.set()
        await asyncio.Event().wait()

    endpoint = create_endpoint(schema, build_context=build_context, authenticate=never)
    async with agreed(endpoint) as (reader, writer):
        bye = Frame(Opcode.CLOSE, (1000).to_bytes(2)).serialize(mask=True)
        writer.write(sent({"type": "connection_init"}) + sent({"type": "ping"}) + sent({"type": "ping"}) + bye)
        await asked.wait()
        await endpoint.drain.run()
        assert await code_from(reader) == 1012
        async with asyncio.timeout(20):
            assert await reader.read() == b""


async def test_a_long_message_counts_as_many() -> None:
    ping = sent({"type": "ping", "payload": {"text": "x" * 200_000}})
    async with agreed(build(TransportOptions(sockets=SocketLimits(messages_per_second=0.001)))) as (reader, writer):
        writer.write(ping * 20)
        for _ in range(100 // 13):
            first, _ = await frame_from(reader)
            assert first == 0xC1
        assert await code_from(reader) == 4429


LINES = "subscription { lines { seq text } }"


async def follow(client: ClientConnection, name: str) -> None:
    await client.send('{"type":"connection_init"}')
    await client.recv()
    await client.send(json.dumps({"type": "subscribe", "id": name, "payload": {"query": LINES}}))
    assert json.loads(await client.recv())["payload"]["data"]["lines"]["seq"] == 0


async def test_compressed_and_plain_sockets_of_a_group_hear_the_same_event_compressed_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    packed: list[bytes] = []

    def counted(text: bytes, window: int) -> bytes:
        packed.append(text)
        return deflated(text, window)

    monkeypatch.setattr(socket_compression, "deflated", counted)
    store = Store()
    endpoint = boards.build(store)
    async with serving(endpoint) as port, asyncio.TaskGroup() as tasks:
        ready, heard, done = asyncio.Semaphore(0), asyncio.Semaphore(0), asyncio.Event()

        async def watch(number: int) -> None:
            compression = "deflate" if number % 3 else None
            address = f"ws://127.0.0.1:{port}/graphql"
            async with connect(address, subprotocols=PROTOCOL, compression=compression) as client:
                name = "n" * (1 + number % 7) + str(number)
                await follow(client, name)
                ready.release()
                for line in (LONG, "short", LONG + LONG):
                    message = json.loads(await client.recv())
                    assert message["id"] == name
                    assert message["payload"]["data"]["lines"]["text"] == line
                heard.release()
                await done.wait()

        for number in range(21):
            tasks.create_task(watch(number))
        for _ in range(21):
            await ready.acquire()
        await until(lambda: endpoint.operations.groups.member_count == 21)
        for line in (LONG, "short", LONG + LONG):
            store.write(line)
        for _ in range(21):
            await heard.acquire()
        assert [json.loads(each[:-1])["data"]["lines"]["seq"] for each in packed] == [1, 3], "once each, none for plain"
        done.set()


async def test_a_groups_event_is_short_on_the_wire_behind_its_own_id() -> None:
    store = Store()
    endpoint = boards.build(store)
    async with agreed(endpoint) as (reader, writer):
        subscribe = {"type": "subscribe", "id": "my own", "payload": {"query": LINES}}
        writer.write(sent({"type": "connection_init"}) + sent(subscribe))
        await frame_from(reader)
        await frame_from(reader)
        await until(lambda: endpoint.operations.groups.member_count == 1)
        store.write(LONG)
        first, payload = await frame_from(reader)
        assert first == 0xC1
        assert payload[5:].startswith(b'{"id":"my own","type":"next","payload":'), "stored as it is"
        assert len(payload) < 200
        message = json.loads(inflated(payload, 10_000))
        assert message["payload"]["data"]["lines"] == {"seq": 1, "text": LONG}


async def test_over_asgi_as_the_product_serves_it_nothing_is_compressed() -> None:
    async with (
        served(build(), ws="websockets-sansio", ws_per_message_deflate=False) as (port, _),
        connect(f"ws://127.0.0.1:{port}/graphql", subprotocols=PROTOCOL, compression="deflate") as client,
    ):
        assert client.protocol.extensions == []


@pytest.mark.node
async def test_the_client_of_node_speaks_and_hears_compressed() -> None:
    async with serving(build()) as port:
        checks = await run_node("compressed.mjs", str(port))
    assert [check for check in checks if not check["ok"]] == []
    found = {check["name"]: check["value"] for check in checks}
    assert found["as it comes"] == found["narrow window"] == found["own takeover off"] == "permessage-deflate"
    assert found["window too narrow"] == found["off"] == ""
