"""Live streams outlive the deadline of the operation that opened them."""

import asyncio
from datetime import timedelta

import pytest

from datasources.guards import request_deadline
from datasources.redis.topics import TopicHub
from services.bids import place_bid
from subscriptions.auctions import LiveAuctions
from subscriptions.bids import LiveBids
from tests.lots import a_bidder, an_ask, an_auction, now_ms, open_saleroom, put_up


@pytest.mark.parametrize("feed", ["mine", "ticker"])
async def test_news_that_come_after_the_deadline_of_the_subscription_are_told(
    database_url: str, redis_url: str, feed: str
) -> None:
    async with open_saleroom(database_url, redis_url) as saleroom:
        await put_up(saleroom, an_auction(ends_at=now_ms() + timedelta(hours=1)))
        ann = await a_bidder(saleroom, database_url, "lot-1")
        hub = TopicHub(saleroom.sources.live, secret=b"a-secret-for-tests")
        live = LiveAuctions(saleroom, hub)

        async def told() -> str:
            request_deadline.set(asyncio.get_running_loop().time() + 0.5)
            if feed == "mine":
                return (await anext(aiter(LiveBids(saleroom, hub, ann).updates()))).standing
            stream = live.ticker(["lot-1"])
            await anext(stream)
            (changed,) = await anext(stream)
            return "leading" if changed.leader else "nobody"

        listening = asyncio.create_task(told())
        await asyncio.sleep(0.8)
        await place_bid(saleroom, an_ask(ann, 20_000))
        assert await asyncio.wait_for(listening, 5) == "leading"
        await hub.close()
