"""The reference row of each published listing (S0-062, S0-068): guarded copies, tombstones, and walks over them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.postgres.tables.listings import listings_meta
from domain.listings import VISIBLE, ListingMeta, ListingStatus
from domain.money import Money

Connection = AsyncConnection
"""For services that do several things in one transaction."""


async def upsert(connection: AsyncConnection, metas: Sequence[ListingMeta], *, is_forced: bool = False) -> None:
    """Copy published listings; unless forced, a row that holds a newer version stays as it is."""
    if not metas:
        return
    statement = insert(listings_meta).values([_row(each) for each in sorted(metas, key=lambda each: each.listing_id)])
    columns = [each.name for each in listings_meta.c if each.name != "listing_id"]
    statement = statement.on_conflict_do_update(
        index_elements=[listings_meta.c.listing_id],
        set_={name: statement.excluded[name] for name in columns},
        where=None if is_forced else statement.excluded.content_updated_at >= listings_meta.c.content_updated_at,
    )
    await connection.execute(statement)


async def mark_deleted(connection: AsyncConnection, ids: Sequence[str], *, at: datetime) -> list[str]:
    """Leave a tombstone on listings that content no longer publishes; the ids of those that had none."""
    statement = (
        sa.update(listings_meta)
        .where(listings_meta.c.listing_id.in_(list(ids)), listings_meta.c.deleted_at.is_(None))
        .values(deleted_at=at)
    )
    return [row[0] for row in await connection.execute(statement.returning(listings_meta.c.listing_id))]


async def is_visible(connection: AsyncConnection, listing_id: str) -> bool:
    """Whether the row says that strangers may open the listing."""
    query = sa.select(listings_meta.c.listing_id).where(
        listings_meta.c.listing_id == listing_id,
        listings_meta.c.deleted_at.is_(None),
        listings_meta.c.status.in_([each.value for each in VISIBLE]),
    )
    return (await connection.execute(query)).scalar() is not None


async def by_ids(connection: AsyncConnection, ids: Sequence[str]) -> list[ListingMeta | None]:
    """Rows in the order of the ids; None for unknown and deleted listings."""
    query = sa.select(listings_meta).where(
        listings_meta.c.listing_id.in_(list(ids)), listings_meta.c.deleted_at.is_(None)
    )
    by_id = {row.listing_id: _meta(row) for row in await connection.execute(query)}
    return [by_id.get(each) for each in ids]


@dataclass(frozen=True, slots=True)
class Standing:
    """A row as it stands, also one with a tombstone."""

    meta: ListingMeta
    is_deleted: bool


async def standing_of(connection: AsyncConnection, ids: Sequence[str]) -> dict[str, Standing]:
    """The rows of these listings by id, held until the transaction ends."""
    query = sa.select(listings_meta).where(listings_meta.c.listing_id.in_(list(ids)))
    held = query.order_by(listings_meta.c.listing_id).with_for_update()
    return {row.listing_id: Standing(_meta(row), row.deleted_at is not None) for row in await connection.execute(held)}


async def ids_after(
    connection: AsyncConnection,
    after: str,
    limit: int,
    *,
    seller_profile_id: str | None = None,
    category_ids: Sequence[str] | None = None,
) -> list[str]:
    """Ids of listings that are not deleted, in order, for walks in bounded batches."""
    query = sa.select(listings_meta.c.listing_id).where(
        listings_meta.c.listing_id > after, listings_meta.c.deleted_at.is_(None)
    )
    if seller_profile_id is not None:
        query = query.where(listings_meta.c.seller_profile_id == seller_profile_id)
    if category_ids is not None:
        query = query.where(listings_meta.c.category_id.in_(list(category_ids)))
    rows = await connection.execute(query.order_by(listings_meta.c.listing_id).limit(limit))
    return [row[0] for row in rows]


def _row(meta: ListingMeta) -> dict[str, object]:
    return {
        "listing_id": meta.listing_id,
        "seller_profile_id": meta.seller_profile_id,
        "category_id": meta.category_id,
        "title": meta.title.replace("\0", ""),  # Postgres texts cannot hold it
        "status": meta.status.value,
        "price_minor": meta.price.amount_minor if meta.price else None,
        "currency": meta.price.currency if meta.price else None,
        "revision": meta.revision,
        "content_updated_at": meta.content_updated_at,
        "deleted_at": None,
    }


def _meta(row: sa.Row[tuple[object, ...]]) -> ListingMeta:
    return ListingMeta(
        listing_id=row.listing_id,
        seller_profile_id=row.seller_profile_id,
        category_id=row.category_id,
        title=row.title,
        status=ListingStatus(row.status),
        price=Money(row.price_minor, row.currency) if row.price_minor is not None else None,
        revision=row.revision,
        content_updated_at=row.content_updated_at,
    )
