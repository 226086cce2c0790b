"""Conversations in the record: begun once, listed by their two people, and how far each of them has come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.postgres import notifications, topics
from datasources.postgres.columns import Column, as_uuid, column
from datasources.postgres.connections import Database
from datasources.postgres.tables.listings import listings_meta
from datasources.postgres.tables.messages import conversations, messages, participants
from datasources.postgres.tables.users import profiles, users
from datasources.record_parts import Part, RecordParts
from domain.conversations import Conversation, ConversationRole, ConversationState, Participant
from domain.pages import Slice
from domain.selections import Fields
from domain.topics import NewEvent, TopicEvent, conversation_topic, inbox_topic, notices_topic


class _Rows:
    """The rows of one conversation, one for each of its people: the first is read for what both have."""

    def __init__(self, rows: Sequence[Any]) -> None:
        self.rows = rows

    def __getattr__(self, name: str) -> Any:
        return getattr(self.rows[0], name)


_columns, _people = conversations.c, participants.c
CONVERSATION: RecordParts[Conversation, Column] = RecordParts(
    Conversation,
    {
        "conversation_id": column(_columns.conversation_id),
        "listing_id": column(_columns.listing_id),
        "buyer_id": column(_columns.buyer_id, as_uuid),
        "seller_id": column(_columns.seller_id, as_uuid),
        "last_seq": column(_columns.last_seq),
        "version": column(_columns.version),
        "created_at": column(_columns.created_at),
        "last_message_at": column(_columns.last_message_at),
        "participants": Part(
            tuple(each for each in _people if each is not _people.conversation_id),
            lambda found: tuple(map(participant_of, found.rows)),
        ),
    },
    always=("conversation_id", "listing_id", "buyer_id", "seller_id", "last_seq", "version"),
)


@dataclass(frozen=True, slots=True)
class ListingOwner:
    """Whose listing it is; without an account nobody can be written to."""

    user_id: UUID | None
    title: str


async def owner_of_listing(database: Database, listing_id: str) -> ListingOwner | None:
    """Whose published listing this is; None for one that is not there."""
    query = (
        sa.select(users.c.user_id, listings_meta.c.title)
        .select_from(
            listings_meta.outerjoin(profiles, profiles.c.profile_id == listings_meta.c.seller_profile_id).outerjoin(
                users, users.c.external_id == profiles.c.external_id
            )
        )
        .where(listings_meta.c.listing_id == listing_id, listings_meta.c.deleted_at.is_(None))
        .order_by(users.c.created_at)
        .limit(1)
    )

    async def run(connection: AsyncConnection) -> ListingOwner | None:
        row = (await connection.execute(query)).one_or_none()
        return ListingOwner(row.user_id, row.title) if row is not None else None

    return await database.read("conversations.owner", run)


async def id_of(database: Database, listing_id: str, *, buyer_id: UUID, seller_id: UUID) -> str | None:
    """The conversation of these three, once it has begun."""
    query = sa.select(conversations.c.conversation_id).where(
        conversations.c.listing_id == listing_id,
        conversations.c.buyer_id == buyer_id,
        conversations.c.seller_id == seller_id,
    )

    async def run(connection: AsyncConnection) -> str | None:
        found: str | None = (await connection.execute(query)).scalar()
        return found

    return await database.read("conversations.id", run)


async def begin(
    connection: AsyncConnection, conversation_id: str, *, listing_id: str, buyer_id: UUID, seller_id: UUID, at: datetime
) -> str:
    """The id of the one conversation of these three, ours when it is new."""
    row = insert(conversations).values(
        conversation_id=conversation_id, listing_id=listing_id, buyer_id=buyer_id, seller_id=seller_id, created_at=at
    )
    # An update that changes nothing waits for whoever is beginning the same one, and gives its id.
    key = ["listing_id", "buyer_id", "seller_id"]
    begun = row.on_conflict_do_update(index_elements=key, set_={"listing_id": listing_id})
    found: str = (await connection.execute(begun.returning(conversations.c.conversation_id))).scalar_one()
    people = ((buyer_id, ConversationRole.BUYER), (seller_id, ConversationRole.SELLER))
    values = [{"conversation_id": found, "user_id": person, "role": role.value} for person, role in people]
    await connection.execute(insert(participants).values(values).on_conflict_do_nothing())
    return found


async def by_ids(database: Database, ids: Sequence[str], *, fields: Fields = None) -> list[Conversation | None]:
    """Conversations in the order of the ids, with their two people where these are among the fields.

    Whoever asks checks who may see them.
    """
    parts = CONVERSATION.variant(fields)
    has_people = "participants" in parts.fields
    query = sa.select(*parts.sources).where(conversations.c.conversation_id.in_(list(ids)))
    if has_people:
        query = query.join(participants, participants.c.conversation_id == conversations.c.conversation_id)
        query = query.order_by(conversations.c.conversation_id, participants.c.role)

    async def run(connection: AsyncConnection) -> list[Conversation | None]:
        rows: dict[str, list[Any]] = {}
        for row in await connection.execute(query):
            rows.setdefault(row.conversation_id, []).append(row)
        return [parts.record(_Rows(rows[each])) if each in rows else None for each in ids]

    return await database.read("conversations.by-ids", run)


async def page_of(
    database: Database, user_id: UUID, wanted: Slice, *, state: ConversationState
) -> list[tuple[tuple[float, str], str]]:
    """Ids of somebody's conversations with their keys, the newest message first, one more than wanted."""
    own = participants.c
    moment = sa.func.round(sa.extract("epoch", own.sorted_at) * 1_000_000)
    query = (
        sa.select(own.conversation_id, moment.label("moment"))
        .where(own.user_id == user_id, own.sorted_at.is_not(None))
        .order_by(own.sorted_at.desc(), own.conversation_id.desc())
        .limit(wanted.first + 1)
    )
    match state:
        case ConversationState.ACTIVE:
            query = query.where(own.archived_at.is_(None))
        case ConversationState.ARCHIVED:
            query = query.where(own.archived_at.is_not(None))
        case ConversationState.UNREAD:
            query = query.where(own.unread > 0)
        case ConversationState.ALL:
            pass
    if wanted.after is not None:
        microseconds, conversation_id = wanted.after
        query = query.where(sa.tuple_(moment, own.conversation_id) < sa.tuple_(microseconds, conversation_id))

    async def run(connection: AsyncConnection) -> list[tuple[tuple[float, str], str]]:
        return [
            ((int(row.moment), row.conversation_id), row.conversation_id) for row in await connection.execute(query)
        ]

    return await database.read("conversations.page", run)


