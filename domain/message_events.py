"""What the two people of a conversation are shown live: the conversation itself, and everything in an inbox."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationEvent:
    """What every event of a conversation says; `version` rises with each."""

    conversation_id: str
    cursor: str
    version: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationSnapshot(ConversationEvent):
    """How the conversation stands; what follows are changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationGap(ConversationEvent):
    """Earlier events cannot be shown any more; this is how the conversation stands now."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageArrived(ConversationEvent):
    """A message was sent."""

    message_id: str
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageChanged(ConversationEvent):
    """A message was edited, deleted or hidden."""

    message_id: str
    seq: int
    change: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadMarksMoved(ConversationEvent):
    """Messages reached somebody, or were read."""

    user_id: UUID
    last_delivered_seq: int
    last_read_seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxEvent:
    """What every event of an inbox says."""

    cursor: str
    version: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxSnapshot(InboxEvent):
    """How the inbox stands; what follows are changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxGap(InboxEvent):
    """Earlier events cannot be shown any more; this is how the inbox stands now."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxMessage(InboxEvent):
    """A message was sent in some conversation of the viewer's, by either of the two."""

    conversation_id: str
    message_id: str
    unread_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRead(InboxEvent):
    """The viewer read a conversation."""

    conversation_id: str
    unread_count: int
