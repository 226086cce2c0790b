"""Sending messages: one transaction gives a message its number, its events and the job that tells of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.postgres import jobs, topics
from datasources.postgres.connections import Database
from datasources.postgres.messages import is_blocked_between, is_suspended_at, message_of
from datasources.postgres.tables.messages import conversations, message_edits, messages, participants
from domain.messages import Message, MessageStatus
from domain.topics import NewEvent, TopicEvent, conversation_topic, inbox_topic

T = TypeVar("T")

MESSAGE_UNREAD = "notices.message-unread"
"""The job that tells somebody of a message that is still unread after a while; its payload is `{message}`."""

UNREAD_AFTER = timedelta(seconds=30)


class Obstacle(Enum):
    """Why a transaction wrote nothing."""

    TAKEN = "taken"
    """The client's id stands for a message already."""
    CLOSED = "closed"
    """A block or a suspension came first."""


async def attempt(database: Database, operation: str, work: Callable[[AsyncConnection], Awaitable[T]]) -> T | Obstacle:
    """What the work did in one transaction, or what stood in its way."""
    try:
        return await database.write(operation, work)
    except IntegrityError:
        return Obstacle.TAKEN
    except _NotOpenError:
        return Obstacle.CLOSED


class _NotOpenError(Exception):
    """Rolls the transaction back."""


@dataclass(frozen=True, slots=True)
class Written:
    """A message of the record and what those who watch are to be shown."""

    message: Message
    events: list[TopicEvent]


async def send(
    connection: AsyncConnection, message: Message, *, recipient_id: UUID, digest: str, at: datetime
) -> Written:
    """Write a message with the next number of its conversation. IntegrityError: the client's id is taken."""
    seq = await _next_number(connection, message, recipient_id=recipient_id, at=at)
    await _insert(connection, message, seq=seq, digest=digest)
    return await _deliver(connection, message, seq=seq, recipient_id=recipient_id, at=at)


async def hold(connection: AsyncConnection, message: Message, *, digest: str) -> None:
    """Write a message that has no number (yet); its sender finds the conversation in the list already."""
    await _insert(connection, message, seq=None, digest=digest)
    own = sa.and_(
        participants.c.conversation_id == message.conversation_id, participants.c.user_id == message.sender_id
    )
    first = sa.func.coalesce(participants.c.sorted_at, message.created_at)
    await connection.execute(sa.update(participants).where(own).values(sorted_at=first))


async def reject(connection: AsyncConnection, message: Message, *, digest: str) -> None:
    """Keep what the filter refused, for review; it is shown to nobody."""
    await _insert(connection, message, seq=None, digest=digest)


async def release(connection: AsyncConnection, message_id: str, *, at: datetime) -> Written | None:
    """Send a held message after all; None when it is not held (any more)."""
    query = (
        sa.select(messages, conversations.c.buyer_id, conversations.c.seller_id)
        .join(conversations, conversations.c.conversation_id == messages.c.conversation_id)
        .where(messages.c.message_id == message_id, messages.c.status == MessageStatus.HELD.value)
        .with_for_update(of=messages)
    )
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    message = message_of(row)
    recipient_id = UUID(str(row.seller_id if message.sender_id == row.buyer_id else row.buyer_id))
    seq = await _next_number(connection, message, recipient_id=recipient_id, at=at)
    await connection.execute(
        sa.update(messages)
        .where(messages.c.message_id == message_id)
        .values(seq=seq, status=MessageStatus.SENT.value, created_at=at)
    )
    return await _deliver(connection, message, seq=seq, recipient_id=recipient_id, at=at)


async def _next_number(connection: AsyncConnection, message: Message, *, recipient_id: UUID, at: datetime) -> int:
    """Hold the conversation's row; only then ask whether it is open, so that a block either sees us or stops us."""
    row = sa.select(conversations.c.last_seq).where(conversations.c.conversation_id == message.conversation_id)
    (await connection.execute(row.with_for_update())).one()
    place = (
        sa.update(conversations)
        .where(
            conversations.c.conversation_id == message.conversation_id,
            ~is_blocked_between(message.sender_id, recipient_id),
            ~is_suspended_at(message.sender_id, at),
        )
        .values(last_seq=conversations.c.last_seq + 1, version=conversations.c.version + 1, last_message_at=at)
        .returning(conversations.c.last_seq)
    )
    seq: int | None = (await connection.execute(place)).scalar()
    if seq is None:
        raise _NotOpenError
    return seq


