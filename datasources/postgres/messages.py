"""Messages in the record: what decides whether one may be written, single ones, and pages in both directions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.postgres.connections import Database
from datasources.postgres.tables.messages import blocks, messages
from datasources.postgres.tables.moderation import suspensions
from domain.messages import Message, MessageStatus

_RECENT = timedelta(hours=1)
_MOST_RECENT = 20


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides whether somebody may write to somebody else, read at once."""

    earlier: Message | None
    """What the client's id stands for already."""
    earlier_digest: str | None
    is_blocked: bool
    is_suspended: bool
    has_answer: bool
    recent: tuple[str, ...]


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


async def standing(
    database: Database,
    sender_id: UUID,
    recipient_id: UUID,
    *,
    conversation_id: str | None,
    client_id: str,
    at: datetime,
) -> Standing:
    """How a sender stands towards a recipient, and what the client's id stands for."""
    earlier = sa.select(messages).where(messages.c.sender_id == sender_id, messages.c.client_message_id == client_id)
    recent = (
        sa.select(messages.c.body)
        .where(messages.c.sender_id == sender_id, messages.c.created_at > at - _RECENT)
        .order_by(messages.c.created_at.desc())
        .limit(_MOST_RECENT)
        .subquery()
    )
    answered = sa.exists().where(
        messages.c.conversation_id == (conversation_id or ""),
        messages.c.sender_id == recipient_id,
        messages.c.seq.is_not(None),
    )
    facts = sa.select(
        is_blocked_between(sender_id, recipient_id).label("is_blocked"),
        is_suspended_at(sender_id, at).label("is_suspended"),
        answered.label("has_answer"),
        sa.select(sa.func.array_agg(recent.c.body)).scalar_subquery().label("recent"),
    )

    async def run(connection: AsyncConnection) -> Standing:
        row = (await connection.execute(earlier)).one_or_none()
        told = (await connection.execute(facts)).one()
        return Standing(
            earlier=message_of(row) if row is not None else None,
            earlier_digest=row.digest if row is not None else None,
            is_blocked=told.is_blocked,
            is_suspended=told.is_suspended,
            has_answer=told.has_answer,
            recent=tuple(told.recent or ()),
        )

    return await database.read("messages.standing", run)


async def by_ids(database: Database, ids: Sequence[str]) -> list[Message | None]:
    """Messages in the order of the ids; whoever asks checks who may see them."""
    query = sa.select(messages).where(messages.c.message_id.in_(list(ids)))

    async def run(connection: AsyncConnection) -> list[Message | None]:
        by_id = {row.message_id: message_of(row) for row in await connection.execute(query)}
        return [by_id.get(each) for each in ids]

    return await database.read("messages.by-ids", run)


async def page_of(
    database: Database, conversation_id: str, *, most: int, after: int | None, before: int | None, is_from_end: bool
) -> list[Message]:
    """Up to so many numbered messages between two numbers, in order, taken from the beginning or from the end."""
    number = messages.c.seq
    query = sa.select(messages).where(messages.c.conversation_id == conversation_id, number.is_not(None))
    if after is not None:
        query = query.where(number > after)
    if before is not None:
        query = query.where(number < before)
    query = query.order_by(number.desc() if is_from_end else number).limit(most)

    async def run(connection: AsyncConnection) -> list[Message]:
        found = [message_of(row) for row in await connection.execute(query)]
        return found[::-1] if is_from_end else found

    return await database.read("messages.page", run)


async def newest_of(database: Database, ids: Sequence[str]) -> list[Message | None]:
    """The newest message of each conversation, in the order of the ids."""
    query = (
        sa.select(messages)
        .where(messages.c.conversation_id.in_(list(ids)), messages.c.seq.is_not(None))
        .order_by(messages.c.conversation_id, messages.c.seq.desc())
        .ext(distinct_on(messages.c.conversation_id))
    )

    async def run(connection: AsyncConnection) -> list[Message | None]:
        by_id = {row.conversation_id: message_of(row) for row in await connection.execute(query)}
        return [by_id.get(each) for each in ids]

    return await database.read("messages.newest", run)


def message_of(row: Any) -> Message:
    """The message of a row."""
    attachments = row.attachments
    return Message(
        message_id=row.message_id,
        conversation_id=row.conversation_id,
        seq=row.seq,
        sender_id=UUID(str(row.sender_id)),
        client_message_id=row.client_message_id,
        body=row.body,
        status=MessageStatus(row.status),
        attachments=tuple(orjson.loads(attachments) if isinstance(attachments, str) else attachments),
        about_id=row.about_id,
        created_at=row.created_at,
        edited_at=row.edited_at,
        deleted_at=row.deleted_at,
        edits=row.edits,
    )
