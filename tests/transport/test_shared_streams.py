"""Event streams and sockets over one shared topic: the same events, once made, in each protocol's form."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from tests.transport.boards import Store, Watcher, admit, build
from tests.transport.live_servers import serving, until

LINES = "subscription ($after: String) { lines(after: $after) { seq text cursor note } }"
EVENTS = "text/event-stream"
PARTS = 'multipart/mixed;subscriptionSpec="1.0", application/json'


@pytest.fixture
def store() -> Store:
    return Store(lines=["one", "two"])


class Stream:
    """One open response, read line by line."""

    def __init__(self, response: httpx.Response) -> None:
        self._lines = response.aiter_lines()

    async def next(self, starting: str) -> str:
        """The next line that starts so."""
        async with asyncio.timeout(5):
            async for line in self._lines:
                if line.startswith(starting):
                    return line.removeprefix(starting)
        raise AssertionError("the stream has ended")


@asynccontextmanager
async def streaming(port: int, accept: str, **headers: str) -> AsyncIterator[Stream]:
    asked = {"query": LINES, "variables": {}}
    async with (
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
        client.stream("POST", "/graphql", json=asked, headers={"accept": accept, **headers}) as response,
    ):
        assert response.status_code == 200
        yield Stream(response)


def seq_of(text: str) -> int:
    body: dict[str, Any] = json.loads(text)
    found: int = body.get("payload", body)["data"]["lines"]["seq"]
    return found


async def test_every_protocol_shows_what_the_group_made_once(store: Store) -> None:
    endpoint = build(store)
    async with (
        serving(endpoint) as port,
        streaming(port, EVENTS) as first,
        streaming(port, EVENTS) as second,
        streaming(port, PARTS) as parts,
    ):
        assert seq_of(await first.next("data: ")) == 2
        assert seq_of(await second.next("data: ")) == 2
        await parts.next('{"payload":{')
        watcher = Watcher(endpoint.operations, await admit(endpoint.operations, LINES))
        await until(lambda: endpoint.operations.groups.member_count == 4)
        store.counts.clear()
        store.write("three")
        assert await first.next("id: ") == "at:3"
        data = await first.next("data: ")
        assert seq_of(data) == 3
        assert await second.next("data: ") == data
        assert await parts.next('{"payload":') == data + "}"
        assert store.counts["executions"] == 1
        await until(lambda: len(watcher.answers) == 2)
        assert watcher.answers[-1].encoded == data.encode()
        await watcher.stop()
    await until(lambda: store.open_sources == 0)


async def test_a_browser_that_comes_back_continues_behind_its_last_event(store: Store) -> None:
    endpoint = build(store)
    async with serving(endpoint) as port, streaming(port, EVENTS) as staying:
        await staying.next("data: ")
        for text in ("three", "four"):
            store.write(text)
        async with streaming(port, EVENTS, **{"last-event-id": "at:3"}) as back:
            assert seq_of(await back.next("data: ")) == 4
            store.write("five")
            assert seq_of(await back.next("data: ")) == 5
            await until(lambda: endpoint.operations.groups.member_count == 2)
