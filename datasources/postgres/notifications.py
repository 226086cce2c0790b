"""Notifications in the record: each cause told once, groups that grow while unread, and what was read."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.postgres.columns import Column, column
from datasources.postgres.connections import Database
from datasources.postgres.tables.notifications import notification_causes, notifications
from datasources.postgres.tables.users import users
from datasources.record_parts import RecordParts
from domain.notifications import KIND_BY_CODE, Cause, Notification, NotificationKind
from domain.pages import CursorValue, Slice
from domain.selections import Fields

Connection = AsyncConnection
"""For services that do several things in one transaction."""

READ = "read"
"""The event of notifications that were read."""

_MICROSECONDS = 1_000_000
_columns = notifications.c
NOTIFICATION: RecordParts[Notification, Column] = RecordParts(
    Notification,
    {
        "notification_id": column(_columns.notification_id),
        "user_id": column(_columns.user_id),
        "kind": column(_columns.kind, KIND_BY_CODE.__getitem__),
        "count": column(_columns["count"]),
        "facts": column(_columns.facts),
        "created_at": column(_columns.created_at),
        "updated_at": column(_columns.updated_at),
        "read_at": column(_columns.read_at),
    },
    always=("notification_id", "updated_at"),
)


@dataclass(frozen=True, slots=True)
class Told:
    """A notification as a cause left it; `is_new` where it opened the group."""

    notification_id: str
    user_id: UUID
    count: int
    is_new: bool


async def first_told(
    connection: AsyncConnection, cause_key: str, user_ids: Collection[UUID], *, now: datetime
) -> list[UUID]:
    """Which of these accounts have not been told of the cause before; they count as told with this transaction."""
    known = sa.select(users.c.user_id, sa.literal(cause_key), sa.literal(now)).where(
        users.c.user_id.in_(list(user_ids))
    )
    statement = insert(notification_causes).from_select(
        ["user_id", "cause", "told_at"], known.order_by(users.c.user_id)
    )
    told = await connection.execute(statement.on_conflict_do_nothing().returning(notification_causes.c.user_id))
    return sorted(told.scalars())


async def add(
    connection: AsyncConnection, cause: Cause, ids: Sequence[tuple[UUID, str]], *, now: datetime
) -> list[Told]:
    """Show the cause to accounts, each with the id that a new notification would have."""
    if not ids:
        return []
    group = cause.group if cause.kind.value.grouped is not None else cause.key
    values = [
        {
            "notification_id": notification_id,
            "user_id": user_id,
            "kind": cause.kind.code,
            "group_key": group,
            "count": cause.count,
            "facts": dict(cause.facts),
            "created_at": now,
            "updated_at": now,
        }
        for user_id, notification_id in sorted(ids)
    ]
    statement = insert(notifications).values(values)
    shown = notifications.c
    upsert = statement.on_conflict_do_update(
        index_elements=[shown.user_id, shown.kind, shown.group_key],
        index_where=sa.text("read_at is null"),
        set_={
            "count": shown.count + statement.excluded.count,
            "facts": statement.excluded.facts,
            "updated_at": statement.excluded.updated_at,
        },
    ).returning(shown.notification_id, shown.user_id, shown.count)
    new = {notification_id for _, notification_id in ids}
    found = (await connection.execute(upsert)).mappings()
    return [Told(row["notification_id"], row["user_id"], row["count"], row["notification_id"] in new) for row in found]


async def mark_read(
    connection: AsyncConnection, user_id: UUID, ids: Sequence[str] | None, *, up_to: datetime
) -> list[str]:
    """Mark these, or everything told up to a moment, as read; the ids of those that were not."""
    shown = notifications.c
    unread = sa.select(shown.notification_id).where(shown.user_id == user_id, shown.read_at.is_(None))
    unread = unread.where(shown.updated_at <= up_to) if ids is None else unread.where(shown.notification_id.in_(ids))
    held = unread.order_by(shown.notification_id).with_for_update()
    statement = sa.update(notifications).where(shown.notification_id.in_(held)).values(read_at=up_to)
    return [row[0] for row in await connection.execute(statement.returning(shown.notification_id))]


async def mark_conversation_read(
    connection: AsyncConnection, user_id: UUID, conversation_id: str, *, at: datetime
) -> int:
    """Mark what an account was told of a conversation's messages as read, since it has read them; how many."""
    shown = notifications.c
    unread = sa.select(shown.notification_id).where(
        shown.user_id == user_id,
        shown.kind == NotificationKind.NEW_MESSAGE.code,
        shown.read_at.is_(None),
        shown.group_key.startswith(f"{conversation_id}:", autoescape=True),
    )
    held = unread.order_by(shown.notification_id).with_for_update()
    statement = sa.update(notifications).where(shown.notification_id.in_(held)).values(read_at=at)
    return (await connection.execute(statement)).rowcount


async def unread_count(database: Database, user_id: UUID) -> int:
    """How many notifications stand unread."""
    query = (
        sa.select(sa.func.count())
        .select_from(notifications)
        .where(notifications.c.user_id == user_id, notifications.c.read_at.is_(None))
    )

    async def run(connection: AsyncConnection) -> int:
        return int((await connection.execute(query)).scalar_one())

    return await database.read("notifications.unread", run)


async def page_of_user(
    database: Database, user_id: UUID, wanted: Slice, *, fields: Fields = None
) -> list[Notification]:
    """What an account was told, the newest first, one more than wanted; the key is that of :func:`place_of`."""
    shown, parts = notifications.c, NOTIFICATION.variant(fields)
    query = sa.select(*parts.sources).where(shown.user_id == user_id)
    if wanted.after is not None:
        stamp, notification_id = wanted.after
        micros = stamp if isinstance(stamp, int) else 0
        seconds, rest = divmod(micros, _MICROSECONDS)
        before = datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest)
        query = query.where(sa.tuple_(shown.updated_at, shown.notification_id) < sa.tuple_(before, notification_id))
    query = query.order_by(shown.updated_at.desc(), shown.notification_id.desc()).limit(wanted.first + 1)

    async def run(connection: AsyncConnection) -> list[Notification]:
        return [parts.record(row) for row in await connection.execute(query)]

    return await database.read("notifications.page", run)


def place_of(notification: Notification) -> tuple[CursorValue, ...]:
    """Where a notification stands in its account's list."""
    at = notification.updated_at
    return (int(at.timestamp()) * _MICROSECONDS + at.microsecond, notification.notification_id)


async def by_ids(
    database: Database, user_id: UUID, ids: Sequence[str], *, fields: Fields = None
) -> list[Notification | None]:
    """The account's own notifications in the order of the ids; None for those of others."""
    parts = NOTIFICATION.variant(fields)
    query = sa.select(*parts.sources).where(
        notifications.c.user_id == user_id, notifications.c.notification_id.in_(list(ids))
    )

    async def run(connection: AsyncConnection) -> dict[str, Notification]:
        return {row.notification_id: parts.record(row) for row in await connection.execute(query)}

    found = await database.read("notifications.by-ids", run) if ids else {}
    return [found.get(each) for each in ids]
