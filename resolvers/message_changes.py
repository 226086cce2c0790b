"""Mutations of conversations and messages, and their inputs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import strawberry
from strawberry import Parent

from domain.conversations import Conversation
from domain.flags import LAUNCH_CHAT
from domain.messages import HeldMessage, Message, MessageDraft, MessageRefused, SentMessage
from domain.moderation import ReportReason
from domain.nodes import decode_node_id, record_id_of
from domain.problems import BadInputError, InvalidInput, NotAllowed, NotFound, RetryLater
from resolvers.flags import refusal_without
from resolvers.message_context import MessageInfo, account_id, user_id_of
from resolvers.nodes import node
from services import conversations, message_changes, messages
from services.conversations import ConversationChanged, SilenceChanged
from services.message_changes import ChangeOutcome
from services.messages import SendOutcome

_CLIENT_ID = "A UUID made by the client; repeating the call with it gives the first answer and never a second message."
_CONVERSATION = "Id of the conversation."
_MESSAGE = "Id of the message."
_ABOUT = "An order or auction that the message is about; the sender must be able to see it."


@strawberry.input(description="The first message to the seller of a listing.")
class StartConversationInput:
    """Input of `startConversation`."""

    listing_id: strawberry.ID = strawberry.field(description="Id of the listing.")
    body: str = strawberry.field(description="1 to 2,000 characters.")
    client_message_id: str = strawberry.field(description=_CLIENT_ID)


@strawberry.input(description="A message.")
class SendMessageInput:
    """Input of `sendMessage`."""

    conversation_id: strawberry.ID = strawberry.field(description=_CONVERSATION)
    body: str = strawberry.field(description="1 to 2,000 characters.")
    client_message_id: str = strawberry.field(description=_CLIENT_ID)
    attachments: list[str] = strawberry.field(
        default_factory=list, description="References of up to ten uploaded files."
    )
    about_id: strawberry.ID | None = strawberry.field(default=None, description=_ABOUT)


@strawberry.input(description="Another text for a message.")
class EditMessageInput:
    """Input of `editMessage`."""

    message_id: strawberry.ID = strawberry.field(description=_MESSAGE)
    body: str = strawberry.field(description="1 to 2,000 characters.")


@strawberry.input(description="A message.")
class MessageInput:
    """Input of mutations that need nothing but a message."""

    message_id: strawberry.ID = strawberry.field(description=_MESSAGE)


@strawberry.input(description="A message that staff should look at.")
class ReportMessageInput:
    """Input of `reportMessage`."""

    message_id: strawberry.ID = strawberry.field(description=_MESSAGE)
    reason: ReportReason = strawberry.field(description="Why.")
    note: str = strawberry.field(default="", description="More about it, at most 1,000 characters.")


@strawberry.input(description="How far the viewer has come in a conversation.")
class MarkInput:
    """Input of `markDelivered` and `markRead`."""

    conversation_id: strawberry.ID = strawberry.field(description=_CONVERSATION)
    seq: int = strawberry.field(description="The number of the newest message seen; marks only ever rise.")


@strawberry.input(description="A conversation to put aside or take out again.")
class ArchiveConversationInput:
    """Input of `archiveConversation`."""

    conversation_id: strawberry.ID = strawberry.field(description=_CONVERSATION)
    is_archived: bool = strawberry.field(default=True, description="False takes it out again.")


@strawberry.input(description="A conversation whose new messages are not announced.")
class MuteConversationInput:
    """Input of `muteConversation`."""

    conversation_id: strawberry.ID = strawberry.field(description=_CONVERSATION)
    is_muted: bool = strawberry.field(default=True, description="False ends it.")
    until: datetime | None = strawberry.field(default=None, description="Until when; without it, for good.")


@strawberry.input(description="Somebody.")
class AccountInput:
    """Input of mutations that need nothing but an account."""

    user_id: strawberry.ID = strawberry.field(description="The account, as `Participant.userId` names it.")


async def start_conversation(info: MessageInfo, input: StartConversationInput) -> SendOutcome | NotAllowed:  # noqa: A002 - the customary name of a mutation's one argument
    """Write to the seller of a listing."""
    if refusal := await refusal_without(LAUNCH_CHAT, info.context):
        return refusal
    draft = MessageDraft(client_message_id=input.client_message_id, body=input.body)
    listing_id = record_id_of(input.listing_id, "Listing")
    return await messages.start_conversation(info.context.office, info.context.user, listing_id, draft)


async def send_message(info: MessageInfo, input: SendMessageInput) -> SendOutcome | NotAllowed:  # noqa: A002 - as above
    """Send a message."""
    if refusal := await refusal_without(LAUNCH_CHAT, info.context):
        return refusal
    conversation_id = record_id_of(input.conversation_id, "Conversation")
    if input.about_id is not None:
        await _check_about(info, input.about_id)
    draft = MessageDraft(
        client_message_id=input.client_message_id,
        body=input.body,
        attachments=tuple(input.attachments),
        about_id=input.about_id,
    )
    return await messages.send_message(info.context.office, info.context.user, conversation_id, draft)


async def _check_about(info: MessageInfo, about_id: strawberry.ID) -> None:
    """What a message is about must exist for its sender."""
    asking: Any = info
    is_fitting = decode_node_id(about_id).type_name in {"Auction", "Order"}
    if not is_fitting or await node(asking, about_id) is None:
        raise BadInputError("BAD_ID", "A message can be about an order or an auction that its sender can see.")


async def edit_message(info: MessageInfo, input: EditMessageInput) -> ChangeOutcome:  # noqa: A002 - as above
    """Change the viewer's own message."""
    message_id = record_id_of(input.message_id, "Message")
    return await message_changes.edit_message(info.context.office, info.context.user, message_id, input.body)


