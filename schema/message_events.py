"""Live events of conversations and inboxes as clients see them."""

from datetime import datetime

import strawberry

from domain import message_events as domain
from schema.conversations import Conversation
from schema.fields import attribute, resolved
from schema.messages import Message
from schema.nodes import view
from subscriptions import message_fields as resolve


@strawberry.interface(description="Something that happened in a conversation.")
class ConversationEvent:
    """A view of `domain.message_events.ConversationEvent`."""

    cursor: str = attribute("Opaque; pass the newest one as `after` to continue behind it. Tells doubles apart too.")
    version: int = attribute("Rises with every event.")
    at: datetime = attribute("When it happened.")
    conversation: Conversation | None = resolved(
        by=resolve.event_conversation, description="The conversation as it stands now."
    )


@view(of=domain.ConversationSnapshot, description="How the conversation stands; what follows are changes of it.")
class ConversationSnapshot(ConversationEvent):
    """A view of `domain.message_events.ConversationSnapshot`."""


@view(of=domain.ConversationGap, description="Earlier events cannot be shown any more; read the messages anew.")
class ConversationGap(ConversationEvent):
    """A view of `domain.message_events.ConversationGap`."""

    reason: str = attribute("Why: `trimmed` or `generation`.")


@view(of=domain.MessageArrived, description="A message was sent, by either of the two.")
class MessageArrived(ConversationEvent):
    """A view of `domain.message_events.MessageArrived`."""

    seq: int = attribute("The number of the message.")
    message: Message | None = resolved(by=resolve.event_message, description="The message as it stands now.")


@view(of=domain.MessageChanged, description="A message was edited, deleted or hidden.")
class MessageChanged(ConversationEvent):
    """A view of `domain.message_events.MessageChanged`."""

    seq: int = attribute("The number of the message.")
    change: str = attribute("edited, deleted or hidden.")
    message: Message | None = resolved(by=resolve.event_message, description="The message as it stands now.")


@view(of=domain.ReadMarksMoved, description="Messages reached somebody, or were read.")
class ReadMarksMoved(ConversationEvent):
    """A view of `domain.message_events.ReadMarksMoved`."""

    user_id: strawberry.ID = resolved(by=resolve.reader_id, description="Who it is, as participants are named.")
    last_delivered_seq: int = attribute("The newest message that reached them.")
    last_read_seq: int = attribute("The newest message they have read.")


@strawberry.interface(description="Something that happened in any conversation of the viewer's.")
class InboxEvent:
    """A view of `domain.message_events.InboxEvent`."""

    cursor: str = attribute("Opaque; pass the newest one as `after` to continue behind it. Tells doubles apart too.")
    version: int = attribute("Rises with every event.")
    at: datetime = attribute("When it happened.")
    total_unread: int | None = resolved(by=resolve.inbox_total, description="All unread messages of the viewer now.")


@view(of=domain.InboxSnapshot, description="How the inbox stands; what follows are changes of it.")
class InboxSnapshot(InboxEvent):
    """A view of `domain.message_events.InboxSnapshot`."""


@view(of=domain.InboxGap, description="Earlier events cannot be shown any more; read the conversations anew.")
class InboxGap(InboxEvent):
    """A view of `domain.message_events.InboxGap`."""

    reason: str = attribute("Why: `trimmed` or `generation`.")


@view(of=domain.InboxMessage, description="A message was sent, by the viewer or to the viewer.")
class InboxMessage(InboxEvent):
    """A view of `domain.message_events.InboxMessage`."""

    unread_count: int = attribute("Unread messages of the conversation after it.")
    message: Message | None = resolved(by=resolve.event_message, description="The message as it stands now.")
    conversation: Conversation | None = resolved(
        by=resolve.inbox_conversation, description="The conversation as it stands now."
    )


@view(of=domain.InboxRead, description="The viewer read a conversation, here or elsewhere.")
class InboxRead(InboxEvent):
    """A view of `domain.message_events.InboxRead`."""

    unread_count: int = attribute("Unread messages of the conversation after it.")
    conversation: Conversation | None = resolved(
        by=resolve.inbox_conversation, description="The conversation as it stands now."
    )


MESSAGE_EVENTS = (
    ConversationSnapshot,
    ConversationGap,
    MessageArrived,
    MessageChanged,
    ReadMarksMoved,
    InboxSnapshot,
    InboxGap,
    InboxMessage,
    InboxRead,
)
"""Members of interfaces that no field names by itself."""
