"""Lots and bidders for tests: short to write, complete underneath."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from datasources.postgres import auctions as auction_rows
from datasources.postgres import registrations
from datasources.redis import auctions as live_lots
from datasources.sources import Sources
from domain.auctions import Auction, AuctionKind, AuctionStatus, BuyNowUntil, LotTerms, SoftClose
from domain.bids import BidAsk, Registration, Standing
from domain.increments import default_policy
from services.salerooms import Saleroom
from tests.stores import add_user, open_sources

_numbers = count(1)


def now_ms() -> datetime:
    """The time, in the whole milliseconds that the bid store keeps."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def an_auction(auction_id: str = "lot-1", **changes: Any) -> Auction:
    """A lot that opened an hour ago and ends tomorrow; keywords change its terms."""
    now = now_ms()
    terms = LotTerms(
        auction_id=auction_id,
        kind=AuctionKind.ENGLISH_TIMED,
        currency="ZAR",
        seller_id="seller-profile",
        starts_at=now - timedelta(hours=1),
        ends_at=now + timedelta(days=1),
        start_minor=10_000,
        reserve_minor=None,
        buy_now_minor=None,
        buy_now_until=BuyNowUntil.FIRST_BID,
        policy=default_policy("ZAR"),
        soft_close=SoftClose(),
    )
    return Auction(
        auction_id=auction_id,
        revision="r1",
        listing_id=f"listing-of-{auction_id}",
        sale_id=None,
        lot_number=None,
        title="A thing",
        terms=replace(terms, **changes),
        status=AuctionStatus.OPEN,
        epoch=1,
        updated_at=now,
    )


async def put_up(saleroom: Saleroom, auction: Auction) -> Auction:
    """Make the lot known to the record and to the live state."""
    await saleroom.sources.database.write("test.auction", lambda it: auction_rows.upsert(it, auction))
    await saleroom.rebuild(auction.auction_id)
    return auction


async def a_bidder(saleroom: Saleroom, database_url: str, *lots: str, limit_minor: int | None = None) -> str:
    """An account admitted to these lots."""
    user = await add_user(database_url)
    for lot in lots:
        await admit(saleroom, lot, user.user_id, limit_minor=limit_minor)
    return str(user.user_id)


async def admit(saleroom: Saleroom, lot: str, user_id: UUID, *, limit_minor: int | None = None) -> None:
    """Let an account bid on a lot."""
    registration = Registration(lot, str(user_id), Standing.REGISTERED, limit_minor)
    now = datetime.now(UTC)
    await saleroom.sources.database.write("test.admit", lambda it: registrations.add(it, registration, now=now))
    await live_lots.register(saleroom.sources.live, registration)


def an_ask(bidder_id: str, amount: int, *, lot: str = "lot-1", key: str | None = None, **changes: Any) -> BidAsk:
    """A confirmed bid with a fresh key."""
    ask = BidAsk(
        auction_id=lot,
        bidder_id=bidder_id,
        profile_id=None,
        max_minor=amount,
        currency="ZAR",
        idempotency_key=key or f"key-{next(_numbers):08d}",
        is_confirmed=True,
    )
    return replace(ask, **changes)


@asynccontextmanager
async def open_saleroom(database_url: str, redis_url: str, **named: Any) -> AsyncIterator[Saleroom]:
    """A saleroom over empty stores."""
    async with open_sources(database_url, redis_url, **named) as sources:
        saleroom = another_saleroom(sources)
        try:
            yield saleroom
        finally:
            await saleroom.close()


def another_saleroom(sources: Sources) -> Saleroom:
    """A second process's saleroom over the same stores."""
    return Saleroom(sources)
