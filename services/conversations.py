"""What people do with their conversations: read marks, archiving, muting, and silence between two of them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from datasources.postgres import conversations, moderation
from datasources.sources import Sources
from domain.conversations import MUTED_FOREVER
from domain.problems import NotAllowed, NotFound, RetryLater, UpstreamUnavailableError
from domain.topics import TopicEvent
from domain.users import User
from services.messages import NO_CONVERSATION
from services.post_offices import PostOffice

CORRECT_UNREAD = "conversations.correct-unread"
"""The job that runs :func:`correct_unread`."""

_BATCH = 200
_MOST_BATCHES = 50_000


@dataclass(frozen=True, slots=True)
class ConversationChanged:
    """The conversation after a step of one of its two people."""

    conversation_id: str


@dataclass(frozen=True, slots=True)
class SilenceChanged:
    """Whether the viewer hears of somebody."""

    user_id: UUID
    is_blocked: bool


async def mark_conversation(
    office: PostOffice, user: User, conversation_id: str, *, up_to: int, is_read: bool
) -> ConversationChanged | NotFound | RetryLater:
    """Note how far somebody has come; marks only ever rise, and never beyond the newest message."""
    at = office.sources.clock()
    try:
        marked = await office.sources.database.write(
            "conversations.mark",
            lambda connection: conversations.mark(
                connection, conversation_id, user.user_id, up_to=max(0, up_to), is_read=is_read, at=at
            ),
        )
    except UpstreamUnavailableError as error:
        return RetryLater(error.public_message)
    if marked is None:
        return NO_CONVERSATION
    office.publisher.publish(marked.events)
    return ConversationChanged(conversation_id)


async def archive_conversation(
    office: PostOffice, user: User, conversation_id: str, *, is_archived: bool
) -> ConversationChanged | NotFound | RetryLater:
    """Put a conversation aside until its next message, or take it out again."""
    at = office.sources.clock() if is_archived else None
    return await _shelve(office, user, conversation_id, {"archived_at": at})


async def mute_conversation(
    office: PostOffice, user: User, conversation_id: str, *, until_at: datetime | None, is_muted: bool
) -> ConversationChanged | NotFound | RetryLater:
    """Have new messages of a conversation not announced: until a time, or for good."""
    until = (until_at or office.sources.clock() + MUTED_FOREVER) if is_muted else None
    return await _shelve(office, user, conversation_id, {"muted_until": until})


async def _shelve(
    office: PostOffice, user: User, conversation_id: str, changes: dict[str, datetime | None]
) -> ConversationChanged | NotFound | RetryLater:
    try:
        is_done = await office.sources.database.write(
            "conversations.shelve",
            lambda connection: conversations.shelve(connection, conversation_id, user.user_id, changes=changes),
        )
    except UpstreamUnavailableError as error:
        return RetryLater(error.public_message)
    return ConversationChanged(conversation_id) if is_done else NO_CONVERSATION


Step = Callable[[Any], Awaitable[list[TopicEvent]]]


async def block_user(office: PostOffice, user: User, other_id: UUID) -> SilenceChanged | NotAllowed | RetryLater:
    """Silence in both directions, of which the other is told nothing; again changes nothing."""
    if other_id == user.user_id:
        return NotAllowed("Nobody can block themselves.")
    at = office.sources.clock()
    return await _silence(
        office,
        SilenceChanged(other_id, is_blocked=True),
        lambda connection: moderation.block(connection, user.user_id, other_id, at=at),
    )


async def unblock_user(office: PostOffice, user: User, other_id: UUID) -> SilenceChanged | NotAllowed | RetryLater:
    """End the silence as far as it is the viewer's own."""
    at = office.sources.clock()
    return await _silence(
        office,
        SilenceChanged(other_id, is_blocked=False),
        lambda connection: moderation.unblock(connection, user.user_id, other_id, at=at),
    )


async def _silence(office: PostOffice, done: SilenceChanged, step: Step) -> SilenceChanged | RetryLater:
    try:
        events = await office.sources.database.write("moderation.block", step)
    except UpstreamUnavailableError as error:
        return RetryLater(error.public_message)
    office.publisher.publish(events)
    return done


async def correct_unread(sources: Sources) -> int:
    """Count every participant's unread messages anew, in bounded steps; how many were wrong."""
    after, wrong = "", 0
    for _ in range(_MOST_BATCHES):
        last, count, corrected = await _correct(sources, after)
        after, wrong = last, wrong + corrected
        if count < _BATCH:
            break
    return wrong


async def _correct(sources: Sources, after: str) -> tuple[str, int, int]:
    return await sources.database.write(
        "conversations.correct", lambda connection: conversations.correct_unread(connection, after=after, most=_BATCH)
    )
