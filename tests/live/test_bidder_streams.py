"""A bidder's own news: later admissions are taken up, bans and closed accounts end it, nothing is told twice."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import timedelta

import pytest

from datasources.redis import auctions as live_lots
from datasources.redis.topics import TopicHub
from domain.auctions import SoftClose
from domain.bids import Registration, Standing
from domain.lot_events import MyBidUpdate
from services.bids import place_bid
from services.closing import close_auction
from services.salerooms import Saleroom
from subscriptions import bids
from subscriptions.bids import AccessEndedError, LiveBids
from tests.lots import a_bidder, admit, an_ask, an_auction, now_ms, open_saleroom, put_up
from tests.stores import add_user, rows

pytestmark = pytest.mark.alone


@pytest.fixture
async def saleroom(database_url: str, redis_url: str) -> AsyncIterator[Saleroom]:
    async with open_saleroom(database_url, redis_url) as opened:
        await put_up(opened, an_auction("lot-1"))
        await put_up(opened, an_auction("lot-2"))
        yield opened


@pytest.fixture
async def hub(saleroom: Saleroom) -> AsyncIterator[TopicHub]:
    opened = TopicHub(saleroom.sources.live, secret=b"secret")
    yield opened
    await opened.close()


async def follow(stream: AsyncGenerator[MyBidUpdate]) -> asyncio.Task[MyBidUpdate]:
    """Wait for the next update, once the stream has had the time to begin."""
    waiting = asyncio.create_task(anext(stream))
    await asyncio.sleep(0.3)
    return waiting


async def soon(waiting: asyncio.Task[MyBidUpdate]) -> tuple[str, str]:
    update = await asyncio.wait_for(waiting, 10)
    return update.auction_id, update.standing


async def test_a_lot_joined_later_is_taken_up_at_once(saleroom: Saleroom, hub: TopicHub, database_url: str) -> None:
    user = await add_user(database_url)
    stream = LiveBids(saleroom, hub, str(user.user_id)).updates()
    waiting = await follow(stream)
    await admit(saleroom, "lot-2", user.user_id)
    await place_bid(saleroom, an_ask(str(user.user_id), 20_000, lot="lot-2"))
    assert await soon(waiting) == ("lot-2", "leading")
    other = await a_bidder(saleroom, database_url, "lot-2")
    waiting = await follow(stream)
    await place_bid(saleroom, an_ask(other, 50_000, lot="lot-2"))
    assert await soon(waiting) == ("lot-2", "outbid")
    await stream.aclose()
    assert hub.listener_count == 0


async def test_winning_is_told_although_the_lot_runs_no_longer(
    saleroom: Saleroom, hub: TopicHub, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bids, "_RECHECK_SECONDS", 0.05)
    soft_close = SoftClose(window=timedelta(0), extension=timedelta(0))
    await put_up(saleroom, an_auction("lot-3", ends_at=now_ms() + timedelta(seconds=1), soft_close=soft_close))
    bidder = await a_bidder(saleroom, database_url, "lot-3")
    await place_bid(saleroom, an_ask(bidder, 20_000, lot="lot-3"))
    stream = LiveBids(saleroom, hub, bidder).updates()
    waiting = await follow(stream)
    await rows(database_url, "update auctions set status = 'payment-due' where auction_id = 'lot-3'")
    await asyncio.sleep(1.0)
    await close_auction(saleroom, "lot-3")
    assert await soon(waiting) == ("lot-3", "won")
    await stream.aclose()


async def test_a_banned_bidder_hears_no_more_of_that_lot(saleroom: Saleroom, hub: TopicHub, database_url: str) -> None:
    bidder = await a_bidder(saleroom, database_url, "lot-1", "lot-2")
    other = await a_bidder(saleroom, database_url, "lot-1", "lot-2")
    for lot in ("lot-1", "lot-2"):
        await place_bid(saleroom, an_ask(bidder, 20_000, lot=lot))
    stream = LiveBids(saleroom, hub, bidder).updates()
    waiting = await follow(stream)
    banned = Registration("lot-1", bidder, Standing.BANNED)
    await rows(database_url, "update registrations set standing = 'banned' where auction_id = 'lot-1'")
    await live_lots.register(saleroom.sources.live, banned)
    for lot in ("lot-1", "lot-2"):
        await place_bid(saleroom, an_ask(other, 50_000, lot=lot))
    assert await soon(waiting) == ("lot-2", "outbid")
    await stream.aclose()


async def test_a_stream_ends_with_its_account(
    saleroom: Saleroom, hub: TopicHub, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bids, "_RECHECK_SECONDS", 0.2)
    user = await add_user(database_url)
    waiting = await follow(LiveBids(saleroom, hub, str(user.user_id)).updates())
    assert not waiting.done()
    await rows(database_url, "delete from users where user_id = $1", user.user_id)
    with pytest.raises(AccessEndedError) as ended:
        await asyncio.wait_for(waiting, 5)
    assert ended.value.public_code == "ACCESS_ENDED"
    assert hub.listener_count == 0
