"""What mutations of messages answer: every outcome has a type of its own, with the data to act on it."""

from typing import Annotated

import strawberry

from domain import messages as domain
from resolvers import message_changes as resolve
from schema.conversations import Conversation
from schema.fields import attribute, resolved
from schema.messages import Message
from schema.nodes import view
from schema.problems import InvalidInput, NotAllowed, NotFound, NotSignedIn, Problem, RetryLater
from services import conversations as services


@view(of=domain.SentMessage, description="The message is recorded and has its place.")
class MessageSent:
    """A view of `domain.messages.SentMessage`."""

    sent_message: Message = resolved(by=resolve.written_message, description="The message.")
    replayed: bool = attribute("Whether this repeats the answer to an earlier call.")
    conversation: Conversation | None = resolved(
        by=resolve.conversation_of_message, description="The conversation after it."
    )


@view(of=domain.HeldMessage, description="The message is recorded; nobody else sees it before a moderator agrees.")
class MessageHeld:
    """A view of `domain.messages.HeldMessage`."""

    held_message: Message = resolved(by=resolve.written_message, description="The message.")
    replayed: bool = attribute("Whether this repeats the answer to an earlier call.")
    conversation: Conversation | None = resolved(
        by=resolve.conversation_of_message, description="The conversation it will belong to."
    )


@view(of=domain.MessageRefused, description="Nothing was sent.")
class MessageRefused(Problem):
    """CONVERSATION_CLOSED, SUSPENDED, RATE_LIMITED, TOO_MANY_CONVERSATIONS, CONTENT_REJECTED and others."""

    retry_after_seconds: float | None = attribute("When it may be tried again, where waiting helps.")


@view(of=domain.MessageKeyConflict, description="The client's id was used before for another message.")
class MessageKeyConflict(Problem):
    """IDEMPOTENCY_CONFLICT."""

    client_message_id: str = attribute("The id of the call.")


@view(of=services.ConversationChanged, description="The step was taken.")
class ConversationChanged:
    """A view of `services.conversations.ConversationChanged`."""

    conversation: Conversation | None = resolved(by=resolve.changed_conversation, description="The conversation after.")


@view(of=services.SilenceChanged, description="Whether the viewer hears of somebody.")
class SilenceChanged:
    """A view of `services.conversations.SilenceChanged`."""

    user_id: strawberry.ID = resolved(by=resolve.silenced_id, description="Whom it is about.")
    is_blocked: bool = attribute("Whether the viewer blocked them.")


@view(of=resolve.Reported, description="Staff will look at it.")
class Reported:
    """A view of `resolvers.message_changes.Reported`."""

    is_new: bool = attribute("Whether the viewer had not reported it before.")


SendMessageResult = Annotated[
    MessageSent
    | MessageHeld
    | MessageRefused
    | MessageKeyConflict
    | NotSignedIn
    | NotAllowed
    | NotFound
    | InvalidInput
    | RetryLater,
    strawberry.union("SendMessageResult", description="What became of the message."),
]
ConversationResult = Annotated[
    ConversationChanged | NotSignedIn | NotFound | RetryLater,
    strawberry.union("ConversationResult", description="The conversation, or why nothing changed."),
]
SilenceResult = Annotated[
    SilenceChanged | NotSignedIn | NotAllowed | NotFound | RetryLater,
    strawberry.union("SilenceResult", description="How it stands, or why nothing changed."),
]
ReportResult = Annotated[
    Reported | NotSignedIn | NotAllowed | NotFound | InvalidInput | RetryLater,
    strawberry.union("ReportResult", description="Whether staff will look at it."),
]
