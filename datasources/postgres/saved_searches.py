"""Saved searches in the record, and those that a changed listing may satisfy."""

from collections.abc import Collection, Sequence
from uuid import UUID

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.postgres.columns import Column, column
from datasources.postgres.connections import Database
from datasources.postgres.tables.saved_searches import saved_search_keys, saved_searches
from datasources.postgres.tables.users import users
from datasources.record_parts import RecordParts
from domain.money import Money
from domain.saved_searches import MOST_SAVED, SavedSearch, keys_of_search
from domain.search import ListingQuery
from domain.selections import Fields

_queries = TypeAdapter(ListingQuery)
_columns = saved_searches.c
SEARCH: RecordParts[SavedSearch, Column] = RecordParts(
    SavedSearch,
    {
        "search_id": column(_columns.search_id),
        "user_id": column(_columns.user_id),
        "name": column(_columns.name),
        "query": column(_columns.query, _queries.validate_python),
        "has_alerts": column(_columns.has_alerts),
        "created_at": column(_columns.created_at),
    },
    always=("search_id", "user_id"),
)


async def add(connection: AsyncConnection, search: SavedSearch) -> bool:
    """Keep a search; False when its account has as many as it may. The account's row is held meanwhile."""
    held = sa.select(users.c.user_id).where(users.c.user_id == search.user_id).with_for_update()
    await connection.execute(held)
    count = sa.select(sa.func.count()).select_from(saved_searches).where(saved_searches.c.user_id == search.user_id)
    if int((await connection.execute(count)).scalar_one()) >= MOST_SAVED:
        return False
    price = search.query.filter.price
    await connection.execute(
        sa.insert(saved_searches).values(
            search_id=search.search_id,
            user_id=search.user_id,
            name=search.name,
            query=_queries.dump_python(search.query, mode="json"),
            price_from=None if price is None or price.range.minimum is None else int(price.range.minimum),
            price_to=None if price is None or price.range.maximum is None else int(price.range.maximum),
            currency=None if price is None else price.currency,
            has_alerts=search.has_alerts,
            created_at=search.created_at,
        )
    )
    keys = [{"key": each, "search_id": search.search_id} for each in sorted(keys_of_search(search.query))]
    await connection.execute(sa.insert(saved_search_keys).values(keys))
    return True


async def remove(connection: AsyncConnection, user_id: UUID, search_id: str) -> bool:
    """Forget one of the account's searches; False where it has none of this id."""
    statement = sa.delete(saved_searches).where(
        saved_searches.c.search_id == search_id, saved_searches.c.user_id == user_id
    )
    return (await connection.execute(statement)).rowcount > 0


async def of_user(database: Database, user_id: UUID, *, fields: Fields = None) -> list[SavedSearch]:
    """The account's searches, the newest first; never more than it may have."""
    parts = SEARCH.variant(fields)
    query = (
        sa.select(*parts.sources)
        .where(saved_searches.c.user_id == user_id)
        .order_by(saved_searches.c.created_at.desc(), saved_searches.c.search_id.desc())
        .limit(MOST_SAVED)
    )

    async def run(connection: AsyncConnection) -> list[SavedSearch]:
        return [parts.record(row) for row in await connection.execute(query)]

    return await database.read("saved-searches.of-user", run)


async def by_ids(
    database: Database, user_id: UUID, ids: Sequence[str], *, fields: Fields = None
) -> list[SavedSearch | None]:
    """The account's own searches in the order of the ids; None for those of others."""
    parts = SEARCH.variant(fields)
    query = sa.select(*parts.sources).where(
        saved_searches.c.user_id == user_id, saved_searches.c.search_id.in_(list(ids))
    )

    async def run(connection: AsyncConnection) -> dict[str, SavedSearch]:
        return {row.search_id: parts.record(row) for row in await connection.execute(query)}

    found = await database.read("saved-searches.by-ids", run) if ids else {}
    return [found.get(each) for each in ids]


async def candidates(
    database: Database, keys: Collection[str], price: Money | None, *, after: str, most: int
) -> list[SavedSearch]:
    """Searches with alerts that stand under one of these keys and whose price fits, in order, for bounded walks."""
    rows = saved_searches.c
    ids = sa.select(saved_search_keys.c.search_id).where(
        saved_search_keys.c.key.in_(sorted(keys)), saved_search_keys.c.search_id > after
    )
    query = sa.select(saved_searches).where(rows.search_id.in_(ids), rows.has_alerts)
    if price is None:
        query = query.where(rows.currency.is_(None))
    else:
        query = query.where(
            sa.or_(
                rows.currency.is_(None),
                sa.and_(
                    rows.currency == price.currency,
                    sa.func.coalesce(rows.price_from, price.amount_minor) <= price.amount_minor,
                    sa.func.coalesce(rows.price_to, price.amount_minor) >= price.amount_minor,
                ),
            )
        )

    async def run(connection: AsyncConnection) -> list[SavedSearch]:
        return [
            SEARCH.whole.record(row) for row in await connection.execute(query.order_by(rows.search_id).limit(most))
        ]

    return await database.read("saved-searches.candidates", run)
