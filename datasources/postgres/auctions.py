"""Auctions as cached from content, and the steps of their states."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.postgres import bids, registrations
from datasources.postgres.auction_rows import AUCTION, row_of
from datasources.postgres.connections import Database
from datasources.postgres.tables.auctions import auctions
from domain.auctions import Auction, AuctionStatus
from domain.bids import Registration
from domain.lots import LotEntry
from domain.pages import Slice
from domain.selections import Fields

RUNNING = (AuctionStatus.SCHEDULED, AuctionStatus.OPEN, AuctionStatus.PAUSED, AuctionStatus.CLOSING)
"""States of lots that have live state in Redis."""
_MOST_DRAFTS = 50


async def by_ids(database: Database, ids: Sequence[str], *, fields: Fields = None) -> list[Auction | None]:
    """Auctions in order."""
    parts = AUCTION.variant(fields)
    query = sa.select(*parts.sources).where(auctions.c.auction_id.in_(ids))

    async def run(connection: AsyncConnection) -> dict[str, Auction]:
        return {row.auction_id: parts.record(row) for row in await connection.execute(query)}

    found = await database.read("auctions.by-ids", run) if ids else {}
    return [found.get(each) for each in ids]


async def of_listings(database: Database, listing_ids: Sequence[str], *, fields: Fields = None) -> list[Auction | None]:
    """The auction of each listing: the one that runs, else the newest; drafts and cancelled ones are none."""
    columns, parts = auctions.c, AUCTION.variant(fields)
    hidden = [AuctionStatus.DRAFT.value, AuctionStatus.CANCELLED.value]
    is_running = columns.status.in_([each.value for each in RUNNING])
    query = (
        sa.select(*parts.sources)
        .where(columns.listing_id.in_(listing_ids), columns.status.not_in(hidden))
        .ext(distinct_on(columns.listing_id))
        .order_by(columns.listing_id, is_running.desc(), columns.starts_at.desc(), columns.auction_id)
    )

    async def run(connection: AsyncConnection) -> dict[str, Auction]:
        return {row.listing_id: parts.record(row) for row in await connection.execute(query)}

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
    database: Database, where: AuctionWhere, order: AuctionOrder, wanted: Slice, *, fields: Fields = None
) -> list[tuple[tuple[int, str], Auction]]:
    """Auctions with their keys (milliseconds, id), one more than wanted."""
    parts = AUCTION.variant(fields)
    is_ending = order is AuctionOrder.ENDING_SOONEST
    column = auctions.c.ends_at if is_ending else auctions.c.starts_at
    moment = sa.cast(sa.func.floor(sa.extract("epoch", column) * 1000), sa.BigInteger)
    key = sa.tuple_(moment, auctions.c.auction_id)
    query = sa.select(*parts.sources, moment.label("moment")).where(auctions.c.status != AuctionStatus.DRAFT.value)
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
        return [((row.moment, row.auction_id), parts.record(row)) for row in await connection.execute(query)]

    return await database.read("auctions.page", run)


async def upsert(connection: AsyncConnection, auction: Auction) -> AuctionStatus | None:
    """Cache a definition; how it stands then, None when the lot has left the states in which terms may still change.

    One whose listing is on order otherwise is held back as a draft, which the database sees to.
    """
    values = row_of(auction)
    changes = {name: value for name, value in values.items() if name not in {"auction_id", "epoch"}}
    statement = (
        insert(auctions)
        .values(**values)
        .on_conflict_do_update(
            index_elements=[auctions.c.auction_id],
            set_=changes,
            where=auctions.c.status.in_([AuctionStatus.DRAFT.value, AuctionStatus.SCHEDULED.value]),
        )
        .returning(auctions.c.status)
    )
    status = (await connection.execute(statement)).scalar()
    return None if status is None else AuctionStatus(status)


async def drafts_of(connection: AsyncConnection, listing_id: str) -> list[str]:
    """Auctions of a listing that are not public yet; the listing is held, so that none is being held back meanwhile."""
    await connection.execute(sa.select(sa.func.lock_listing(listing_id)))
    columns = auctions.c
    query = sa.select(columns.auction_id).where(
        columns.listing_id == listing_id, columns.status == AuctionStatus.DRAFT.value
    )
    return list((await connection.execute(query.limit(_MOST_DRAFTS))).scalars())


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
        return RecordedLot(
            AUCTION.whole.record(row), log, tuple(await registrations.of_auction(connection, auction_id))
        )

    return await database.write("auctions.begin-epoch", run)


async def recorded_lot(database: Database, auction_id: str) -> RecordedLot | None:
    """The lot as recorded, in one snapshot."""
    query = sa.select(auctions).where(auctions.c.auction_id == auction_id)

    async def run(connection: AsyncConnection) -> RecordedLot | None:
        row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        log = await bids.log_of(connection, auction_id)
        return RecordedLot(
            AUCTION.whole.record(row), log, tuple(await registrations.of_auction(connection, auction_id))
        )

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
