"""The link from a public profile in content to the account behind it (S1-049), as content tells it."""

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.postgres.tables.users import profiles
from domain.users import PublicUser


async def copy(connection: AsyncConnection, found: Mapping[str, PublicUser | None]) -> list[str]:
    """Copy what content says of profiles, never older over newer; None for one that it no longer publishes.

    Gives the ids refused because another profile holds their account or handle: the first keeps it until a person
    decides.
    """
    # In the order of ids, so that two workers never wait for each other in a circle.
    return [each for each in sorted(found) if not await _copy(connection, each, found[each])]


async def _copy(connection: AsyncConnection, profile_id: str, profile: PublicUser | None) -> bool:
    if profile is None:
        await connection.execute(sa.delete(profiles).where(profiles.c.profile_id == profile_id))
        return True
    values = {
        "external_id": profile.external_id,
        "handle": profile.handle,
        "kind": profile.kind.value,
        "content_updated_at": profile.updated_at,
    }
    statement = insert(profiles).values(profile_id=profile_id, **values)
    statement = statement.on_conflict_do_update(
        index_elements=[profiles.c.profile_id],
        set_=values,
        where=statement.excluded.content_updated_at >= profiles.c.content_updated_at,
    )
    try:
        async with connection.begin_nested():
            await connection.execute(statement)
    except IntegrityError:
        return False
    return True
