"""Auctions as cached from content, and the steps of their states."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.postgres import bids, registrations
from datasources.postgres.connections import Database
from datasources.postgres.tables.auctions import auctions
from domain.auctions import Auction, AuctionKind, AuctionStatus, BuyNowUntil, LotTerms, SoftClose
from domain.bids import Registration
from domain.increments import IncrementPolicy, IncrementRow
from domain.lots import LotEntry
from domain.pages import Slice

RUNNING = (AuctionStatus.SCHEDULED, AuctionStatus.OPEN, AuctionStatus.PAUSED, AuctionStatus.CLOSING)
"""States of lots that have live state in Redis."""


async def by_ids(database: Database, ids: Sequence[str]) -> list[Auction | None]:
    """Auctions in order."""
    query = sa.select(auctions).where(auctions.c.auction_id.in_(ids))

    async def run(connection: AsyncConnection) -> dict[str, Auction]:
        return {row.auction_id: auction_of(row) for row in await connection.execute(query)}

    found = await database.read("auctions.by-ids", run) if ids else {}
    return [found.get(each) for each in ids]


async def of_listings(database: Database, listing_ids: Sequence[str]) -> list[Auction | None]:
    """The auction of each listing: the one that runs, else the newest; drafts and cancelled ones are none."""
    columns = auctions.c
    hidden = [AuctionStatus.DRAFT.value, AuctionStatus.CANCELLED.value]
    is_running = columns.status.in_([each.value for each in RUNNING])
    query = (
        sa.select(auctions)
        .where(columns.listing_id.in_(listing_ids), columns.status.not_in(hidden))
        .ext(distinct_on(columns.listing_id))
        .order_by(columns.listing_id, is_running.desc(), columns.starts_at.desc(), columns.auction_id)
    )

    async def run(connection: AsyncConnection) -> dict[str, Auction]:
        return {row.listing_id: auction_of(row) for row in await connection.execute(query)}

    found = await database.read("auctions.of-listings", run) if listing_ids else {}
    return [found.get(each) for each in listing_ids]


class AuctionOrder(Enum):
    """The orders in which auctions are listed."""

    ENDING_SOONEST = "ending-soonest"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class AuctionWhere:
    """Which auctions to list; drafts never are."""

    statuses: tuple[AuctionStatus, ...] = ()
    seller_id: str | None = None
    sale_id: str | None = None


async def page(
    database: Database, where: AuctionWhere, order: AuctionOrder, wanted: Slice
) -> list[tuple[tuple[int, str], Auction]]:
    """Auctions with their keys (milliseconds, id), one more than wanted."""
    is_ending = order is AuctionOrder.ENDING_SOONEST
    column = auctions.c.ends_at if is_ending else auctions.c.starts_at
    moment = sa.cast(sa.func.floor(sa.extract("epoch", column) * 1000), sa.BigInteger)
    key = sa.tuple_(moment, auctions.c.auction_id)
    query = sa.select(auctions, moment.label("moment")).where(auctions.c.status != AuctionStatus.DRAFT.value)
    if where.statuses:
        query = query.where(auctions.c.status.in_([each.value for each in where.statuses]))
    if where.seller_id is not None:
        query = query.where(auctions.c.seller_profile_id == where.seller_id)
    if where.sale_id is not None:
        query = query.where(auctions.c.sale_id == where.sale_id)
    if wanted.after is not None:
        place = sa.tuple_(sa.cast(wanted.after[0], sa.BigInteger), sa.cast(wanted.after[1], sa.Text))
        query = query.where(key > place if is_ending else key < place)
    directions = (moment, auctions.c.auction_id) if is_ending else (moment.desc(), auctions.c.auction_id.desc())
    query = query.order_by(*directions).limit(wanted.first + 1)

    async def run(connection: AsyncConnection) -> list[tuple[tuple[int, str], Auction]]:
        return [((row.moment, row.auction_id), auction_of(row)) for row in await connection.execute(query)]

    return await database.read("auctions.page", run)


async def upsert(connection: AsyncConnection, auction: Auction) -> bool:
    """Cache a definition; False when the lot has left the state in which terms may still change."""
    values = _row(auction)
    changes = {name: value for name, value in values.items() if name not in {"auction_id", "epoch"}}
    statement = (
        insert(auctions)
        .values(**values)
        .on_conflict_do_update(
            index_elements=[auctions.c.auction_id],
            set_=changes,
            where=auctions.c.status.in_([AuctionStatus.DRAFT.value, AuctionStatus.SCHEDULED.value]),
        )
        .returning(auctions.c.auction_id)
    )
    return (await connection.execute(statement)).scalar() is not None


async def set_status(
    connection: AsyncConnection,
    auction_id: str,
    *,
    wanted: AuctionStatus,
    allowed: Sequence[AuctionStatus],
    now: datetime,
) -> bool:
    """Take a declared step, if the auction stands where the step may begin."""
    statement = (
        sa.update(auctions)
        .where(auctions.c.auction_id == auction_id, auctions.c.status.in_([each.value for each in allowed]))
        .values(status=wanted.value, updated_at=now)
    )
    return (await connection.execute(statement)).rowcount == 1


@dataclass(frozen=True, slots=True)
class RecordedLot:
    """Everything the record knows of a lot."""

    auction: Auction
    log: tuple[LotEntry, ...]
    registrations: tuple[Registration, ...]


async def begin_epoch(database: Database, auction_id: str) -> RecordedLot | None:
    """The lot in a new epoch; its row stays locked while the journal is read, so no older writer slips in."""
    statement = (
        sa.update(auctions)
        .where(auctions.c.auction_id == auction_id)
        .values(epoch=auctions.c.epoch + 1)
        .returning(*auctions.c)
    )

    async def run(connection: AsyncConnection) -> RecordedLot | None:
        row = (await connection.execute(statement)).one_or_none()
        if row is None:
            return None
        log = await bids.log_of(connection, auction_id)
        return RecordedLot(auction_of(row), log, tuple(await registrations.of_auction(connection, auction_id)))

    return await database.write("auctions.begin-epoch", run)


async def recorded_lot(database: Database, auction_id: str) -> RecordedLot | None:
    """The lot as recorded, in one snapshot."""
    query = sa.select(auctions).where(auctions.c.auction_id == auction_id)

    async def run(connection: AsyncConnection) -> RecordedLot | None:
        row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        log = await bids.log_of(connection, auction_id)
        return RecordedLot(auction_of(row), log, tuple(await registrations.of_auction(connection, auction_id)))

    return await database.read("auctions.recorded", run)


async def open_due(connection: AsyncConnection, *, now: datetime) -> int:
    """Mark lots whose start has passed as open; how many."""
    statement = (
        sa.update(auctions)
        .where(auctions.c.status == AuctionStatus.SCHEDULED.value, auctions.c.starts_at <= now)
        .values(status=AuctionStatus.OPEN.value, updated_at=now)
    )
    return (await connection.execute(statement)).rowcount


async def due(database: Database, *, now: datetime, most: int) -> list[str]:
    """Running lots whose end, as far as the record knows, has passed."""
    query = (
        sa.select(auctions.c.auction_id)
        .where(
            auctions.c.status.in_(
                [AuctionStatus.SCHEDULED.value, AuctionStatus.OPEN.value, AuctionStatus.CLOSING.value]
            ),
            auctions.c.close_check_at <= now,
        )
        .order_by(auctions.c.close_check_at)
        .limit(most)
    )

    async def run(connection: AsyncConnection) -> list[str]:
        return list((await connection.execute(query)).scalars())

    return await database.read("auctions.due", run)


async def running(database: Database, *, after: str, most: int) -> list[str]:
    """Ids of lots with live state, in order, for jobs that walk over all of them."""
    query = (
        sa.select(auctions.c.auction_id)
        .where(auctions.c.status.in_([each.value for each in RUNNING]), auctions.c.auction_id > after)
        .order_by(auctions.c.auction_id)
        .limit(most)
    )

    async def run(connection: AsyncConnection) -> list[str]:
        return list((await connection.execute(query)).scalars())

    return await database.read("auctions.running", run)


async def check_close_at(database: Database, auction_id: str, at: datetime) -> None:
    """Look at the lot's end again at this time: a late bid has moved it."""

    async def run(connection: AsyncConnection) -> None:
        await connection.execute(
            sa.update(auctions).where(auctions.c.auction_id == auction_id).values(close_check_at=at)
        )

    await database.write("auctions.check-close", run)


