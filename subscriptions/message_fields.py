"""The event sources behind the live fields of messages."""

from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry
from strawberry import Parent

from datasources.postgres import conversations
from domain.conversations import Conversation
from domain.message_events import (
    ConversationEvent,
    InboxEvent,
    InboxMessage,
    InboxRead,
    MessageArrived,
    MessageChanged,
    ReadMarksMoved,
)
from domain.messages import Message
from domain.nodes import record_id_of
from resolvers.message_context import MessageInfo, account_id
from subscriptions.auction_fields import CursorArgument
from subscriptions.messages import LiveMessages

ConversationArgument = Annotated[strawberry.ID, strawberry.argument(description="Id of the conversation.")]


def live(info: MessageInfo) -> LiveMessages:
    """What live fields follow with."""
    return LiveMessages(info.context.office, info.context.hub)


async def conversation_events(
    info: MessageInfo, conversation_id: ConversationArgument, after: CursorArgument = None
) -> AsyncGenerator[ConversationEvent]:
    """One conversation, live and without holes."""
    record_id = record_id_of(conversation_id, "Conversation")
    stream = live(info).conversation_events(record_id, info.context.user.user_id, after)
    try:
        async for event in stream:
            yield event
    finally:
        await stream.aclose()


async def inbox_events(info: MessageInfo, after: CursorArgument = None) -> AsyncGenerator[InboxEvent]:
    """All conversations of the viewer's, live and without holes."""
    stream = live(info).inbox_events(info.context.user.user_id, after)
    try:
        async for event in stream:
            yield event
    finally:
        await stream.aclose()


async def event_conversation(info: MessageInfo, root: Parent[ConversationEvent]) -> Conversation | None:
    """The conversation as it stands when the event is shown."""
    return await info.context.conversation(root.conversation_id)


async def event_message(
    info: MessageInfo, root: Parent[MessageArrived | MessageChanged | InboxMessage]
) -> Message | None:
    """The message as it stands when the event is shown: what was deleted since is not shown again."""
    return await info.context.message(root.message_id)


async def inbox_conversation(info: MessageInfo, root: Parent[InboxMessage | InboxRead]) -> Conversation | None:
    """The conversation as it stands when the event is shown."""
    return await info.context.conversation(root.conversation_id)


async def inbox_total(info: MessageInfo, root: Parent[InboxEvent]) -> int:  # noqa: ARG001 - a field of every event
    """All unread messages of the viewer when the event is shown."""
    return await conversations.unread_of(info.context.sources.database, info.context.user.user_id)


def reader_id(root: Parent[ReadMarksMoved]) -> strawberry.ID:
    """Who read."""
    return account_id(root.user_id)
