"""Many sockets on one shared stream: slow ones, leaving ones and broken ones do not disturb the rest."""

import asyncio
import base64
import json
import secrets
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.transport import live_servers
from tests.transport.boards import OPTIONS, Store, build, settle
from tests.transport.live_servers import serving, until
from transport import group_members, socket_protocols, wires
from transport.endpoint import GraphQLEndpoint
from transport.options import SocketLimits

LINES = "subscription ($after: String) { lines(after: $after) { seq text cursor note } }"
THINGS = "subscription ($names: [String!]!) { things(names: $names) { name version } }"


@pytest.fixture(autouse=True, params=list(live_servers.CARRIERS.values()), ids=list(live_servers.CARRIERS))
def carried(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_servers, "SOCKETS", request.param)


@pytest.fixture
def store() -> Store:
    return Store(lines=["one", "two"])


@asynccontextmanager
async def watching(
    port: int, document: str = LINES, viewer: str = "", **variables: Any
) -> AsyncIterator[ClientConnection]:
    address = f"ws://127.0.0.1:{port}/graphql"
    async with connect(address, subprotocols=[Subprotocol("graphql-transport-ws")], max_queue=None) as client:
        payload = {"authorization": f"Bearer {viewer}"} if viewer else {}
        await client.send(json.dumps({"type": "connection_init", "payload": payload}))
        await client.recv()
        asked = {"query": document, "variables": variables}
        await client.send(json.dumps({"type": "subscribe", "id": secrets.token_hex(4), "payload": asked}))
        yield client


async def hear(client: ClientConnection) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(await asyncio.wait_for(client.recv(), 5))
    return message


async def seqs(client: ClientConnection, count: int) -> list[int]:
    return [(await hear(client))["payload"]["data"]["lines"]["seq"] for _ in range(count)]


async def attached(endpoint: GraphQLEndpoint, count: int) -> None:
    await until(lambda: endpoint.operations.groups.member_count == count)


async def test_a_crowd_shares_one_execution_and_each_hears_its_own_id(store: Store) -> None:
    endpoint = build(store)
    async with serving(endpoint) as port, asyncio.TaskGroup() as tasks:
        ready, done = asyncio.Semaphore(0), asyncio.Event()

        async def watch(number: int) -> None:
            async with watching(port, viewer=f"viewer-{number}") as client:
                first = await hear(client)
                ready.release()
                later = [await hear(client) for _ in range(3)]
                assert [each["payload"]["data"]["lines"]["seq"] for each in later] == [3, 4, 5]
                assert {each["id"] for each in later} == {first["id"]}
                ready.release()
                await done.wait()

        for number in range(30):
            tasks.create_task(watch(number))
        for _ in range(30):
            await ready.acquire()
        await attached(endpoint, 30)
        store.counts.clear()
        for number in range(3):
            store.write(f"{number}")
        for _ in range(30):
            await ready.acquire()
        assert store.counts["executions"] == 3
        done.set()
    await until(lambda: store.open_sources == 0)


async def stalled(port: int, document: str = LINES, **variables: Any) -> socket.socket:
    """A client that subscribes and then reads nothing, with the smallest buffers that the system gives."""
    loop = asyncio.get_running_loop()
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.setblocking(False)  # noqa: FBT003  # the socket's own signature
    await loop.sock_connect(client, ("127.0.0.1", port))
    key = base64.b64encode(secrets.token_bytes(16)).decode()
    head = (
        "GET /graphql HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-version: 13\r\n"
        f"sec-websocket-key: {key}\r\nsec-websocket-protocol: graphql-transport-ws\r\n\r\n"
    )
    await loop.sock_sendall(client, head.encode())
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        answer += await loop.sock_recv(client, 1)
    for message in (
        {"type": "connection_init"},
        {"type": "subscribe", "id": "slow", "payload": {"query": document, "variables": variables}},
    ):
        text = json.dumps(message).encode()
        size = bytes((0x80 | len(text),)) if len(text) < 126 else b"\xfe" + struct.pack("!H", len(text))
        await loop.sock_sendall(client, b"\x81" + size + b"\0\0\0\0" + text)
    return client


async def all_of(client: socket.socket) -> bytes:
    """Everything that it is sent until a second of silence or its end."""
    loop = asyncio.get_running_loop()
    found = b""
    try:
        while True:
            async with asyncio.timeout(1):
                data = await loop.sock_recv(client, 1 << 20)
            if not data:
                return found
            found += data
    except (TimeoutError, ConnectionResetError):
        return found


