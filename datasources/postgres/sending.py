"""Sending messages: one transaction gives messages their numbers, their events and the jobs that tell of them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import orjson
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.postgres import jobs, topics
from datasources.postgres.connections import Database, bare_driver_of, driver_of
from datasources.postgres.messages import message_of
from datasources.postgres.tables.messages import conversations, messages, participants
from domain.messages import Message, MessageStatus
from domain.topics import NewEvent, TopicEvent, conversation_topic, inbox_topic

T = TypeVar("T")

_HOLD = "select conversation_id from conversations where conversation_id = any($1::text[]) order by 1 for update"
_HOLD_FREE = f"{_HOLD} skip locked"
_PLACE = """
with given as (
  select * from unnest($2::text[], $3::text[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::jsonb[],
    $10::text[]) as given(message_id, conversation_id, sender_id, recipient_id, client_message_id, digest, body,
    attachments, about_id)
), placed as (
  update conversations c set last_seq = c.last_seq + 1, version = c.version + 1, last_message_at = $1
  from given where c.conversation_id = given.conversation_id
    and not exists (
      select 1 from blocks b where (b.blocker_id = given.sender_id and b.blocked_id = given.recipient_id)
        or (b.blocker_id = given.recipient_id and b.blocked_id = given.sender_id)
    ) and not exists (
      select 1 from suspensions s where s.user_id = given.sender_id and (s.until_at is null or s.until_at > $1)
    ) and not exists (
      select 1 from messages m where m.sender_id = given.sender_id and m.client_message_id = given.client_message_id
        and m.message_id <> given.message_id
    )
  returning c.conversation_id, c.last_seq
), written as (
  insert into messages (message_id, conversation_id, seq, sender_id, client_message_id, digest, body, status,
    attachments, about_id, created_at)
  select given.message_id, conversation_id, placed.last_seq, given.sender_id, given.client_message_id, given.digest,
    given.body, 'sent', given.attachments, given.about_id, $1
  from given join placed using (conversation_id)
  on conflict (message_id) do update set seq = excluded.seq, status = excluded.status, created_at = excluded.created_at
), counted as (
  update participants p set unread = p.unread + (p.user_id <> given.sender_id)::int, sorted_at = $1, archived_at = null
  from given join placed using (conversation_id) where p.conversation_id = given.conversation_id
  returning p.conversation_id, p.user_id, p.unread, p.muted_until
)
select counted.conversation_id, counted.user_id, counted.unread, counted.muted_until, placed.last_seq
from counted join placed using (conversation_id)
"""
"""Numbers, messages and unread counts of conversations that are held and open; a message that was held back is there
already and only gets its number. Whatever is missing in the answer was not written."""

MESSAGE_UNREAD = "notices.message-unread"
"""The job that tells somebody of a message that is still unread after a while; its payload is `{message}`."""

NOTICE_AFTER = timedelta(seconds=30)


class Obstacle(Enum):
    """Why a message was not written."""

    TAKEN = "taken"
    """The client's id stands for a message already."""
    CLOSED = "closed"
    """A block, a suspension, or the same client's id came first."""
    BUSY = "busy"
    """Somebody else is writing to the conversation at this moment."""


async def attempt(database: Database, operation: str, work: Callable[[AsyncConnection], Awaitable[T]]) -> T | Obstacle:
    """What the work did in one transaction, or what stood in its way."""
    try:
        return await database.write(operation, work)
    except (IntegrityError, asyncpg.UniqueViolationError):
        return Obstacle.TAKEN
    except _ObstacleError as error:
        return error.obstacle


class _ObstacleError(Exception):
    """Rolls the transaction back."""

    def __init__(self, obstacle: Obstacle) -> None:
        super().__init__(obstacle.value)
        self.obstacle = obstacle


@dataclass(frozen=True, slots=True)
class Written:
    """A message of the record and what those who watch are to be shown."""

    message: Message
    events: list[TopicEvent]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message on its way to its recipient; `digest` tells a retry from another message under the same id."""

    message: Message
    recipient_id: UUID
    digest: str
    notice_after: timedelta = NOTICE_AFTER
    """So long the recipient has to see it by themselves, before they are told."""


async def send(connection: AsyncConnection, outgoing: Outgoing, *, at: datetime) -> Written:
    """Write one message with the next number of its conversation, which has begun.

    Where a block, a suspension or the client's id is in the way, the transaction is rolled back: see :func:`attempt`.
    """
    (written,) = await send_all(connection, [outgoing], at=at, is_patient=True)
    if isinstance(written, Obstacle):
        raise _ObstacleError(written)
    return written


async def send_together(
    database: Database, outgoing: Sequence[Outgoing], *, clock: Callable[[], datetime]
) -> list[Written | Obstacle]:
    """Write messages of different conversations in one transaction, or each in its own where one id is taken."""

    async def run(connection: AsyncConnection) -> list[Written | Obstacle]:
        raw = await bare_driver_of(connection)
        async with raw.transaction():
            return await send_all(connection, outgoing, at=clock(), is_patient=False)

    outcomes = await attempt(database, "messages.send", run)
    if not isinstance(outcomes, Obstacle):
        return outcomes
    if len(outgoing) == 1:
        return [outcomes]
    return [(await send_together(database, [each], clock=clock))[0] for each in outgoing]


async def send_all(
    connection: AsyncConnection, outgoing: Sequence[Outgoing], *, at: datetime, is_patient: bool
) -> list[Written | Obstacle]:
    """Write messages of different conversations, each with the next number of its own; the outcomes in their order.

    The conversations' rows are held first; only then it is asked whether they are open, so that a block either sees us
    or stops us. One that somebody else holds is BUSY, unless `is_patient` waits for it.
    """
    raw = await driver_of(connection)
    ids = [each.message.conversation_id for each in outgoing]
    held = {row[0] for row in await raw.fetch(_HOLD if is_patient else _HOLD_FREE, ids)}
    free = [each for each in outgoing if each.message.conversation_id in held]
    places: dict[str, dict[UUID, Any]] = {}
    for row in await raw.fetch(_PLACE, at, *_columns(free)) if free else ():
        places.setdefault(row["conversation_id"], {})[row["user_id"]] = row
    placed = [each for each in free if each.message.conversation_id in places]
    events, loud = [], []
    for each in placed:
        people = places[each.message.conversation_id]
        events += _events(each, people)
        muted_until = people[each.recipient_id]["muted_until"]
        if muted_until is None or muted_until <= at:
            loud.append(({"message": each.message.message_id}, each.notice_after))
    await jobs.enqueue_all(connection, MESSAGE_UNREAD, loud)
    # Last and at once, as topics want it: their rows are locked until the commit.
    appended = await topics.append_all(connection, events, at=at)
    outcomes: list[Written | Obstacle] = []
    for each in outgoing:
        conversation_id = each.message.conversation_id
        if conversation_id not in places:
            outcomes.append(Obstacle.CLOSED if conversation_id in held else Obstacle.BUSY)
            continue
        seq = places[conversation_id][each.recipient_id]["last_seq"]
        mine = [event for event in appended if event.payload["message"] == each.message.message_id]
        message = replace(each.message, seq=seq, status=MessageStatus.SENT, created_at=at)
        outcomes.append(Written(message, mine))
    return outcomes


def _columns(outgoing: Sequence[Outgoing]) -> list[list[Any]]:
    messages_of = [each.message for each in outgoing]
    return [
        [each.message_id for each in messages_of],
        [each.conversation_id for each in messages_of],
        [each.sender_id for each in messages_of],
        [each.recipient_id for each in outgoing],
        [each.client_message_id for each in messages_of],
        [each.digest for each in outgoing],
        [each.body for each in messages_of],
        [orjson.dumps(each.attachments).decode() for each in messages_of],
        [each.about_id for each in messages_of],
    ]


def _events(outgoing: Outgoing, people: Mapping[UUID, Any]) -> list[NewEvent]:
    """What the conversation and both inboxes are shown."""
    message = outgoing.message
    payload = {
        "message": message.message_id,
        "conversation": message.conversation_id,
        "seq": people[outgoing.recipient_id]["last_seq"],
        "sender": str(message.sender_id),
    }
    return [
        NewEvent(conversation_topic(message.conversation_id), "sent", payload),
        *(
            NewEvent(inbox_topic(each), "message", payload | {"unread": people[each]["unread"]})
            for each in (message.sender_id, outgoing.recipient_id)
        ),
    ]


async def hold(connection: AsyncConnection, message: Message, *, digest: str) -> None:
    """Write a message that has no number (yet); its sender finds the conversation in the list already."""
    await _insert(connection, message, digest=digest)
    own = sa.and_(
        participants.c.conversation_id == message.conversation_id, participants.c.user_id == message.sender_id
    )
    first = sa.func.coalesce(participants.c.sorted_at, message.created_at)
    await connection.execute(sa.update(participants).where(own).values(sorted_at=first))


async def reject(connection: AsyncConnection, message: Message, *, digest: str) -> None:
    """Keep what the filter refused, for review; it is shown to nobody."""
    await _insert(connection, message, digest=digest)


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
    outgoing = Outgoing(message=message, recipient_id=recipient_id, digest=row.digest)
    return await send(connection, outgoing, at=at)


async def _insert(connection: AsyncConnection, message: Message, *, digest: str) -> None:
    """A message without a number."""
    await connection.execute(
        sa.insert(messages).values(
            message_id=message.message_id,
            conversation_id=message.conversation_id,
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
