"""Readers that fall behind, seen through the socket: they are told to resume, and resuming they miss nothing."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from datasources.redis import topics
from datasources.redis.topics import TopicHub
from domain.nodes import encode_node_id
from domain.users import Viewer
from services.bids import place_bid
from services.salerooms import Saleroom
from tests.live.auction_schema import context_for, schema
from tests.lots import a_bidder, an_ask, an_auction, open_saleroom, put_up
from tests.transport.live_servers import serving
from transport.endpoint import create_endpoint
from transport.options import TransportOptions

pytestmark = pytest.mark.alone
WATCH = """subscription ($lot: ID!, $after: String) { auctionEvents(auctionId: $lot, after: $after) {
  __typename cursor version } }"""


@pytest.fixture
async def saleroom(database_url: str, redis_url: str) -> AsyncIterator[Saleroom]:
    async with open_saleroom(database_url, redis_url) as opened:
        await put_up(opened, an_auction())
        yield opened


@pytest.fixture
async def client(saleroom: Saleroom) -> AsyncIterator[ClientConnection]:
    """A socket to an endpoint whose live state is the saleroom's."""
    hub = TopicHub(saleroom.sources.live, secret=b"secret")
    nobody = Viewer(None, frozenset(), "visitor")
    endpoint = create_endpoint(
        schema,
        build_context=lambda *_: context_for(saleroom, hub, nobody),
        options=TransportOptions(most_loop_lag_seconds=60.0),
    )
    async with (
        serving(endpoint) as port,
        connect(f"ws://127.0.0.1:{port}/graphql", subprotocols=[Subprotocol("graphql-transport-ws")]) as opened,
    ):
        await opened.send(json.dumps({"type": "connection_init"}))
        assert json.loads(await opened.recv())["type"] == "connection_ack"
        yield opened
    await hub.close()


async def watch(client: ClientConnection, number: str, *, after: str | None = None) -> None:
    variables = {"lot": encode_node_id("Auction", "lot-1"), "after": after}
    payload = {"query": WATCH, "variables": variables}
    await client.send(json.dumps({"type": "subscribe", "id": number, "payload": payload}))


async def hear(client: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(10):
        while True:
            message: dict[str, Any] = json.loads(await client.recv())
            if message["type"] != "ping":
                return message


async def test_a_slow_reader_is_told_to_resume_and_then_misses_nothing(
    client: ClientConnection, saleroom: Saleroom, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topics, "_MOST_WAITING", 3)
    bidders = [await a_bidder(saleroom, database_url, "lot-1") for _ in range(2)]
    await watch(client, "1")
    assert (await hear(client))["payload"]["data"]["auctionEvents"]["__typename"] == "AuctionSnapshot"
    # Journalled together, they are shown together: more at once than the reader's queue holds.
    bids = (place_bid(saleroom, an_ask(bidders[n % 2], 20_000 + 10_000 * n)) for n in range(30))
    await asyncio.gather(*bids)
    seen = []
    while (message := await hear(client))["type"] == "next":
        seen.append(message["payload"]["data"]["auctionEvents"])
    assert message["type"] == "error"
    assert message["payload"][0]["extensions"]["code"] == "RESUME_REQUIRED"
    assert 0 < len(seen) < 30
    monkeypatch.undo()
    await watch(client, "2", after=seen[-1]["cursor"])
    while seen[-1]["version"] < 30:
        seen.append((await hear(client))["payload"]["data"]["auctionEvents"])
    assert [each["version"] for each in seen] == list(range(1, 31))
