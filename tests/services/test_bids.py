"""Placing bids on a real Valkey and a real Postgres: nothing is answered as taken before the journal has it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from datasources.postgres import bids as journal_rows
from datasources.redis import auctions as live_lots
from datasources.redis.bids import lot_keys, place_call
from domain.bids import BidAccepted, BidKeyConflict, BidOutbid, BidRejected, BidRetryLater, BuyNowAsk, RejectionCode
from domain.lots import fold, opening_state
from domain.problems import BadInputError, NotFound
from services.bids import buy_now, place_bid
from services.salerooms import Saleroom
from tests.lots import a_bidder, an_ask, an_auction, another_saleroom, now_ms, open_saleroom, put_up
from tests.stores import rows


@pytest.fixture
async def saleroom(database_url: str, redis_url: str) -> AsyncIterator[Saleroom]:
    async with open_saleroom(database_url, redis_url) as opened:
        await put_up(opened, an_auction())
        yield opened


async def journal(database_url: str) -> list[tuple[int, str, int, int]]:
    found = await rows(database_url, "select seq, kind, max_minor, price_minor from bids order by auction_id, seq")
    return [tuple(row) for row in found]


async def test_an_accepted_bid_is_in_the_journal_and_shown(saleroom: Saleroom, database_url: str) -> None:
    ann = await a_bidder(saleroom, database_url, "lot-1")
    answer = await place_bid(saleroom, an_ask(ann, 20_000))
    assert isinstance(answer, BidAccepted)
    assert (answer.price.amount_minor, answer.my_max.amount_minor, answer.seq) == (10_000, 20_000, 1)
    assert await journal(database_url) == [(1, "bid", 20_000, 10_000)]
    live = (await live_lots.read_lots(saleroom.sources.live, ["lot-1"]))[0]
    assert live is not None
    assert live.shown is not None
    assert (live.journalled_seq, live.shown.seq) == (1, 1)


async def test_an_outbid_bidder_is_told_the_next_minimum(saleroom: Saleroom, database_url: str) -> None:
    ann = await a_bidder(saleroom, database_url, "lot-1")
    bob = await a_bidder(saleroom, database_url, "lot-1")
    await place_bid(saleroom, an_ask(ann, 50_000))
    answer = await place_bid(saleroom, an_ask(bob, 20_000))
    assert isinstance(answer, BidOutbid)
    assert answer.minimum_next is not None
    assert (answer.price.amount_minor, answer.minimum_next.amount_minor) == (20_250, 20_500)


async def test_the_same_key_gives_the_first_answer_and_one_bid(saleroom: Saleroom, database_url: str) -> None:
    ann = await a_bidder(saleroom, database_url, "lot-1")
    bob = await a_bidder(saleroom, database_url, "lot-1")
    ask = an_ask(ann, 20_000)
    first = await place_bid(saleroom, ask)
    await place_bid(saleroom, an_ask(bob, 30_000))
    again = await place_bid(saleroom, ask)
    assert isinstance(first, BidAccepted)
    assert again == replace(first, replayed=True)
    assert len(await journal(database_url)) == 2


async def test_the_same_key_with_another_amount_is_a_conflict(saleroom: Saleroom, database_url: str) -> None:
    ann = await a_bidder(saleroom, database_url, "lot-1")
    await place_bid(saleroom, an_ask(ann, 20_000, key="key-00000000"))
    assert isinstance(await place_bid(saleroom, an_ask(ann, 21_000, key="key-00000000")), BidKeyConflict)


async def test_a_stranger_is_told_to_register(saleroom: Saleroom) -> None:
    answer = await place_bid(saleroom, an_ask("11111111-1111-1111-1111-111111111111", 20_000))
    assert isinstance(answer, BidRejected)
    assert answer.code is RejectionCode.NOT_REGISTERED


async def test_an_unknown_lot_is_not_found(saleroom: Saleroom) -> None:
    assert isinstance(await place_bid(saleroom, an_ask("b", 20_000, lot="no-such-lot")), NotFound)


@pytest.mark.parametrize("key", ["", "short", "with space in it", "a|b|c|d|e|f", "x" * 65])
async def test_a_key_that_cannot_be_kept_is_refused(saleroom: Saleroom, key: str) -> None:
    with pytest.raises(BadInputError):
        await place_bid(saleroom, replace(an_ask("b", 20_000), idempotency_key=key))


async def test_a_hundred_bids_at_once_are_all_journalled_in_order(saleroom: Saleroom, database_url: str) -> None:
    bidders = [await a_bidder(saleroom, database_url, "lot-1") for _ in range(20)]
    asks = [an_ask(bidders[n % 20], 10_000 + 5_000 * n) for n in range(97)]
    answers = await asyncio.gather(*(place_bid(saleroom, ask) for ask in asks))
    taken = sorted(answer.seq for answer in answers if isinstance(answer, (BidAccepted, BidOutbid)))
    assert taken == list(range(1, len(taken) + 1))
    assert [row[0] for row in await journal(database_url)] == taken
    leaders = [
        answer for answer in answers if isinstance(answer, BidAccepted) and answer.my_max.amount_minor == 490_000
    ]
    assert len(leaders) == 1


async def test_two_processes_leave_no_hole(saleroom: Saleroom, database_url: str) -> None:
    other = another_saleroom(saleroom.sources)
    bidders = [await a_bidder(saleroom, database_url, "lot-1") for _ in range(10)]
    rooms = (saleroom, other)
    await asyncio.gather(*(place_bid(rooms[n % 2], an_ask(bidders[n % 10], 10_000 + 1_000 * n)) for n in range(200)))
    await other.close()
    seqs = [row[0] for row in await journal(database_url)]
    assert seqs == list(range(1, len(seqs) + 1))
    shown: Any = await saleroom.sources.live.redis.xrange(lot_keys("lot-1")[5])
    assert [each[0] for each in shown] == [f"{seq}-0" for seq in seqs]


async def test_of_equal_simultaneous_bids_exactly_one_leads(saleroom: Saleroom, database_url: str) -> None:
    bidders = [await a_bidder(saleroom, database_url, "lot-1") for _ in range(10)]
    answers = await asyncio.gather(*(place_bid(saleroom, an_ask(each, 50_000)) for each in bidders))
    assert sum(isinstance(answer, BidAccepted) for answer in answers) == 1


async def test_a_lost_live_state_is_rebuilt_from_the_journal_on_the_next_bid(
    saleroom: Saleroom, database_url: str
) -> None:
    ann = await a_bidder(saleroom, database_url, "lot-1")
    bob = await a_bidder(saleroom, database_url, "lot-1")
    ask = an_ask(ann, 20_000)
    first = await place_bid(saleroom, ask)
    before = (await live_lots.read_lots(saleroom.sources.live, ["lot-1"]))[0]
    await saleroom.sources.live.redis.flushdb()
    assert isinstance(await place_bid(saleroom, an_ask(bob, 30_000)), BidAccepted)
    after = (await live_lots.read_lots(saleroom.sources.live, ["lot-1"]))[0]
    assert before is not None
    assert after is not None
    assert (after.terms, after.epoch, after.state.version) == (before.terms, before.epoch + 1, 2)
    again = await place_bid(saleroom, ask)
    assert isinstance(first, BidAccepted)
    assert again == replace(first, replayed=True)


async def test_a_bid_decided_by_a_replaced_live_state_never_counts(saleroom: Saleroom, database_url: str) -> None:
    ann = await a_bidder(saleroom, database_url, "lot-1")
    ask = an_ask(ann, 20_000)
    slow = another_saleroom(saleroom.sources)
    reply = await slow.pipeline.run(*place_call(ask))
    assert reply[0] == "judged"
    await saleroom.rebuild("lot-1")  # before the slow process has journalled what it decided
    assert isinstance(await place_bid(slow, ask), BidAccepted)
    assert await journal(database_url) == [(1, "bid", 20_000, 10_000)]
    await slow.close()


async def test_a_live_state_behind_its_journal_is_found_out_and_rebuilt(saleroom: Saleroom, database_url: str) -> None:
    """As after a restart from an append-only file that lacks its last second."""
    ann = await a_bidder(saleroom, database_url, "lot-1")
    bob = await a_bidder(saleroom, database_url, "lot-1")
    await place_bid(saleroom, an_ask(ann, 20_000))
    live = saleroom.sources.live
    state, pending, answers, _, top, events = lot_keys("lot-1")
    await live.redis.delete(state, pending, answers, top, events)
    epoch = (await rows(database_url, "select epoch from auctions"))[0]["epoch"]
    terms = an_auction().terms
    await live_lots.run(live, "test", live_lots.install_call(terms, opening_state(terms), epoch=epoch))
    answer = await place_bid(saleroom, an_ask(bob, 30_000))
    assert isinstance(answer, BidAccepted)
    assert answer.price.amount_minor == 20_250
    assert [row[0] for row in await journal(database_url)] == [1, 2]


async def test_without_postgres_nothing_is_decided(saleroom: Saleroom, database_url: str) -> None:
    ann = await a_bidder(saleroom, database_url, "lot-1")
    breaker = saleroom.sources.database.guard.breaker
    for _ in range(20):
        breaker.failed()
    assert isinstance(await place_bid(saleroom, an_ask(ann, 20_000)), BidRetryLater)
    assert await saleroom.sources.live.redis.xlen(lot_keys("lot-1")[1]) == 0


async def test_without_redis_nothing_is_decided(database_url: str, redis_url: str) -> None:
    async with open_saleroom(database_url, redis_url) as saleroom:
        await put_up(saleroom, an_auction())
        ann = await a_bidder(saleroom, database_url, "lot-1")
        saleroom.sources.live.redis.connection_pool.connection_kwargs["port"] = 9
        assert isinstance(await place_bid(saleroom, an_ask(ann, 20_000)), BidRetryLater)


async def test_buying_at_once_ends_the_lot(saleroom: Saleroom, database_url: str) -> None:
    await put_up(saleroom, an_auction("lot-2", buy_now_minor=90_000))
    ann = await a_bidder(saleroom, database_url, "lot-2")
    ask = BuyNowAsk(auction_id="lot-2", bidder_id=ann, profile_id=None, idempotency_key="key-of-ann")
    answer = await buy_now(saleroom, ask, currency="ZAR")
    assert isinstance(answer, BidAccepted)
    assert answer.has_bought
    late = await place_bid(saleroom, an_ask(ann, 100_000, lot="lot-2"))
    assert isinstance(late, BidRejected)
    assert late.code is RejectionCode.ENDED


async def test_a_bid_at_the_effective_end_is_too_late(saleroom: Saleroom, database_url: str) -> None:
    ends = now_ms() + timedelta(milliseconds=120)
    await put_up(saleroom, an_auction("lot-3", ends_at=ends))
    ann = await a_bidder(saleroom, database_url, "lot-3")
    await asyncio.sleep(0.15)
    answer = await place_bid(saleroom, an_ask(ann, 20_000, lot="lot-3"))
    assert isinstance(answer, BidRejected)
    assert answer.code is RejectionCode.ENDED
    assert answer.server_time is not None
    assert answer.server_time >= ends


async def test_the_journal_refuses_to_be_changed(saleroom: Saleroom, database_url: str) -> None:
    ann = await a_bidder(saleroom, database_url, "lot-1")
    await place_bid(saleroom, an_ask(ann, 20_000))
    for statement in ("update bids set price_minor = 1", "delete from bids"):
        with pytest.raises(Exception, match="append-only"):
            await rows(database_url, statement)


async def test_the_fold_of_the_journal_is_the_live_state(saleroom: Saleroom, database_url: str) -> None:
    bidders = [await a_bidder(saleroom, database_url, "lot-1") for _ in range(5)]
    for n in range(30):
        await place_bid(saleroom, an_ask(bidders[n * 7 % 5], 10_000 + 777 * (n * 13 % 30)))
    live = (await live_lots.read_lots(saleroom.sources.live, ["lot-1"]))[0]
    assert live is not None
    log = await saleroom.sources.database.read("t", lambda it: journal_rows.log_of(it, "lot-1"))
    assert fold(live.terms, log) == live.state