async def unread_of(database: Database, user_id: UUID) -> int:
    """All unread messages of somebody."""
    query = sa.select(sa.func.coalesce(sa.func.sum(participants.c.unread), 0)).where(
        participants.c.user_id == user_id, participants.c.unread > 0
    )

    async def run(connection: AsyncConnection) -> int:
        return int((await connection.execute(query)).scalar_one())

    return await database.read("conversations.unread", run)


@dataclass(frozen=True, slots=True)
class Marked:
    """How far somebody has come after a mark, and the events if it moved."""

    participant: Participant
    events: list[TopicEvent]


async def mark(
    connection: AsyncConnection, conversation_id: str, user_id: UUID, *, up_to: int, is_read: bool, at: datetime
) -> Marked | None:
    """Move somebody's marks forward, never back and never beyond the newest message; None for who is no member."""
    newest = (
        await connection.execute(
            sa.select(conversations.c.last_seq)
            .where(conversations.c.conversation_id == conversation_id)
            .with_for_update()  # a message that is being sent counts after us or before us, not in between
        )
    ).scalar()
    own = sa.and_(participants.c.conversation_id == conversation_id, participants.c.user_id == user_id)
    before = (await connection.execute(sa.select(participants).where(own))).one_or_none()
    if newest is None or before is None:
        return None
    seq = min(up_to, newest)
    read = max(before.last_read_seq, seq) if is_read else before.last_read_seq
    delivered = max(before.last_delivered_seq, seq, read)
    if (read, delivered) == (before.last_read_seq, before.last_delivered_seq):
        return Marked(participant_of(before), [])
    values: dict[str, Any] = {"last_read_seq": read, "last_delivered_seq": delivered}
    if read != before.last_read_seq:
        values["unread"] = unread_beyond(conversation_id, user_id, read)
    row = (
        await connection.execute(sa.update(participants).where(own).values(**values).returning(*participants.c))
    ).one()
    payload = {"user": str(user_id), "conversation": conversation_id, "read": read, "delivered": delivered}
    events = [NewEvent(conversation_topic(conversation_id), "marked", payload)]
    if read != before.last_read_seq:
        events.append(NewEvent(inbox_topic(user_id), "read", payload | {"unread": row.unread}))
        if not row.unread and (
            count := await notifications.mark_conversation_read(connection, user_id, conversation_id, at=at)
        ):
            events.append(NewEvent(notices_topic(user_id), notifications.READ, {"count": count}))
    return Marked(participant_of(row), await topics.append_all(connection, events, at=at))


def unread_beyond(conversation_id: Any, user_id: Any, read: Any) -> sa.ScalarSelect[int]:
    """How many messages of the other lie beyond what was read."""
    return (
        sa.select(sa.func.count())
        .select_from(messages)
        .where(
            messages.c.conversation_id == conversation_id,
            messages.c.seq > read,
            messages.c.sender_id != user_id,
        )
        .scalar_subquery()
    )


async def shelve(
    connection: AsyncConnection, conversation_id: str, user_id: UUID, *, changes: dict[str, datetime | None]
) -> bool:
    """Archive or mute a conversation for one of the two; False for who is no member."""
    own = sa.and_(participants.c.conversation_id == conversation_id, participants.c.user_id == user_id)
    return (await connection.execute(sa.update(participants).where(own).values(**changes))).rowcount > 0


async def correct_unread(connection: AsyncConnection, *, after: str, most: int) -> tuple[str, int, int]:
    """Count a batch of conversations anew: the last one counted, how many there were, how many marks were wrong."""
    ids = [
        row[0]
        for row in await connection.execute(
            sa.select(conversations.c.conversation_id)
            .where(conversations.c.conversation_id > after)
            .order_by(conversations.c.conversation_id)
            .limit(most)
            .with_for_update()
        )
    ]
    right = unread_beyond(participants.c.conversation_id, participants.c.user_id, participants.c.last_read_seq)
    done = await connection.execute(
        sa.update(participants)
        .where(participants.c.conversation_id.in_(ids), participants.c.unread != right)
        .values(unread=right)
    )
    return (ids[-1] if ids else "", len(ids), done.rowcount)


def participant_of(row: Any) -> Participant:
    """One of the two."""
    return Participant(
        conversation_id=row.conversation_id,
        user_id=UUID(str(row.user_id)),
        role=ConversationRole(row.role),
        last_delivered_seq=row.last_delivered_seq,
        last_read_seq=row.last_read_seq,
        unread=row.unread,
        sorted_at=row.sorted_at,
        archived_at=row.archived_at,
        muted_until=row.muted_until,
    )
