"""What accounts want to hear of, where that differs from what each kind chooses by itself."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.postgres.tables.notifications import notification_preferences as rows
from domain.mails import EVERY_KIND
from domain.notifications import Channel, Choice

Choices = Mapping[tuple[str, Channel], Choice]
"""By kind (or `all`) and channel."""


async def of_users(
    connection: AsyncConnection, user_ids: Sequence[UUID]
) -> dict[UUID, dict[tuple[str, Channel], Choice]]:
    """What each of these accounts chose; at most one row for each kind and channel."""
    found: dict[UUID, dict[tuple[str, Channel], Choice]] = {each: {} for each in user_ids}
    for row in await connection.execute(sa.select(rows).where(rows.c.user_id.in_(list(user_ids)))):
        found[row.user_id][row.kind, Channel(row.channel)] = Choice(row.is_on, row.updated_at)
    return found


async def is_switched_off(connection: AsyncConnection, user_id: UUID, kind: str, channel: Channel) -> bool:
    """Whether the newest choice about this kind, or about all of them, is not to hear of it on the channel."""
    query = (
        sa.select(rows.c.is_on)
        .where(rows.c.user_id == user_id, rows.c.kind.in_([kind, EVERY_KIND]), rows.c.channel == channel.value)
        .order_by(rows.c.updated_at.desc())
        .limit(1)
    )
    return (await connection.execute(query)).scalar() is False


async def save(
    connection: AsyncConnection, user_id: UUID, kind: str, channel: Channel, *, is_on: bool, now: datetime
) -> None:
    """Write a choice."""
    values = {"is_on": is_on, "updated_at": now}
    statement = insert(rows).values(user_id=user_id, kind=kind, channel=channel.value, **values)
    keys = [rows.c.user_id, rows.c.kind, rows.c.channel]
    await connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=values))
