"""Messages as clients see them."""

from datetime import datetime

import strawberry

from domain import messages as domain
from resolvers import messages as resolve
from schema.fields import attribute, resolved
from schema.nodes import Node, view
from schema.refs import ConversationRef


@view(of=domain.Message, description="What somebody wrote; its order is `seq`, never the time.")
class Message(Node):
    """A view of `domain.messages.Message`."""

    seq: int | None = attribute("Its number in the conversation, without holes; null while a moderator looks at it.")
    body: str | None = resolved(by=resolve.body, description="The text; null once it is deleted or hidden.")
    status: domain.MessageStatus = attribute("Where it stands.")
    attachments: list[str] = resolved(by=resolve.attachments, description="References of attached files.", list_size=1)
    about_id: strawberry.ID | None = resolved(by=resolve.about_id, description="The order or auction it is about.")
    sender_id: strawberry.ID = resolved(by=resolve.sender_id, description="Who wrote it, as participants are named.")
    is_mine: bool = resolved(by=resolve.is_mine, description="Whether the viewer wrote it.")
    client_message_id: str | None = resolved(
        by=resolve.client_message_id, description="The id its sender gave it; null for the other."
    )
    created_at: datetime = attribute("When it was sent.")
    edited_at: datetime | None = attribute("When its text was last changed.")
    is_deleted: bool = resolved(by=resolve.is_deleted, description="Whether only its place is left.")
    conversation: ConversationRef | None = resolved(
        by=resolve.message_conversation, description="The conversation it belongs to."
    )
