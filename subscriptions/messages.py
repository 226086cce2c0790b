"""Live conversations and inboxes: log topics for those who may follow them, for as long as they may."""

import asyncio
import contextlib
import math
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from uuid import UUID

from datasources.postgres import conversations, moderation
from datasources.redis import presence
from datasources.redis.topics import TopicHub
from domain.conversations import Conversation
from domain.message_events import (
    ConversationEvent,
    ConversationGap,
    ConversationSnapshot,
    InboxEvent,
    InboxGap,
    InboxMessage,
    InboxRead,
    InboxSnapshot,
    MessageArrived,
    MessageChanged,
    ReadMarksMoved,
)
from domain.presence import HEARTBEAT_SECONDS
from domain.problems import BadInputError, UpstreamUnavailableError
from domain.topics import conversation_topic, inbox_topic
from services.post_offices import PostOffice
from subscriptions.topics import LiveTopics, TopicShown, TopicStart


@dataclass(frozen=True, slots=True)
class LiveMessages:
    """What the live fields of messages need."""

    office: PostOffice
    hub: TopicHub

    @property
    def _topics(self) -> LiveTopics:
        return LiveTopics(self.office.sources, self.hub)

    async def conversation_events(
        self, conversation_id: str, viewer_id: UUID, after: str | None = None
    ) -> AsyncGenerator[ConversationEvent]:
        """One conversation for one of its two people, until a block or a suspension ends it with its code."""
        conversation = await self.admit(conversation_id, viewer_id)

        async def guard() -> None:
            await self.check_suspension(viewer_id)

        stream = self._topics.follow(conversation_topic(conversation_id), after, guard=guard)
        try:
            async for found in stream:
                if isinstance(found, TopicShown) and found.event.kind == "access":
                    # No message can be between a block and this event, so it is early enough to look again here.
                    await self._check_block(conversation)
                elif (event := self._conversation_event(conversation_id, found)) is not None:
                    yield event
        finally:
            await stream.aclose()

    async def inbox_events(self, viewer_id: UUID, after: str | None = None) -> AsyncGenerator[InboxEvent]:
        """Everything in any conversation of the viewer's; who follows it is there, without a heartbeat of their own."""
        loop, beaten_at = asyncio.get_running_loop(), -math.inf

        async def guard() -> None:
            nonlocal beaten_at
            await self.check_suspension(viewer_id)
            if loop.time() - beaten_at > HEARTBEAT_SECONDS:
                beaten_at = loop.time()
                with contextlib.suppress(UpstreamUnavailableError):  # the next one comes
                    await presence.beat(self.office.sources.live, viewer_id, at=self.office.sources.clock())

        stream = self._topics.follow(inbox_topic(viewer_id), after, guard=guard)
        try:
            async for found in stream:
                if (event := self._inbox_event(found)) is not None:
                    yield event
        finally:
            await stream.aclose()

    async def admit(self, conversation_id: str, viewer_id: UUID) -> Conversation:
        """The conversation, if this person may follow it; strangers are told that there is none."""
        (found,) = await conversations.by_ids(self.office.sources.database, [conversation_id])
        if found is None or not found.has_member(viewer_id):
            raise BadInputError("NOT_FOUND", "There is no such conversation.")
        await self.check_suspension(viewer_id)
        await self._check_block(found)
        return found

    async def check_suspension(self, viewer_id: UUID) -> None:
        """SUSPENDED for somebody who may not take part at the moment."""
        if await self.office.is_suspended(viewer_id):
            raise BadInputError("SUSPENDED", "Your account may not take part at the moment.")

    async def _check_block(self, conversation: Conversation) -> None:
        """The same for both, so that nobody learns who blocked whom."""
        if await moderation.is_blocked(self.office.sources.database, conversation.buyer_id, conversation.seller_id):
            raise BadInputError("CONVERSATION_CLOSED", "This conversation takes no messages at the moment.")

    def _conversation_event(self, conversation_id: str, found: TopicStart | TopicShown) -> ConversationEvent | None:
        if isinstance(found, TopicStart):
            at = self.office.sources.clock()
            if found.gap is None:
                return ConversationSnapshot(
                    conversation_id=conversation_id, cursor=found.cursor, version=found.seq, at=at
                )
            return ConversationGap(
                conversation_id=conversation_id,
                cursor=found.cursor,
                version=found.seq,
                at=at,
                reason=found.gap.value,
            )
        event, payload = found.event, found.event.payload
        match event.kind:
            case "sent":
                return MessageArrived(
                    conversation_id=conversation_id,
                    cursor=found.cursor,
                    version=event.seq,
                    at=event.at,
                    message_id=payload["message"],
                    seq=payload["seq"],
                )
            case "edited" | "deleted" | "hidden":
                return MessageChanged(
                    conversation_id=conversation_id,
                    cursor=found.cursor,
                    version=event.seq,
                    at=event.at,
                    message_id=payload["message"],
                    seq=payload["seq"],
                    change=event.kind,
                )
            case "marked":
                return ReadMarksMoved(
                    conversation_id=conversation_id,
                    cursor=found.cursor,
                    version=event.seq,
                    at=event.at,
                    user_id=UUID(payload["user"]),
                    last_delivered_seq=payload["delivered"],
                    last_read_seq=payload["read"],
                )
            case _:
                return None

    def _inbox_event(self, found: TopicStart | TopicShown) -> InboxEvent | None:
        if isinstance(found, TopicStart):
            at = self.office.sources.clock()
            if found.gap is None:
                return InboxSnapshot(cursor=found.cursor, version=found.seq, at=at)
            return InboxGap(cursor=found.cursor, version=found.seq, at=at, reason=found.gap.value)
        event, payload = found.event, found.event.payload
        match event.kind:
            case "message":
                return InboxMessage(
                    cursor=found.cursor,
                    version=event.seq,
                    at=event.at,
                    conversation_id=payload["conversation"],
                    message_id=payload["message"],
                    unread_count=payload["unread"],
                )
            case "read":
                return InboxRead(
                    cursor=found.cursor,
                    version=event.seq,
                    at=event.at,
                    conversation_id=payload["conversation"],
                    unread_count=payload["unread"],
                )
            case _:
                return None