async def test_a_socket_that_reads_nothing_ends_with_resume_required_and_delays_nobody(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_members, "_MOST_WAITING", 20)
    endpoint = build(store)
    async with serving(endpoint) as port, watching(port) as healthy:
        await seqs(healthy, 1)
        slow = await stalled(port)
        await attached(endpoint, 2)
        count = 0
        while endpoint.operations.groups.member_count == 2:
            count += 1
            store.write("x" * 100_000)
            assert (await seqs(healthy, 1)) == [count + 2], "the healthy one is never delayed"
            assert count < 500, "what waits for a slow reader is bounded"
        sent = await all_of(slow)
        slow.close()
        assert b"RESUME_REQUIRED" in sent[-2_000:]
        shown = [int(each[: each.index(b",")]) for each in sent.split(b'"seq":')[1:]]
        assert shown == list(range(2, len(shown) + 2)), "what it was shown has no hole"
        async with watching(port, after=f"at:{shown[-1]}") as again:
            missed = await seqs(again, count + 2 - shown[-1])
            assert missed == list(range(shown[-1] + 1, count + 3))


async def test_a_slow_socket_of_a_state_is_shown_the_newest_when_it_reads_again(store: Store) -> None:
    names = [f"{number:0200}" for number in range(100)]
    store.versions = dict.fromkeys(names, 1)
    endpoint = build(store)
    async with serving(endpoint) as port:
        slow = await stalled(port, THINGS, names=names)
        await attached(endpoint, 1)
        turns = 0
        while endpoint.operations.groups.member_count == 1:
            turns += 1
            store.versions = dict.fromkeys(names, 1 + turns)
            store.tell()
            await settle(10)
            assert turns < 2_000, "it leaves the group"
        sent = await all_of(slow)
        assert sent.count(b'"next"') < turns
        assert f'"version":{turns + 1}}}'.encode() in sent[-300:]
        await attached(endpoint, 1)
        store.raise_version(names[0])
        assert f'"version":{turns + 2}}}'.encode() in await all_of(slow)
        slow.close()
    await until(lambda: store.open_sources == 0)


async def test_who_reads_nothing_for_too_long_is_cut_off(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wires, "CLOSE_SECONDS", 0.2)
    monkeypatch.setattr(socket_protocols, "CLOSE_SECONDS", 0.2)
    limits = SocketLimits(per_address=100, idle_seconds=1.0, ping_seconds=0.1)
    endpoint = build(store, options=replace(OPTIONS, sockets=limits))
    async with serving(endpoint) as port:
        slow = await stalled(port, "subscription { alone { seq text } }")
        await until(lambda: store.open_sources == 1)
        for _ in range(300):
            store.write("x" * 20_000)
            await settle(3)
        await until(lambda: store.open_sources == 0 and endpoint.drain.live_count == 0)
        slow.close()


async def test_members_leave_by_complete_by_closing_and_by_dying(store: Store) -> None:
    endpoint = build(store)
    async with serving(endpoint) as port, watching(port) as staying:
        await seqs(staying, 1)
        async with watching(port) as first, watching(port) as second, watching(port) as third:
            for each in (first, second, third):
                await seqs(each, 1)
            await attached(endpoint, 4)
            store.write("three")
            operation = (await hear(first))["id"]
            await first.send(json.dumps({"type": "complete", "id": operation}))
            await second.close()
            third.transport.abort()
            await attached(endpoint, 1)
        store.write("four")
        assert await seqs(staying, 2) == [3, 4]
        assert store.open_sources == 1
    await until(lambda: store.open_sources == 0)


async def test_draining_and_the_topics_end_reach_each_socket(store: Store) -> None:
    endpoint = build(store)
    async with serving(endpoint) as port:
        async with watching(port) as first:
            await seqs(first, 1)
            store.is_closed = True
            store.tell()
            assert (await hear(first))["type"] == "complete"
            store.is_closed = False
        async with watching(port) as second, watching(port) as third:
            for each in (second, third):
                await seqs(each, 1)
            await endpoint.drain.run()
            for each in (second, third):
                with pytest.raises(ConnectionClosed):
                    await each.recv()
                assert each.close_code == 1012
    assert endpoint.drain.live_count == 0


async def test_a_token_that_ends_ends_its_socket_alone(store: Store) -> None:
    """See test_websockets for renewal; here a shared stream goes on for the others."""
    endpoint = build(store, options=replace(OPTIONS, sockets=SocketLimits(ping_seconds=0.1, idle_seconds=30)))
    async with serving(endpoint) as port, watching(port) as staying, watching(port, viewer="short-lived") as ending:
        for each in (staying, ending):
            await seqs(each, 1)
        await attached(endpoint, 2)
        await asyncio.wait_for(ending.wait_closed(), 5)
        assert (ending.close_code, ending.close_reason) == (4403, "SUBSCRIPTION_JWT_EXPIRED")
        store.write("three")
        while (message := await hear(staying))["type"] == "ping":
            pass
        assert message["payload"]["data"]["lines"]["seq"] == 3
