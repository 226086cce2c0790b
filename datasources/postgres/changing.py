"""Changing messages of the record: another text, a tombstone, or taken away by staff; those who watch are told."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.postgres import topics
from datasources.postgres.messages import message_of
from datasources.postgres.sending import Written
from datasources.postgres.tables.messages import conversations, message_edits, messages
from domain.messages import Message, MessageStatus
from domain.topics import NewEvent, conversation_topic


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
