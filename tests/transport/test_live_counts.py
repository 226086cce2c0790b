"""How much one viewer, one address and one topic may have live, counted over every protocol and given back."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest

from tests.transport.boards import OPTIONS, Store, build
from tests.transport.live_servers import serving, until
from tests.transport.test_socket_crowds import hear, watching
from transport.options import Limits

LINES = "subscription { lines { seq } }"
ALONE = "subscription { alone { seq } }"


@pytest.fixture
def store() -> Store:
    return Store(lines=["one"])


@asynccontextmanager
async def streaming(port: int, document: str, viewer: str) -> AsyncIterator[Any]:
    """The first event of a stream that stays open."""
    headers = {"accept": "text/event-stream", **({"authorization": f"Bearer {viewer}"} if viewer else {})}
    async with (
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
        client.stream("POST", "/graphql", json={"query": document}, headers=headers) as response,
    ):
        async for line in response.aiter_lines():
            if line.startswith("data: {"):
                yield json.loads(line.removeprefix("data: "))
                return


@pytest.mark.parametrize("document", [LINES, ALONE], ids=["shared", "alone"])
async def test_a_viewer_has_so_many_over_all_connections_and_protocols(store: Store, document: str) -> None:
    endpoint = build(store, options=replace(OPTIONS, limits=Limits(live_per_viewer=2)))
    async with serving(endpoint) as port, AsyncExitStack() as stack:
        socket = await stack.enter_async_context(watching(port, document, viewer="ann"))
        assert "data" in (await hear(socket))["payload"]
        async with streaming(port, document, "ann") as shown:
            assert "data" in shown
            async with watching(port, document, viewer="ann") as third:
                refused = await hear(third)
                assert refused["type"] == "error"
                assert refused["payload"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"
                assert "2 live subscriptions are open here already" in refused["payload"][0]["message"]
            async with streaming(port, document, "ann") as fourth:
                assert fourth["errors"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"
            async with streaming(port, document, "bob") as of_another:
                assert "data" in of_another
        await until(lambda: endpoint.operations.live._open["ann"] == 1)
        async with streaming(port, document, "ann") as again:
            assert "data" in again
    await until(lambda: len(endpoint.operations.live) == 0)


async def test_visitors_of_one_address_have_their_own_limit(store: Store) -> None:
    endpoint = build(store, options=replace(OPTIONS, limits=Limits(live_per_address=1, live_per_viewer=1)))
    async with serving(endpoint) as port, streaming(port, LINES, "") as first, streaming(port, LINES, "ann") as signed:
        assert "data" in first
        assert "data" in signed
        async with streaming(port, LINES, "") as second:
            assert second["errors"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"


async def test_a_topic_has_so_many_followers_in_a_process(store: Store) -> None:
    endpoint = build(store, options=replace(OPTIONS, limits=Limits(live_per_topic=2)))
    async with serving(endpoint) as port, streaming(port, LINES, "ann"), streaming(port, LINES, "bob"):
        async with streaming(port, LINES, "cid") as third:
            assert third["errors"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"
            assert "Too many follow this" in third["errors"][0]["message"]
        async with streaming(port, ALONE, "cid") as other:
            assert "data" in other