async def delete_message(info: MessageInfo, input: MessageInput) -> ChangeOutcome:  # noqa: A002 - as above
    """Leave a tombstone in the place of the viewer's own message."""
    message_id = record_id_of(input.message_id, "Message")
    return await message_changes.delete_message(info.context.office, info.context.user, message_id)


@dataclass(frozen=True, slots=True)
class Reported:
    """Staff will look at it."""

    is_new: bool


async def report_message(
    info: MessageInfo,
    input: ReportMessageInput,  # noqa: A002 - as above
) -> Reported | MessageRefused | InvalidInput | NotAllowed | NotFound | RetryLater:
    """Have staff look at a message."""
    outcome = await message_changes.report_message(
        info.context.office,
        info.context.user,
        record_id_of(input.message_id, "Message"),
        reason=input.reason,
        note=input.note,
    )
    return Reported(not outcome.replayed) if isinstance(outcome, SentMessage) else outcome


async def mark_delivered(info: MessageInfo, input: MarkInput) -> ConversationChanged | NotFound | RetryLater:  # noqa: A002 - as above
    """Note that messages reached the viewer."""
    return await _mark(info, input, is_read=False)


async def mark_read(info: MessageInfo, input: MarkInput) -> ConversationChanged | NotFound | RetryLater:  # noqa: A002 - as above
    """Note that the viewer read messages."""
    return await _mark(info, input, is_read=True)


async def _mark(info: MessageInfo, given: MarkInput, *, is_read: bool) -> ConversationChanged | NotFound | RetryLater:
    conversation_id = record_id_of(given.conversation_id, "Conversation")
    return await conversations.mark_conversation(
        info.context.office, info.context.user, conversation_id, up_to=given.seq, is_read=is_read
    )


async def archive_conversation(
    info: MessageInfo,
    input: ArchiveConversationInput,  # noqa: A002 - as above
) -> ConversationChanged | NotFound | RetryLater:
    """Put a conversation aside until its next message."""
    conversation_id = record_id_of(input.conversation_id, "Conversation")
    return await conversations.archive_conversation(
        info.context.office, info.context.user, conversation_id, is_archived=input.is_archived
    )


async def mute_conversation(
    info: MessageInfo,
    input: MuteConversationInput,  # noqa: A002 - as above
) -> ConversationChanged | NotFound | RetryLater:
    """Have new messages not announced."""
    return await conversations.mute_conversation(
        info.context.office,
        info.context.user,
        record_id_of(input.conversation_id, "Conversation"),
        until_at=input.until,
        is_muted=input.is_muted,
    )


async def block_user(info: MessageInfo, input: AccountInput) -> SilenceChanged | NotAllowed | NotFound | RetryLater:  # noqa: A002 - as above
    """Silence in both directions."""
    return await conversations.block_user(info.context.office, info.context.user, user_id_of(input.user_id))


async def unblock_user(info: MessageInfo, input: AccountInput) -> SilenceChanged | NotAllowed | NotFound | RetryLater:  # noqa: A002 - as above
    """End the viewer's own silence."""
    return await conversations.unblock_user(info.context.office, info.context.user, user_id_of(input.user_id))


async def changed_conversation(info: MessageInfo, root: Parent[ConversationChanged]) -> Conversation | None:
    """The conversation after the step."""
    return await info.context.conversation(root.conversation_id)


async def conversation_of_message(info: MessageInfo, root: Parent[SentMessage | HeldMessage]) -> Conversation | None:
    """The conversation the message belongs to."""
    return await info.context.conversation(root.message.conversation_id)


def silenced_id(root: Parent[SilenceChanged]) -> strawberry.ID:
    """Whom it is about."""
    return account_id(root.user_id)


def written_message(root: Parent[SentMessage | HeldMessage]) -> Message:
    """The message itself; refusals have a `message` of another kind, so it has a name of its own."""
    return root.message
