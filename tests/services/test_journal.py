"""The journal takes only what follows from it: lines of lost epochs, rolled-back stores and torn groups are refused."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from datasources.postgres import bids as journal_rows
from datasources.postgres.bids import line_id
from datasources.redis import auctions as live_lots
from datasources.redis.bids import BidDecision, Undecided, lot_keys, place_call, read_decision
from datasources.redis.topics import TopicHub
from domain.bids import BidAccepted, BidAsk, BidRejected
from domain.lots import LotEntry
from services.bids import place_bid
from services.journal import Recorded
from services.salerooms import Saleroom
from subscriptions.auctions import LiveAuctions
from tests.lots import a_bidder, an_ask, an_auction, another_saleroom, open_saleroom, put_up
from tests.stores import rows


@pytest.fixture
async def saleroom(database_url: str, redis_url: str) -> AsyncIterator[Saleroom]:
    async with open_saleroom(database_url, redis_url) as opened:
        await put_up(opened, an_auction())
        yield opened


async def decided(saleroom: Saleroom, ask: BidAsk) -> BidDecision:
    """A decision that nobody has journalled."""
    decision = read_decision(ask.auction_id, await saleroom.pipeline.run(*place_call(ask)))
    assert isinstance(decision, BidDecision)
    return decision


async def two_lines(saleroom: Saleroom, database_url: str) -> tuple[LotEntry, LotEntry]:
    ann, bob = [await a_bidder(saleroom, database_url, "lot-1") for _ in range(2)]
    first = await decided(saleroom, an_ask(ann, 20_000))
    second = await decided(saleroom, an_ask(bob, 50_000))
    assert first.entry is not None
    assert second.entry is not None
    return first.entry, second.entry


async def journalled(database_url: str) -> list[int]:
    return [row["seq"] for row in await rows(database_url, "select seq from bids order by seq")]


async def test_each_line_names_the_one_it_was_decided_upon(saleroom: Saleroom, database_url: str) -> None:
    first, second = await two_lines(saleroom, database_url)
    assert (first.follows, second.follows) == ("", first.mark)
    await saleroom.journal.catch_up("lot-1")
    await saleroom.rebuild("lot-1")
    third = (await decided(saleroom, an_ask(second.bidder_id or "", 90_000))).entry
    assert third is not None
    assert third.follows == second.mark


async def test_a_line_decided_upon_another_past_is_refused(saleroom: Saleroom, database_url: str) -> None:
    first, second = await two_lines(saleroom, database_url)
    other = replace(first, at=first.at + timedelta(milliseconds=7))
    done = await journal_rows.append(saleroom.sources.database, [other, second])
    assert not done.held
    assert done.refused == {line_id(other), line_id(second)}
    assert (await journal_rows.append(saleroom.sources.database, [other])).held == {line_id(other)}
    assert (await journal_rows.append(saleroom.sources.database, [second])).refused == {line_id(second)}
    assert await journalled(database_url) == [1]


async def test_a_line_whose_predecessor_is_missing_is_refused(saleroom: Saleroom, database_url: str) -> None:
    first, second = await two_lines(saleroom, database_url)
    assert (await journal_rows.append(saleroom.sources.database, [second])).held == frozenset()
    assert (await journal_rows.append(saleroom.sources.database, [first, second])).refused == frozenset()
    assert (await journal_rows.append(saleroom.sources.database, [second])).held == {line_id(second)}


async def test_lines_of_two_epochs_in_one_group_are_told_apart(saleroom: Saleroom, database_url: str) -> None:
    first, _ = await two_lines(saleroom, database_url)
    await saleroom.rebuild("lot-1")
    newer = (await decided(saleroom, an_ask(first.bidder_id or "", 20_000))).entry
    assert newer is not None
    done = await journal_rows.append(saleroom.sources.database, [first, newer])
    assert done.held == {line_id(newer)}
    assert done.refused == {line_id(first)}
    saleroom.journal._written.clear()
    answers = await asyncio.gather(
        *(saleroom.journal.record(each, journalled_seq=0) for each in (first, newer)), return_exceptions=True
    )
    assert answers == [Recorded.REFUSED, Recorded.HELD]


async def test_a_restarted_servers_leftovers_decide_nothing(saleroom: Saleroom, database_url: str) -> None:
    """As after a restart with an older file: everything is there and says which run of the server wrote it."""
    bidder = await a_bidder(saleroom, database_url, "lot-1")
    assert isinstance(await place_bid(saleroom, an_ask(bidder, 20_000, key="key-first")), BidAccepted)
    await saleroom.journal.close()  # what is being shown would be missed, and the lot rebuilt already
    await saleroom.sources.live.redis.hset(lot_keys("lot-1")[0], "run", "an-earlier-run")
    assert (await live_lots.read_lots(saleroom.sources.live, ["lot-1"])) == [None]
    reply = await saleroom.pipeline.run(*place_call(an_ask(bidder, 30_000)))
    assert read_decision("lot-1", reply) is Undecided.MISSING
    again = await place_bid(saleroom, an_ask(bidder, 20_000, key="key-first"))
    assert isinstance(again, BidAccepted)
    assert again.replayed
    lot = (await live_lots.read_lots(saleroom.sources.live, ["lot-1"]))[0]
    assert lot is not None
    assert lot.epoch == 3


async def test_a_refusal_waits_for_the_lines_it_was_judged_upon(saleroom: Saleroom, database_url: str) -> None:
    first, second = await two_lines(saleroom, database_url)
    refused = await place_bid(saleroom, an_ask(first.bidder_id or "", 10_000))
    assert isinstance(refused, BidRejected)
    assert await journalled(database_url) == [first.seq, second.seq]


async def test_a_refusal_judged_upon_what_was_lost_is_judged_again(saleroom: Saleroom, database_url: str) -> None:
    """The price that refused it was never journalled, so after the loss the bid is high enough."""
    ann, bob = [await a_bidder(saleroom, database_url, "lot-1") for _ in range(2)]
    for bidder, amount in ((ann, 50_000), (bob, 90_000)):
        await decided(saleroom, an_ask(bidder, amount))
    slow = another_saleroom(saleroom.sources)
    await rows(database_url, "update auctions set epoch = epoch + 1")  # somebody else rebuilds at this moment
    answer = await place_bid(slow, an_ask(ann, 20_000, key="key-again"))
    assert isinstance(answer, BidAccepted)
    assert [row["idempotency_key"] for row in await rows(database_url, "select * from bids")] == ["key-again"]
    await slow.close()


async def test_what_was_journalled_and_never_shown_is_found_by_its_followers(
    saleroom: Saleroom, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process that journals a bid dies before it shows it, and no other bid follows."""
    monkeypatch.setattr("datasources.redis.topics._RECHECK_SECONDS", 0.2)
    hub = TopicHub(saleroom.sources.live, secret=b"secret")
    stream = LiveAuctions(saleroom, hub).events("lot-1")
    assert (await anext(stream)).version == 0
    lines = await two_lines(saleroom, database_url)
    await journal_rows.append(saleroom.sources.database, lines)
    async with asyncio.timeout(5):
        assert [(await anext(stream)).version for _ in lines] == [1, 2]
    await stream.aclose()
    await hub.close()


