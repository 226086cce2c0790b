"""Who hears of something: the account behind a seller's profile, those who keep a listing, those who bid on a lot."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.postgres.auctions import RUNNING
from datasources.postgres.tables.auctions import auctions
from datasources.postgres.tables.bids import bids
from datasources.postgres.tables.listings import favourites, listings_meta
from datasources.postgres.tables.notifications import lot_notices
from datasources.postgres.tables.users import profiles, users
from domain.lots import EntryKind

_MOST_BIDDERS = 10_000


async def accounts_of_profile(connection: AsyncConnection, profile_id: str) -> list[UUID]:
    """The account behind a public profile, if it has one."""
    query = (
        sa.select(users.c.user_id)
        .join(profiles, profiles.c.external_id == users.c.external_id)
        .where(profiles.c.profile_id == profile_id)
        .limit(10)
    )
    return list((await connection.execute(query)).scalars())


async def watchers_of(connection: AsyncConnection, listing_id: str, *, after: UUID | None, most: int) -> list[UUID]:
    """Those who keep a listing among their favourites, in order, for walks in bounded batches."""
    query = sa.select(favourites.c.user_id).where(favourites.c.listing_id == listing_id)
    if after is not None:
        query = query.where(favourites.c.user_id > after)
    return list((await connection.execute(query.order_by(favourites.c.user_id).limit(most))).scalars())


async def bidders_of(connection: AsyncConnection, auction_id: str) -> list[str]:
    """Everybody who bid on a lot."""
    query = (
        sa.select(bids.c.bidder_id)
        .where(
            bids.c.auction_id == auction_id,
            bids.c.bidder_id.is_not(None),
            bids.c.kind.in_([EntryKind.BID.value, EntryKind.BOUGHT.value]),
        )
        .distinct()
        .limit(_MOST_BIDDERS)
    )
    return sorted((await connection.execute(query)).scalars())


async def title_of(connection: AsyncConnection, *, auction_id: str | None, listing_id: str | None) -> str | None:
    """What people call the thing."""
    query = None
    if auction_id is not None:
        query = sa.select(auctions.c.title).where(auctions.c.auction_id == auction_id)
    elif listing_id is not None:
        query = sa.select(listings_meta.c.title).where(listings_meta.c.listing_id == listing_id)
    return None if query is None else (await connection.execute(query)).scalar()


async def lots_with_news(connection: AsyncConnection, *, after: str, most: int) -> list[str]:
    """Running lots whose journal has lines that nobody was told of, in order; one index probe for each lot."""
    newest = (
        sa.select(bids.c.seq).where(bids.c.auction_id == auctions.c.auction_id).order_by(bids.c.seq.desc()).limit(1)
    ).scalar_subquery()
    query = (
        sa.select(auctions.c.auction_id)
        .outerjoin(lot_notices, lot_notices.c.auction_id == auctions.c.auction_id)
        .where(
            auctions.c.status.in_([each.value for each in RUNNING]),
            auctions.c.auction_id > after,
            newest > sa.func.coalesce(lot_notices.c.seq, 0),
        )
        .order_by(auctions.c.auction_id)
        .limit(most)
    )
    return list((await connection.execute(query)).scalars())


async def hold_lot(connection: AsyncConnection, auction_id: str) -> int:
    """Up to which line the lot's bidders were told; nobody else tells them until the transaction ends."""
    await connection.execute(insert(lot_notices).values(auction_id=auction_id).on_conflict_do_nothing())
    query = sa.select(lot_notices.c.seq).where(lot_notices.c.auction_id == auction_id).with_for_update()
    return int((await connection.execute(query)).scalar_one())


async def told_up_to(connection: AsyncConnection, auction_id: str, seq: int) -> None:
    """Note up to which line the lot's bidders were told."""
    await connection.execute(sa.update(lot_notices).where(lot_notices.c.auction_id == auction_id).values(seq=seq))


async def take_ending(
    connection: AsyncConnection, *, now: datetime, within: timedelta, most: int
) -> Sequence[tuple[str, str]]:
    """Lots that end soon and whose watchers were not told yet, as (auction, listing); they count as told now."""
    query = (
        sa.select(auctions.c.auction_id, auctions.c.listing_id)
        .outerjoin(lot_notices, lot_notices.c.auction_id == auctions.c.auction_id)
        .where(
            auctions.c.status.in_([each.value for each in RUNNING]),
            auctions.c.starts_at <= now,
            auctions.c.close_check_at > now,
            auctions.c.close_check_at <= now + within,
            lot_notices.c.ending_told_at.is_(None),
        )
        .order_by(auctions.c.close_check_at)
        .limit(most)
    )
    found = [(row.auction_id, row.listing_id) for row in await connection.execute(query)]
    if found:
        values = [{"auction_id": auction_id, "ending_told_at": now} for auction_id, _ in sorted(found)]
        statement = insert(lot_notices).values(values)
        told = {"ending_told_at": statement.excluded.ending_told_at}
        await connection.execute(statement.on_conflict_do_update(index_elements=[lot_notices.c.auction_id], set_=told))
    return found
