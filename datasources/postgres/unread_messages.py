"""Whether a message still waits to be read by somebody who wants to hear of it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.postgres.connections import Database
from datasources.postgres.messages import is_blocked_between
from datasources.postgres.tables.messages import conversations, messages, participants
from domain.messages import MessageStatus


@dataclass(frozen=True, slots=True)
class UnreadMessage:
    """A message that its recipient has not read."""

    message_id: str
    conversation_id: str
    listing_id: str
    recipient_id: UUID
    last_read_seq: int


async def unread_message(database: Database, message_id: str, *, now: datetime) -> UnreadMessage | None:
    """The message if its recipient has not read it and has neither muted the conversation nor blocked the sender."""
    query = (
        sa.select(
            messages.c.conversation_id, conversations.c.listing_id, participants.c.user_id, participants.c.last_read_seq
        )
        .join(conversations, conversations.c.conversation_id == messages.c.conversation_id)
        .join(
            participants,
            sa.and_(
                participants.c.conversation_id == messages.c.conversation_id,
                participants.c.user_id != messages.c.sender_id,
            ),
        )
        .where(
            messages.c.message_id == message_id,
            messages.c.status == MessageStatus.SENT.value,
            messages.c.deleted_at.is_(None),
            messages.c.seq > participants.c.last_read_seq,
            sa.or_(participants.c.muted_until.is_(None), participants.c.muted_until <= now),
            ~is_blocked_between(messages.c.sender_id, participants.c.user_id),
        )
        .limit(1)
    )

    async def run(connection: AsyncConnection) -> UnreadMessage | None:
        row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        return UnreadMessage(message_id, row.conversation_id, row.listing_id, row.user_id, row.last_read_seq)

    return await database.read("messages.unread-one", run)
