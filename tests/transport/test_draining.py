"""Leaving under load: a real process, a real SIGTERM, and nobody loses anything."""

import asyncio
import json
import signal
import socket
import sys
import time
from collections import Counter

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.transport.live_servers import REPOSITORY
from transport.draining import Drain

pytestmark = pytest.mark.alone

SOCKETS, STREAMS, MUTATIONS = 500, 20, 50
WATCH = "subscription { ticks(count: 10000, seconds: 30) { number } }"


async def watch(url: str) -> ClientConnection:
    client = await connect(url, subprotocols=[Subprotocol("graphql-transport-ws")], open_timeout=30, compression=None)
    await client.send('{"type":"connection_init"}')
    await client.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": WATCH}}))
    for kind in ("connection_ack", "next"):
        assert json.loads(await client.recv())["type"] == kind
    return client


async def wait_for_close(client: ClientConnection) -> int | None:
    try:
        while True:
            await client.recv()
    except ConnectionClosed:
        return client.close_code


async def stream(client: httpx.AsyncClient, ready: asyncio.Semaphore) -> str:
    lines = []
    headers = {"accept": "text/event-stream"}
    async with client.stream("POST", "/graphql", json={"query": WATCH}, headers=headers) as response:
        async for line in response.aiter_lines():
            lines.append(line)
            if line.startswith("event: next"):
                ready.release()
    return "\n".join(lines)


async def bid(client: httpx.AsyncClient, number: int) -> str:
    document = f'mutation {{ placeBid(key: "k{number}", amount: 1, seconds: 2) {{ key }} }}'
    response = await client.post("/graphql", json={"query": document})
    return str(response.json()["data"]["placeBid"]["key"])


async def test_sigterm_under_load_loses_nothing_and_exits_within_ten_seconds() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.transport.drain_server",
            str(listener.fileno()),
            cwd=REPOSITORY,
            pass_fds=[listener.fileno()],
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            listener.listen(1024)
            limits = httpx.Limits(max_connections=None)
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", limits=limits, timeout=30) as client:
                await until_up(client)
                clients: list[ClientConnection] = []
                for _ in range(SOCKETS // 50):
                    clients += await asyncio.gather(*(watch(f"ws://127.0.0.1:{port}/graphql") for _ in range(50)))
                ready = asyncio.Semaphore(0)
                streams = [asyncio.create_task(stream(client, ready)) for _ in range(STREAMS)]
                for _ in range(STREAMS):
                    await asyncio.wait_for(ready.acquire(), 10)
                bids = [asyncio.create_task(bid(client, number)) for number in range(MUTATIONS)]
                closes = [asyncio.create_task(wait_for_close(each)) for each in clients]
                await until_started(client, MUTATIONS)
                started = time.monotonic()
                process.send_signal(signal.SIGTERM)
                assert sorted(await asyncio.gather(*bids)) == sorted(f"k{number}" for number in range(MUTATIONS))
                codes = Counter(await asyncio.wait_for(asyncio.gather(*closes), 15))
                texts = await asyncio.wait_for(asyncio.gather(*streams), 15)
            await asyncio.wait_for(process.wait(), 15)
            taken = time.monotonic() - started
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    assert codes == {1012: SOCKETS}
    assert all("retry: " in text for text in texts)
    assert taken < 10


async def until_up(client: httpx.AsyncClient) -> None:
    for _ in range(200):
        try:
            await client.post("/graphql", json={"query": "{ hello }"}, timeout=2)
        except httpx.TransportError:
            await asyncio.sleep(0.05)
        else:
            return
    raise AssertionError("the server did not start")


async def until_started(client: httpx.AsyncClient, bids: int) -> None:
    for _ in range(100):
        response = await client.post("/graphql", json={"query": "{ bidsStarted }"})
        if response.json()["data"]["bidsStarted"] == bids:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("the bids did not start")


async def test_live_clients_leave_in_waves_not_at_once() -> None:
    drain = Drain(wave_seconds=0.3, finish_seconds=1)
    left: list[float] = []

    async def live() -> None:
        gone = asyncio.Event()
        with drain.live(gone.set):
            await gone.wait()
            left.append(asyncio.get_running_loop().time())

    clients = [asyncio.create_task(live()) for _ in range(30)]
    await asyncio.sleep(0)
    assert drain.live_count == 30
    await drain.run()
    await asyncio.gather(*clients)
    assert max(left) - min(left) > 0.1


async def test_a_client_that_will_not_leave_does_not_hold_the_exit() -> None:
    drain = Drain(wave_seconds=0.01, finish_seconds=0.1)
    with drain.live(lambda: None):
        async with asyncio.timeout(1):
            await drain.run()
    with drain:
        async with asyncio.timeout(1):
            await drain.run()
