"""Closing lots: one result, one order, one balanced transfer, whoever closes and however often it is cut short."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from datasources.postgres import ledger
from datasources.redis import auctions as live_lots
from datasources.redis.bids import lot_keys
from domain.auctions import SoftClose
from domain.bids import BidAccepted, BidRejected, BuyNowAsk, RejectionCode
from domain.ledger import FEES_PENDING, buyer_account, seller_pending
from domain.lots import LotPhase
from domain.results import Outcome, OutcomeReason
from services.bids import buy_now, place_bid
from services.closing import Closed, ClosingMismatchError, NotClosed, close_auction, close_due
from services.lot_steps import cancel_lot
from services.salerooms import Saleroom
from tests.lots import a_bidder, admit, an_ask, an_auction, another_saleroom, now_ms, open_saleroom, put_up
from tests.services.test_lot_steps import STAFF
from tests.stores import add_user, rows

LENGTH = timedelta(milliseconds=1_000)


@pytest.fixture
async def saleroom(database_url: str, redis_url: str) -> AsyncIterator[Saleroom]:
    async with open_saleroom(database_url, redis_url) as opened:
        yield opened


async def ended_lot(saleroom: Saleroom, database_url: str, *amounts: int, **terms: Any) -> list[str]:
    """A lot that has just ended, with one bid of each amount by bidders of their own."""
    never_extended = SoftClose(window=timedelta(0), extension=timedelta(0))
    users = [await add_user(database_url) for _ in amounts]
    await put_up(saleroom, an_auction(soft_close=never_extended, **terms))
    bidders = [str(user.user_id) for user in users]
    for user, amount in zip(users, amounts, strict=True):
        await admit(saleroom, "lot-1", user.user_id)
        assert isinstance(await place_bid(saleroom, an_ask(str(user.user_id), amount)), BidAccepted)
    # Its end is moved to now: one that was fixed beforehand would come before the bids on a busy machine.
    await saleroom.sources.live.redis.hset(lot_keys("lot-1")[0], "ends", int(now_ms().timestamp() * 1000))
    await asyncio.sleep(0.002)
    return bidders


async def count(database_url: str, table: str) -> int:
    return int((await rows(database_url, f"select count(*) from {table}"))[0][0])


async def test_the_highest_bid_wins_owes_and_is_shown(saleroom: Saleroom, database_url: str) -> None:
    _, bob = await ended_lot(saleroom, database_url, 20_000, 50_000)
    closed = await close_auction(saleroom, "lot-1")
    assert isinstance(closed, Closed)
    assert (closed.result.outcome, closed.result.winner_id, closed.result.price_minor) == (Outcome.SOLD, bob, 20_250)
    order = (await rows(database_url, "select * from orders"))[0]
    assert (str(order["buyer_id"]), order["total_minor"], order["fee_minor"]) == (bob, 20_250, 5_000)
    held = await ledger.balances(
        saleroom.sources.database, [buyer_account(bob), seller_pending("seller-profile"), FEES_PENDING]
    )
    assert sorted(each.amount.amount_minor for each in held) == [-20_250, 5_000, 15_250]
    lot = (await live_lots.read_lots(saleroom.sources.live, ["lot-1"]))[0]
    assert lot is not None
    assert lot.shown is not None
    assert (lot.state.phase, lot.shown.kind.value) == (LotPhase.CLOSED, "closed")
    assert await rows(database_url, "select 1 from pgqueuer where entrypoint = 'orders.charge'")


async def test_ten_finalisers_write_one_result(saleroom: Saleroom, database_url: str) -> None:
    await ended_lot(saleroom, database_url, 20_000, 50_000)
    others = [another_saleroom(saleroom.sources) for _ in range(9)]
    closed = await asyncio.gather(*(close_auction(each, "lot-1") for each in (saleroom, *others)))
    assert sum(isinstance(each, Closed) and each.is_new for each in closed) == 1
    for table in ("auction_results", "orders", "ledger_transfers"):
        assert await count(database_url, table) == 1
    for each in others:
        await each.close()


async def test_a_lot_that_still_runs_is_left_alone(saleroom: Saleroom) -> None:
    await put_up(saleroom, an_auction())
    assert await close_auction(saleroom, "lot-1") is NotClosed.NOT_DUE
    assert await close_auction(saleroom, "no-lot") is NotClosed.UNKNOWN


async def test_a_late_bid_moves_the_closing(saleroom: Saleroom, database_url: str) -> None:
    await put_up(saleroom, an_auction(ends_at=now_ms() + LENGTH))
    ann = await a_bidder(saleroom, database_url, "lot-1")
    await place_bid(saleroom, an_ask(ann, 20_000))
    await asyncio.sleep(LENGTH.total_seconds())
    assert await close_due(saleroom) == 1
    assert await close_auction(saleroom, "lot-1") is NotClosed.NOT_DUE
    assert await close_due(saleroom) == 0


@pytest.mark.parametrize(
    ("amounts", "reason"), [((), OutcomeReason.NO_BIDS), ((20_000, 30_000), OutcomeReason.RESERVE_NOT_MET)]
)
async def test_without_a_buyer_the_lot_passes(
    saleroom: Saleroom, database_url: str, amounts: tuple[int, ...], reason: OutcomeReason
) -> None:
    await ended_lot(saleroom, database_url, *amounts, reserve_minor=90_000)
    closed = await close_auction(saleroom, "lot-1")
    assert isinstance(closed, Closed)
    assert (closed.result.outcome, closed.result.reason) == (Outcome.PASSED, reason)
    assert await count(database_url, "orders") == 0
    assert (await rows(database_url, "select status from auctions"))[0][0] == "passed"


async def test_a_lot_bought_at_once_closes_at_its_price(saleroom: Saleroom, database_url: str) -> None:
    await put_up(saleroom, an_auction(buy_now_minor=90_000))
    ann = await a_bidder(saleroom, database_url, "lot-1")
    ask = BuyNowAsk(auction_id="lot-1", bidder_id=ann, profile_id=None, idempotency_key="key-of-ann")
    assert isinstance(await buy_now(saleroom, ask, currency="ZAR"), BidAccepted)
    closed = await close_auction(saleroom, "lot-1")
    assert isinstance(closed, Closed)
    assert (closed.result.reason, closed.result.price_minor) == (OutcomeReason.BOUGHT_AT_ONCE, 90_000)


async def test_a_cancelled_lot_has_no_result(saleroom: Saleroom, database_url: str) -> None:
    await put_up(saleroom, an_auction())
    await cancel_lot(saleroom, STAFF, "lot-1")
    assert await close_auction(saleroom, "lot-1") is NotClosed.CANCELLED
    assert await count(database_url, "auction_results") == 0


async def test_a_closed_lot_takes_no_bid_even_after_its_live_state_was_lost(
    saleroom: Saleroom, database_url: str
) -> None:
    ann, _ = await ended_lot(saleroom, database_url, 20_000, 50_000)
    await close_auction(saleroom, "lot-1")
    await saleroom.sources.live.redis.flushdb()
    late = await place_bid(saleroom, an_ask(ann, 900_000))
    assert isinstance(late, BidRejected)
    assert late.code is RejectionCode.ENDED
    assert await close_auction(saleroom, "lot-1") != NotClosed.NOT_DUE
    assert await count(database_url, "orders") == 1


async def test_a_lot_lost_before_its_closing_is_closed_from_the_journal(saleroom: Saleroom, database_url: str) -> None:
    ends_at = now_ms() + LENGTH
    _, bob = await ended_lot(saleroom, database_url, 20_000, 50_000, ends_at=ends_at)
    await saleroom.sources.live.redis.flushdb()
    await asyncio.sleep(max(0.0, (ends_at - now_ms()).total_seconds()) + 0.002)  # the journal knows the true end
    closed = await close_auction(saleroom, "lot-1")
    assert isinstance(closed, Closed)
    assert closed.result.winner_id == bob


async def test_a_live_state_that_disagrees_with_the_journal_stops_the_closing(
    saleroom: Saleroom, database_url: str
) -> None:
    await ended_lot(saleroom, database_url, 20_000, 50_000)
    store: Any = saleroom.sources.live.redis
    await store.hset(lot_keys("lot-1")[0], "price", "999999")
    with pytest.raises(ClosingMismatchError):
        await close_auction(saleroom, "lot-1")
    assert await count(database_url, "auction_results") == 0


async def test_results_cannot_be_changed(saleroom: Saleroom, database_url: str) -> None:
    await ended_lot(saleroom, database_url, 20_000)
    await close_auction(saleroom, "lot-1")
    with pytest.raises(Exception, match="append-only"):
        await rows(database_url, "update auction_results set price_minor = 1")
