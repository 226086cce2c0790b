"""The last messages of conversations, kept close: a copy counts only while the conversation's version is the same."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from redis.asyncio import Redis

from datasources.redis.connections import LiveState
from domain.messages import Message, MessageStatus
from domain.problems import UpstreamUnavailableError

MOST_RECENT = 50
_KEPT_SECONDS = 3_600


def _key(conversation_id: str) -> str:
    return f"gavel:recent:{conversation_id}"


async def recent(live: LiveState, conversation_id: str, *, version: int) -> list[Message] | None:
    """The last messages as of exactly this version; None where they have to be read from the record."""

    async def work(redis: Redis) -> Any:
        return await redis.get(_key(conversation_id))

    try:
        found = await live.call("messages.recent", work)
    except UpstreamUnavailableError:
        return None
    if found is None:
        return None
    kept_version, lines = orjson.loads(found)
    return [_read(conversation_id, each) for each in lines] if kept_version == version else None


async def keep_recent(live: LiveState, conversation_id: str, messages: Sequence[Message], *, version: int) -> None:
    """Keep the last messages as of a version; an older copy that comes late is never taken for a newer one."""
    text = orjson.dumps([version, [_write(each) for each in messages]])

    async def work(redis: Redis) -> Any:
        return await redis.set(_key(conversation_id), text, ex=_KEPT_SECONDS)

    try:
        await live.call("messages.keep", work)
    except UpstreamUnavailableError:
        return


def _write(message: Message) -> list[Any]:
    return [
        message.message_id,
        message.seq,
        str(message.sender_id),
        message.client_message_id,
        message.body,
        message.status.value,
        list(message.attachments),
        message.about_id,
        message.created_at,
        message.edited_at,
        message.deleted_at,
        message.edits,
    ]


def _read(conversation_id: str, line: list[Any]) -> Message:
    message_id, seq, sender, client_id, body, status, attachments, about, created, edited, deleted, edits = line
    blank = Message(
        message_id=message_id,
        conversation_id=conversation_id,
        seq=seq,
        sender_id=UUID(sender),
        client_message_id=client_id,
        body=body,
        status=MessageStatus(status),
        attachments=tuple(attachments),
        about_id=about,
        created_at=datetime.fromisoformat(created),
        edited_at=None,
        deleted_at=None,
        edits=edits,
    )
    return replace(
        blank,
        edited_at=datetime.fromisoformat(edited) if edited else None,
        deleted_at=datetime.fromisoformat(deleted) if deleted else None,
    )