def auction_of(row: Any) -> Auction:
    """The record of a row."""
    terms = LotTerms(
        auction_id=row.auction_id,
        kind=AuctionKind(row.kind),
        currency=row.currency,
        seller_id=row.seller_profile_id,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        start_minor=row.start_minor,
        reserve_minor=row.reserve_minor,
        buy_now_minor=row.buy_now_minor,
        buy_now_until=BuyNowUntil(row.buy_now_until),
        policy=IncrementPolicy(row.policy_id, tuple(IncrementRow(*each) for each in row.increments)),
        soft_close=SoftClose(
            window=timedelta(seconds=row.window_seconds),
            extension=timedelta(seconds=row.extension_seconds),
            cap=timedelta(seconds=row.cap_seconds),
        ),
    )
    return Auction(
        auction_id=row.auction_id,
        revision=row.revision,
        listing_id=row.listing_id,
        sale_id=row.sale_id,
        lot_number=row.lot_number,
        title=row.title,
        terms=terms,
        status=AuctionStatus(row.status),
        epoch=row.epoch,
        updated_at=row.updated_at,
    )


def _row(auction: Auction) -> dict[str, Any]:
    terms, soft_close = auction.terms, auction.terms.soft_close
    return {
        "auction_id": auction.auction_id,
        "revision": auction.revision,
        "listing_id": auction.listing_id,
        "sale_id": auction.sale_id,
        "lot_number": auction.lot_number,
        "title": auction.title,
        "status": auction.status.value,
        "kind": terms.kind.value,
        "currency": terms.currency,
        "seller_profile_id": terms.seller_id,
        "starts_at": terms.starts_at,
        "ends_at": terms.ends_at,
        "start_minor": terms.start_minor,
        "reserve_minor": terms.reserve_minor,
        "buy_now_minor": terms.buy_now_minor,
        "buy_now_until": terms.buy_now_until.value,
        "policy_id": terms.policy.policy_id,
        "increments": [[row.from_minor, row.step_minor] for row in terms.policy.rows],
        "window_seconds": int(soft_close.window.total_seconds()),
        "extension_seconds": int(soft_close.extension.total_seconds()),
        "cap_seconds": int(soft_close.cap.total_seconds()),
        "epoch": auction.epoch,
        "close_check_at": terms.ends_at,
        "updated_at": auction.updated_at,
    }
