"""Fields of messages."""

import strawberry
from strawberry import Parent

from domain.conversations import Conversation
from domain.messages import Message
from resolvers.message_context import MessageInfo, account_id
from resolvers.reading import reads


@reads({Message: ("body", "status", "deleted_at")})
def body(root: Parent[Message]) -> str | None:
    """The text, while it may be shown."""
    return root.body if root.is_shown else None


@reads({Message: ("attachments", "status", "deleted_at")})
def attachments(root: Parent[Message]) -> list[str]:
    """References of the attached files, while they may be shown."""
    return list(root.attachments) if root.is_shown else []


@reads({Message: ("deleted_at",)})
def is_deleted(root: Parent[Message]) -> bool:
    """Whether only its place is left."""
    return root.deleted_at is not None


@reads({Message: ("sender_id",)})
def is_mine(info: MessageInfo, root: Parent[Message]) -> bool:
    """Whether the viewer wrote it."""
    return info.context.viewer.user is not None and root.sender_id == info.context.viewer.user.user_id


@reads({Message: ("sender_id",)})
def sender_id(root: Parent[Message]) -> strawberry.ID:
    """The opaque id of who wrote it."""
    return account_id(root.sender_id)


@reads({Message: ("about_id",)})
def about_id(root: Parent[Message]) -> strawberry.ID | None:
    """The order or auction it is about."""
    return strawberry.ID(root.about_id) if root.about_id is not None else None


@reads({Message: ("client_message_id", "sender_id")})
def client_message_id(info: MessageInfo, root: Parent[Message]) -> str | None:
    """The sender's own id."""
    return root.client_message_id if is_mine(info, root) else None


@reads({Message: ("conversation_id",)})
async def message_conversation(info: MessageInfo, root: Parent[Message]) -> Conversation | None:
    """Where it was written."""
    return await info.context.conversation(root.conversation_id)
