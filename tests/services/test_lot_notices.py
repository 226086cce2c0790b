"""What bidders, sellers and watchers of real lots are told, from the journal, each line once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from datasources.guards import Spend, current_spend
from datasources.postgres import bids as journal_rows
from services.bids import place_bid
from services.closing import close_auction
from services.lot_notices import tell_result, watch_bids, watch_ends
from services.salerooms import Saleroom
from tests.lots import a_bidder, an_ask, an_auction, now_ms, open_saleroom, put_up
from tests.services.test_closing import ended_lot
from tests.stores import add_user, rows


@pytest.fixture
async def saleroom(database_url: str, redis_url: str) -> AsyncIterator[Saleroom]:
    async with open_saleroom(database_url, redis_url) as opened:
        yield opened


async def told(database_url: str, user_id: str) -> list[tuple[str, int]]:
    query = "select kind, count from notifications where user_id = $1::uuid order by kind"
    return [(row[0], row[1]) for row in await rows(database_url, query, user_id)]


async def a_seller(database_url: str) -> str:
    sam = await add_user(database_url)
    await rows(
        database_url,
        "insert into profiles (profile_id, external_id, handle, kind, content_updated_at) "
        "values ('seller-profile', $1, 'sam', 'dealer', now())",
        sam.external_id,
    )
    return str(sam.user_id)


async def test_who_is_outbid_and_the_seller_are_told_once_by_any_number_of_watchers(
    saleroom: Saleroom, database_url: str
) -> None:
    seller = await a_seller(database_url)
    await put_up(saleroom, an_auction())
    ann, bob = [await a_bidder(saleroom, database_url, "lot-1") for _ in range(2)]
    await place_bid(saleroom, an_ask(ann, 20_000))
    assert await watch_bids(saleroom.sources) == 1
    await place_bid(saleroom, an_ask(bob, 30_000))
    await asyncio.gather(*(watch_bids(saleroom.sources) for _ in range(4)))
    assert await watch_bids(saleroom.sources) == 0, "a lot without news is not looked at"
    assert await told(database_url, ann) == [("outbid", 1)]
    assert await told(database_url, bob) == []
    assert await told(database_url, seller) == [("new-bids", 2)]
    await place_bid(saleroom, an_ask(ann, 50_000))
    await place_bid(saleroom, an_ask(bob, 60_000))
    await watch_bids(saleroom.sources)
    assert await told(database_url, ann) == [("outbid", 2)]
    assert await told(database_url, bob) == [], "bob lost the lead and has it again"


async def test_all_lots_without_news_cost_one_read_together(saleroom: Saleroom, database_url: str) -> None:
    for number in range(20):
        await put_up(saleroom, an_auction(f"lot-{number}"))
    spend = Spend()
    current_spend.set(spend)
    assert await watch_bids(saleroom.sources) == 0
    assert dict(spend.operations) == {"postgres.notices.lots-with-news": 1}


async def test_the_end_of_a_lot_is_told_to_winner_and_losers(saleroom: Saleroom, database_url: str) -> None:
    ann, bob = await ended_lot(saleroom, database_url, 20_000, 50_000)
    await close_auction(saleroom, "lot-1")
    jobs = await rows(database_url, "select 1 from pgqueuer where entrypoint = 'notices.tell-result'")
    assert len(jobs) == 1, "in the transaction of the result"
    for _ in range(2):
        await tell_result(saleroom.sources, "lot-1")
    assert await told(database_url, bob) == [("auction-won", 1)]
    assert await told(database_url, ann) == [("auction-lost", 1)]
    assert await tell_result(saleroom.sources, "no-such-lot") == 0


async def test_watchers_of_a_lot_that_ends_soon_are_told_once(saleroom: Saleroom, database_url: str) -> None:
    now = now_ms()
    await put_up(saleroom, an_auction("lot-soon", ends_at=now + timedelta(minutes=10)))
    await put_up(saleroom, an_auction("lot-later", ends_at=now + timedelta(hours=1)))
    await asyncio.gather(*(watch_ends(saleroom.sources) for _ in range(3)))
    assert await watch_ends(saleroom.sources) == 0
    found = await rows(database_url, "select payload from pgqueuer where entrypoint = 'notices.tell'")
    assert len(found) == 1
    assert b"listing-of-lot-soon" in found[0][0]


async def test_news_told_halfway_are_not_told_again_and_none_is_left_out(
    saleroom: Saleroom, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put_up(saleroom, an_auction())
    ann, bob = [await a_bidder(saleroom, database_url, "lot-1") for _ in range(2)]
    await place_bid(saleroom, an_ask(ann, 20_000))
    await place_bid(saleroom, an_ask(bob, 30_000))
    monkeypatch.setattr("services.lot_notices._MOST_LINES", 2)
    with monkeypatch.context() as broken:
        broken.setattr(journal_rows, "lines_from", None)
        with pytest.raises(TypeError):
            await watch_bids(saleroom.sources)
    for _ in range(3):
        await watch_bids(saleroom.sources)
    assert await told(database_url, ann) == [("outbid", 1)]
    assert (await rows(database_url, "select seq from lot_notices"))[0][0] == 2
