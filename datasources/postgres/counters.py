"""The record of listing counters: flushed views, and likes and favourites as base plus changes not yet folded in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.postgres.tables.counters import counter_changes
from datasources.postgres.tables.listings import counter_flushes, favourites, likes, listing_counters
from domain.counters import ListingCounters

_ROWS_PER_STATEMENT = 1_000
LARGEST_FOLD = 5_000


@dataclass(frozen=True, slots=True)
class RecordedCounters:
    """Totals as the record holds them, and whether a batch of views was among them, all in one snapshot."""

    counters: tuple[ListingCounters, ...]
    is_applied: bool


async def read(connection: AsyncConnection, ids: Sequence[str], *, batch_id: str) -> RecordedCounters:
    """Totals in the order of the ids, zero for the unknown; one statement, because it must be one snapshot."""
    wanted = (
        sa.func.unnest(sa.cast(list(ids), sa.ARRAY(sa.Text))).table_valued("listing_id", name="wanted").render_derived()
    )
    changes = (
        sa.select(
            sa.func.coalesce(sa.func.sum(counter_changes.c.likes), 0).label("likes"),
            sa.func.coalesce(sa.func.sum(counter_changes.c.favourites), 0).label("favourites"),
        )
        .where(counter_changes.c.listing_id == wanted.c.listing_id)
        .lateral("changes")
    )
    is_applied = sa.exists().where(counter_flushes.c.batch_id == batch_id)
    query = sa.select(
        wanted.c.listing_id,
        sa.func.coalesce(listing_counters.c.views, 0),
        sa.func.coalesce(listing_counters.c.likes, 0) + changes.c.likes,
        sa.func.coalesce(listing_counters.c.favourites, 0) + changes.c.favourites,
        is_applied,
    ).select_from(
        wanted.outerjoin(listing_counters, listing_counters.c.listing_id == wanted.c.listing_id).join(
            changes, sa.true()
        )
    )
    rows = (await connection.execute(query)).all()
    by_id = {row[0]: ListingCounters(row[0], int(row[1]), int(row[2]), int(row[3])) for row in rows}
    return RecordedCounters(tuple(by_id[each] for each in ids), bool(rows and rows[0][4]))


async def add_views(connection: AsyncConnection, batch_id: str, views: Mapping[str, int], *, at: datetime) -> bool:
    """Add a batch of views once; False when the record already holds the batch (S0-070)."""
    flush = insert(counter_flushes).values(batch_id=batch_id, flushed_at=at).on_conflict_do_nothing()
    if (await connection.execute(flush.returning(counter_flushes.c.batch_id))).scalar() is None:
        return False
    ordered = iter(sorted(views.items()))  # one order of row locks in every flush: no deadlocks
    while rows := list(islice(ordered, _ROWS_PER_STATEMENT)):
        statement = insert(listing_counters).values(
            [{"listing_id": each, "views": count, "flushed_at": at} for each, count in rows]
        )
        statement = statement.on_conflict_do_update(
            index_elements=[listing_counters.c.listing_id],
            set_={"views": listing_counters.c.views + statement.excluded.views, "flushed_at": at},
        )
        await connection.execute(statement)
    return True


async def waiting_changes(connection: AsyncConnection) -> dict[int, str]:
    """Up to 5,000 logged changes that are not folded in yet, the oldest first, with their listings."""
    query = sa.select(counter_changes.c.change_id, counter_changes.c.listing_id)
    rows = await connection.execute(query.order_by(counter_changes.c.change_id).limit(LARGEST_FOLD))
    return {row.change_id: row.listing_id for row in rows}


async def fold_changes(connection: AsyncConnection, change_ids: Sequence[int], *, at: datetime) -> None:
    """Fold these changes into the totals; those that were folded before are gone from the log and add nothing."""
    taken = (
        sa.delete(counter_changes)
        .where(counter_changes.c.change_id.in_(list(change_ids)))
        .returning(counter_changes.c.listing_id, counter_changes.c.likes, counter_changes.c.favourites)
        .cte("taken")
    )
    sums = (
        sa.select(
            taken.c.listing_id,
            sa.func.sum(taken.c.likes),
            sa.func.sum(taken.c.favourites),
            sa.literal(at, sa.DateTime(timezone=True)),
        )
        .group_by(taken.c.listing_id)
        .order_by(taken.c.listing_id)
    )
    statement = insert(listing_counters).from_select(["listing_id", "likes", "favourites", "flushed_at"], sums)
    statement = statement.on_conflict_do_update(
        index_elements=[listing_counters.c.listing_id],
        set_={
            "likes": listing_counters.c.likes + statement.excluded.likes,
            "favourites": listing_counters.c.favourites + statement.excluded.favourites,
            "flushed_at": at,
        },
    )
    await connection.execute(statement)


async def correct(connection: AsyncConnection) -> int:
    """Log a change for every listing whose totals differ from its marks; how many differed.

    Marks and their changes are written together, so one snapshot shows both or neither.
    """
    parts = sa.union_all(
        *(_counted(table) for table in (likes, favourites)),
        *(
            sa.select(table.c.listing_id, -table.c.likes, -table.c.favourites)
            for table in (listing_counters, counter_changes)
        ),
    ).subquery("parts")
    listing_id, *sums = parts.c
    drift = [sa.func.sum(each) for each in sums]
    differing = (
        sa.select(listing_id, *drift)
        .group_by(listing_id)
        .having(sa.or_(*(each != 0 for each in drift)))
        .limit(LARGEST_FOLD)
    )
    logged = insert(counter_changes).from_select(["listing_id", "likes", "favourites"], differing)
    return len((await connection.execute(logged.returning(counter_changes.c.change_id))).all())


def _counted(table: sa.Table) -> sa.Select[tuple[str, int, int]]:
    count, nothing = sa.func.count(), sa.literal(0)
    columns = (count, nothing) if table is likes else (nothing, count)
    return sa.select(table.c.listing_id, *columns).group_by(table.c.listing_id)
