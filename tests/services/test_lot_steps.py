"""Steps on running lots against real stores: pause, resume, cancel, reserve, retraction, void."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from datasources.postgres import auctions as recorded
from datasources.redis import auctions as live_lots
from datasources.redis.auctions import LiveLot
from domain.auctions import AuctionStatus
from domain.bids import BidAccepted, BidRejected, RejectionCode
from domain.lots import LotPhase, fold
from domain.problems import NotAllowed, NotFound, WrongState
from domain.retractions import RetractionReason
from domain.users import Role, User, Viewer
from services.bids import place_bid
from services.lot_steps import LotStepped, cancel_lot, lower_reserve, pause_lot, resume_lot, retract_bid, void_bid
from services.salerooms import Saleroom
from tests.lots import a_bidder, an_ask, an_auction, now_ms, open_saleroom, put_up


@pytest.fixture
async def saleroom(database_url: str, redis_url: str) -> AsyncIterator[Saleroom]:
    async with open_saleroom(database_url, redis_url) as opened:
        await put_up(opened, an_auction(ends_at=now_ms() + timedelta(days=2), reserve_minor=60_000))
        yield opened


def account(user_id: str | None = None, profile_id: str | None = None) -> User:
    return User(UUID(user_id) if user_id else uuid4(), "https://issuer.test", "x", profile_id, now_ms())


def viewer(*roles: Role) -> Viewer:
    return Viewer(user=account(), roles=frozenset(roles), visitor_key="v")


STAFF = viewer(Role.ADMIN)


async def live(saleroom: Saleroom) -> LiveLot:
    found = (await live_lots.read_lots(saleroom.sources.live, ["lot-1"]))[0]
    assert found is not None
    return found


async def holds(saleroom: Saleroom) -> None:
    """The journal folds to the live state."""
    lot = await live(saleroom)
    found = await recorded.recorded_lot(saleroom.sources.database, "lot-1")
    assert found is not None
    assert fold(lot.terms, found.log) == lot.state


async def test_a_paused_lot_takes_no_bids_and_gives_the_time_back(saleroom: Saleroom, database_url: str) -> None:
    ann = await a_bidder(saleroom, database_url, "lot-1")
    assert isinstance(await pause_lot(saleroom, STAFF, "lot-1"), LotStepped)
    refused = await place_bid(saleroom, an_ask(ann, 20_000))
    assert isinstance(refused, BidRejected)
    assert refused.code is RejectionCode.NOT_OPEN
    before = await live(saleroom)
    resumed = await resume_lot(saleroom, STAFF, "lot-1")
    assert isinstance(resumed, LotStepped)
    assert resumed.effective_end_at > before.state.ends_at
    assert isinstance(await place_bid(saleroom, an_ask(ann, 20_000)), BidAccepted)
    await holds(saleroom)


async def test_only_staff_may_pause(saleroom: Saleroom) -> None:
    assert isinstance(await pause_lot(saleroom, viewer(Role.USER), "lot-1"), NotAllowed)
    assert isinstance(await pause_lot(saleroom, STAFF, "no-lot"), NotFound)


async def test_a_cancelled_lot_stays_cancelled(saleroom: Saleroom) -> None:
    cancelled = await cancel_lot(saleroom, STAFF, "lot-1")
    assert isinstance(cancelled, LotStepped)
    assert cancelled.phase is LotPhase.CANCELLED
    assert isinstance(await resume_lot(saleroom, STAFF, "lot-1"), WrongState)
    auction = (await recorded.by_ids(saleroom.sources.database, ["lot-1"]))[0]
    assert auction is not None
    assert auction.status is AuctionStatus.CANCELLED


async def test_the_seller_lowers_the_reserve_and_the_price_jumps(saleroom: Saleroom, database_url: str) -> None:
    ann = await a_bidder(saleroom, database_url, "lot-1")
    await place_bid(saleroom, an_ask(ann, 50_000))
    seller = account(profile_id="seller-profile")
    somebody = account(profile_id="another")
    assert isinstance(await lower_reserve(saleroom, viewer(), somebody, "lot-1", 1), NotAllowed)
    assert isinstance(await lower_reserve(saleroom, viewer(), seller, "lot-1", 70_000), WrongState)
    assert isinstance(await lower_reserve(saleroom, viewer(), seller, "lot-1", 40_000), LotStepped)
    assert (await live(saleroom)).state.price_minor == 40_000
    await holds(saleroom)


async def test_a_retraction_refolds_price_and_leader(saleroom: Saleroom, database_url: str) -> None:
    ann = await a_bidder(saleroom, database_url, "lot-1")
    bob = await a_bidder(saleroom, database_url, "lot-1")
    await place_bid(saleroom, an_ask(ann, 20_000))
    await place_bid(saleroom, an_ask(bob, 50_000))
    await place_bid(saleroom, an_ask(ann, 30_000))
    done = await retract_bid(saleroom, account(bob), "lot-1", RetractionReason.TYPING_ERROR)
    assert isinstance(done, LotStepped)
    state = (await live(saleroom)).state
    assert (state.leader_id, state.price_minor, state.max_minor, state.version) == (ann, 10_000, 30_000, 4)
    await holds(saleroom)
    again = await retract_bid(saleroom, account(bob), "lot-1", RetractionReason.TYPING_ERROR)
    assert isinstance(again, WrongState)


async def test_staff_strike_one_bid_even_while_paused(saleroom: Saleroom, database_url: str) -> None:
    ann = await a_bidder(saleroom, database_url, "lot-1")
    bob = await a_bidder(saleroom, database_url, "lot-1")
    await place_bid(saleroom, an_ask(ann, 20_000))
    await place_bid(saleroom, an_ask(bob, 50_000))
    await pause_lot(saleroom, STAFF, "lot-1")
    assert isinstance(await void_bid(saleroom, viewer(Role.USER), "lot-1", seq=2, reason="x"), NotAllowed)
    assert isinstance(await void_bid(saleroom, STAFF, "lot-1", seq=2, reason="shill | bid"), LotStepped)
    assert isinstance(await void_bid(saleroom, STAFF, "lot-1", seq=2, reason="again"), WrongState)
    assert (await live(saleroom)).state.leader_id == ann
    await holds(saleroom)
    await saleroom.sources.live.redis.flushdb()
    await saleroom.rebuild("lot-1")
    await holds(saleroom)
