"""Likes and favourites: who marked which listing. The rows are the truth that the counters follow."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.postgres.tables.counters import counter_changes
from datasources.postgres.tables.listings import favourites, likes
from domain.counters import ViewerListingState


class Mark(Enum):
    """What a viewer can do to a listing once."""

    LIKE = "like"
    FAVOURITE = "favourite"


_TABLES = {Mark.LIKE: likes, Mark.FAVOURITE: favourites}


@dataclass(frozen=True, slots=True)
class MarkChange:
    """Whether a call changed anything, and what the viewer's marks are after it."""

    is_changed: bool
    state: ViewerListingState


async def add(connection: AsyncConnection, mark: Mark, *, user_id: UUID, listing_id: str, at: datetime) -> MarkChange:
    """Mark the listing once; a repetition changes and counts nothing."""
    table = _TABLES[mark]
    row = insert(table).values(user_id=user_id, listing_id=listing_id, marked_at=at).on_conflict_do_nothing()
    changed = await connection.execute(row.returning(table.c.listing_id))
    return await _changed(connection, mark, user_id, listing_id, by=len(changed.all()))


async def remove(connection: AsyncConnection, mark: Mark, *, user_id: UUID, listing_id: str) -> MarkChange:
    """Take the mark back once; a repetition changes and counts nothing."""
    table = _TABLES[mark]
    row = sa.delete(table).where(table.c.user_id == user_id, table.c.listing_id == listing_id)
    changed = await connection.execute(row.returning(table.c.listing_id))
    return await _changed(connection, mark, user_id, listing_id, by=-len(changed.all()))


async def _changed(connection: AsyncConnection, mark: Mark, user_id: UUID, listing_id: str, *, by: int) -> MarkChange:
    if by:
        change = {"likes": by if mark is Mark.LIKE else 0, "favourites": by if mark is Mark.FAVOURITE else 0}
        await connection.execute(sa.insert(counter_changes).values(listing_id=listing_id, **change))
    (state,) = await states_by_ids(connection, user_id, [listing_id])
    return MarkChange(by != 0, state)


async def states_by_ids(connection: AsyncConnection, user_id: UUID, ids: Sequence[str]) -> list[ViewerListingState]:
    """What one viewer marked, in the order of the ids; never to be shared between viewers."""
    wanted = list(ids)
    query = sa.union_all(
        *(
            sa.select(sa.literal(mark.value), table.c.listing_id).where(
                table.c.user_id == user_id, table.c.listing_id.in_(wanted)
            )
            for mark, table in _TABLES.items()
        )
    )
    marked = {(row[0], row[1]) for row in await connection.execute(query)}
    return [
        ViewerListingState(
            each,
            has_liked=(Mark.LIKE.value, each) in marked,
            has_favourited=(Mark.FAVOURITE.value, each) in marked,
        )
        for each in ids
    ]
