"""Sales as cached from content, with their lots in order."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.postgres.connections import Database
from datasources.postgres.tables.auctions import auctions, sales
from domain.auctions import AuctionStatus, Sale

_IN_ORDER = pg.aggregate_order_by(auctions.c.auction_id, auctions.c.lot_number, auctions.c.auction_id)


async def upsert(connection: AsyncConnection, sale: Sale, *, now: datetime) -> None:
    """Cache a sale."""
    values = {
        "sale_id": sale.sale_id,
        "revision": sale.revision,
        "title": sale.title,
        "starts_at": sale.starts_at,
        "ends_at": sale.ends_at,
        "lot_gap_seconds": int(sale.lot_gap.total_seconds()),
        "updated_at": now,
    }
    statement = insert(sales).values(**values)
    await connection.execute(statement.on_conflict_do_update(index_elements=[sales.c.sale_id], set_=values))


async def by_ids(database: Database, ids: Sequence[str]) -> list[Sale | None]:
    """Sales in order, each with its lots in theirs."""
    lots = (
        sa.select(
            auctions.c.sale_id,
            sa.func.array_agg(_IN_ORDER).label("ids"),
        )
        .where(auctions.c.sale_id.in_(ids), auctions.c.status != AuctionStatus.DRAFT.value)
        .group_by(auctions.c.sale_id)
        .subquery()
    )
    query = (
        sa.select(sales, lots.c.ids).outerjoin(lots, lots.c.sale_id == sales.c.sale_id).where(sales.c.sale_id.in_(ids))
    )

    async def run(connection: AsyncConnection) -> dict[str, Sale]:
        return {
            row.sale_id: Sale(
                sale_id=row.sale_id,
                revision=row.revision,
                title=row.title,
                starts_at=row.starts_at,
                ends_at=row.ends_at,
                lot_gap=timedelta(seconds=row.lot_gap_seconds),
                auction_ids=tuple(row.ids or ()),
            )
            for row in await connection.execute(query)
        }

    found = await database.read("sales.by-ids", run) if ids else {}
    return [found.get(each) for each in ids]
