"""Mutations and fields of presence and typing."""

import strawberry
from strawberry import Parent

from domain.nodes import encode_node_id, record_id_of
from domain.presence import Presence, Typing
from domain.problems import NotFound, RetryLater
from resolvers.message_context import MessageInfo, account_id
from services import presence
from services.presence import PresenceNoted


@strawberry.input(description="Whether the viewer is writing.")
class SetTypingInput:
    """Input of `setTyping`."""

    conversation_id: strawberry.ID = strawberry.field(description="Id of the conversation.")
    is_typing: bool = strawberry.field(default=True, description="False as soon as nothing is being written.")


@strawberry.input(description="Whether the viewer may be seen online.")
class SetPresenceInput:
    """Input of `setPresence`."""

    is_hidden: bool = strawberry.field(description="True hides it from everybody, also when the viewer was last there.")


async def set_typing(info: MessageInfo, input: SetTypingInput) -> PresenceNoted | NotFound | RetryLater:  # noqa: A002 - the customary name of a mutation's one argument
    """Show the other that something is being written."""
    conversation_id = record_id_of(input.conversation_id, "Conversation")
    context = info.context
    return await presence.set_typing(context.sources, context.user, conversation_id, is_typing=input.is_typing)


async def heartbeat(info: MessageInfo) -> PresenceNoted | RetryLater:
    """The viewer is there."""
    return await presence.send_heartbeat(info.context.sources, info.context.user)


async def set_presence(info: MessageInfo, input: SetPresenceInput) -> PresenceNoted | RetryLater:  # noqa: A002 - as above
    """Whether the viewer may be seen online."""
    return await presence.choose_presence(info.context.sources, info.context.user, is_hidden=input.is_hidden)


def present_id(root: Parent[Presence]) -> strawberry.ID:
    """Whom it is about."""
    return account_id(root.user_id)


def typing_id(root: Parent[Typing]) -> strawberry.ID:
    """Who is writing."""
    return account_id(root.user_id)


def typing_conversation_id(root: Parent[Typing]) -> strawberry.ID:
    """Where."""
    return strawberry.ID(encode_node_id("Conversation", root.conversation_id))
