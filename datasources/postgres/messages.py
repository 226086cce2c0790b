"""Messages in the record: single ones, the newest ones, and pages in both directions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.postgres.columns import Column, as_uuid, column
from datasources.postgres.connections import Database
from datasources.postgres.tables.messages import blocks, messages
from datasources.postgres.tables.moderation import suspensions
from datasources.record_parts import RecordParts
from domain.messages import Message, MessageStatus
from domain.selections import Fields


def _texts(stored: Any) -> tuple[str, ...]:
    return tuple(orjson.loads(stored) if isinstance(stored, str) else stored)


_columns = messages.c
MESSAGE: RecordParts[Message, Column] = RecordParts(
    Message,
    {
        "message_id": column(_columns.message_id),
        "conversation_id": column(_columns.conversation_id),
        "seq": column(_columns.seq),
        "sender_id": column(_columns.sender_id, as_uuid),
        "client_message_id": column(_columns.client_message_id),
        "body": column(_columns.body),
        "status": column(_columns.status, MessageStatus),
        "attachments": column(_columns.attachments, _texts),
        "about_id": column(_columns.about_id),
        "created_at": column(_columns.created_at),
        "edited_at": column(_columns.edited_at),
        "deleted_at": column(_columns.deleted_at),
        "edits": column(_columns.edits),
    },
    always=("message_id", "conversation_id", "seq", "sender_id", "status", "deleted_at"),
)


def is_blocked_between(one: Any, other: Any) -> sa.Exists:
    """Whether either of two will not hear of the other."""
    return sa.exists().where(
        sa.or_(
            sa.and_(blocks.c.blocker_id == one, blocks.c.blocked_id == other),
            sa.and_(blocks.c.blocker_id == other, blocks.c.blocked_id == one),
        )
    )


def is_suspended_at(user_id: Any, at: datetime) -> sa.Exists:
    """Whether somebody may not write."""
    return sa.exists().where(
        suspensions.c.user_id == user_id, sa.or_(suspensions.c.until_at.is_(None), suspensions.c.until_at > at)
    )


async def by_ids(database: Database, ids: Sequence[str], *, fields: Fields = None) -> list[Message | None]:
    """Messages in the order of the ids; whoever asks checks who may see them."""
    parts = MESSAGE.variant(fields)
    query = sa.select(*parts.sources).where(messages.c.message_id.in_(list(ids)))

    async def run(connection: AsyncConnection) -> list[Message | None]:
        by_id = {row.message_id: parts.record(row) for row in await connection.execute(query)}
        return [by_id.get(each) for each in ids]

    return await database.read("messages.by-ids", run)


async def page_of(
    database: Database,
    conversation_id: str,
    *,
    most: int,
    after: int | None,
    before: int | None,
    is_from_end: bool,
    fields: Fields = None,
) -> list[Message]:
    """Up to so many numbered messages between two numbers, in order, taken from the beginning or from the end."""
    number, parts = messages.c.seq, MESSAGE.variant(fields)
    query = sa.select(*parts.sources).where(messages.c.conversation_id == conversation_id, number.is_not(None))
    if after is not None:
        query = query.where(number > after)
    if before is not None:
        query = query.where(number < before)
    query = query.order_by(number.desc() if is_from_end else number).limit(most)

    async def run(connection: AsyncConnection) -> list[Message]:
        found = [parts.record(row) for row in await connection.execute(query)]
        return found[::-1] if is_from_end else found

    return await database.read("messages.page", run)


async def newest_of(database: Database, ids: Sequence[str], *, fields: Fields = None) -> list[Message | None]:
    """The newest message of each conversation, in the order of the ids."""
    parts = MESSAGE.variant(fields)
    query = (
        sa.select(*parts.sources)
        .where(messages.c.conversation_id.in_(list(ids)), messages.c.seq.is_not(None))
        .order_by(messages.c.conversation_id, messages.c.seq.desc())
        .ext(distinct_on(messages.c.conversation_id))
    )

    async def run(connection: AsyncConnection) -> list[Message | None]:
        by_id = {row.conversation_id: parts.record(row) for row in await connection.execute(query)}
        return [by_id.get(each) for each in ids]

    return await database.read("messages.newest", run)


def message_of(row: Any) -> Message:
    """The message of a whole row."""
    return MESSAGE.whole.record(row)