async def _insert(connection: AsyncConnection, message: Message, *, seq: int | None, digest: str) -> None:
    await connection.execute(
        sa.insert(messages).values(
            message_id=message.message_id,
            conversation_id=message.conversation_id,
            seq=seq,
            sender_id=message.sender_id,
            client_message_id=message.client_message_id,
            digest=digest,
            body=message.body,
            status=message.status.value,
            attachments=list(message.attachments),
            about_id=message.about_id,
            created_at=message.created_at,
        )
    )


async def _deliver(
    connection: AsyncConnection, message: Message, *, seq: int, recipient_id: UUID, at: datetime
) -> Written:
    """Count it unread, tell both inboxes and the conversation, and have the recipient told if it stays unread."""
    is_other = sa.cast(participants.c.user_id != message.sender_id, sa.Integer)
    moved = (
        sa.update(participants)
        .where(participants.c.conversation_id == message.conversation_id)
        .values(unread=participants.c.unread + is_other, sorted_at=at, archived_at=None)
        .returning(participants.c.user_id, participants.c.unread, participants.c.muted_until)
    )
    people = {row.user_id: row for row in await connection.execute(moved)}
    payload = {
        "message": message.message_id,
        "conversation": message.conversation_id,
        "seq": seq,
        "sender": str(message.sender_id),
    }
    events = [NewEvent(conversation_topic(message.conversation_id), "sent", payload)]
    events += [
        NewEvent(inbox_topic(each), "message", payload | {"unread": people[each].unread})
        for each in (message.sender_id, recipient_id)
    ]
    appended = await topics.append_all(connection, events, at=at)
    muted_until = people[recipient_id].muted_until
    if muted_until is None or muted_until <= at:
        await jobs.enqueue(connection, MESSAGE_UNREAD, {"message": message.message_id}, delay=UNREAD_AFTER)
    return Written(replace(message, seq=seq, status=MessageStatus.SENT, created_at=at), appended)


async def change(
    connection: AsyncConnection, message_id: str, *, body: str, changes: dict[str, Any], kind: str, at: datetime
) -> Written | None:
    """Put another text in the place of a message's, keep the earlier one, and tell those who watch.

    None when there is no such message, or it is a tombstone already.
    """
    found = await connection.execute(
        sa.select(messages)
        .where(messages.c.message_id == message_id, messages.c.deleted_at.is_(None))
        .with_for_update()
    )
    row = found.one_or_none()
    if row is None:
        return None
    earlier = sa.insert(message_edits).values(
        message_id=message_id, number=row.edits + 1, body=row.body, replaced_at=at
    )
    await connection.execute(earlier)
    values = {"body": body, "edits": row.edits + 1, **changes}
    update = sa.update(messages).where(messages.c.message_id == message_id).values(**values).returning(*messages.c)
    message = message_of((await connection.execute(update)).one())
    return await _announce(connection, message, kind=kind, at=at)


async def hide(connection: AsyncConnection, message_id: str, *, at: datetime) -> Written | None:
    """Take a message away from everybody, as staff decided; its text stays in the record. None when it is gone."""
    statement = (
        sa.update(messages)
        .where(messages.c.message_id == message_id, messages.c.status != MessageStatus.HIDDEN.value)
        .values(status=MessageStatus.HIDDEN.value)
        .returning(*messages.c)
    )
    row = (await connection.execute(statement)).one_or_none()
    return await _announce(connection, message_of(row), kind="hidden", at=at) if row is not None else None


async def _announce(connection: AsyncConnection, message: Message, *, kind: str, at: datetime) -> Written:
    """Let copies of the conversation's messages be outdated, and tell those who watch."""
    await connection.execute(
        sa.update(conversations)
        .where(conversations.c.conversation_id == message.conversation_id)
        .values(version=conversations.c.version + 1)
    )
    if message.seq is None:
        return Written(message, [])
    payload = {"message": message.message_id, "conversation": message.conversation_id, "seq": message.seq}
    event = NewEvent(conversation_topic(message.conversation_id), kind, payload)
    return Written(message, await topics.append_all(connection, [event], at=at))