async def test_journalled_lines_that_the_live_state_lost_are_shown_by_a_rebuilt_one(
    saleroom: Saleroom, database_url: str
) -> None:
    first, second = await two_lines(saleroom, database_url)
    await saleroom.sources.live.redis.flushdb()
    for each in (first, second):
        assert await saleroom.journal.record(each, journalled_seq=each.seq - 1) is Recorded.HELD
    await saleroom.journal.close()
    lot = (await live_lots.read_lots(saleroom.sources.live, ["lot-1"]))[0]
    assert lot is not None
    assert lot.journalled_seq == 2


async def test_resuming_before_the_live_state_knows_shows_nothing_twice(saleroom: Saleroom, database_url: str) -> None:
    hub = TopicHub(saleroom.sources.live, secret=b"secret")
    lines = await two_lines(saleroom, database_url)
    await journal_rows.append(saleroom.sources.database, lines)
    auctions = LiveAuctions(saleroom, hub)
    stream = auctions.events("lot-1")
    shown = [await anext(stream) for _ in range(3)]
    await stream.aclose()
    resumed = auctions.events("lot-1", shown[-1].cursor)
    waiting = asyncio.create_task(anext(resumed))
    await asyncio.sleep(0.3)
    assert not waiting.done()
    await saleroom.journal.catch_up("lot-1")
    await place_bid(saleroom, an_ask(lines[0].bidder_id or "", 900_000))
    assert (await asyncio.wait_for(waiting, 5)).version == 3
    await resumed.aclose()
    await hub.close()
