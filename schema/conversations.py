"""Conversations as clients see them."""

from datetime import datetime

import strawberry

from domain import conversations as domain
from resolvers import conversations as resolve
from schema.auctions import Auction
from schema.connections import Connection
from schema.fields import attribute, resolved
from schema.messages import Message
from schema.nodes import Node, view
from schema.orders import Order
from schema.refs import ListingRef, PublicUserRef


@view(of=domain.Participant, description="One of the two people, and how far they have come.")
class Participant:
    """A view of `domain.conversations.Participant`."""

    user_id: strawberry.ID = resolved(
        by=resolve.participant_id, description="The account, as `blockUser` and `presence` take it."
    )
    role: domain.ConversationRole = attribute("Buyer or seller.")
    is_viewer: bool = resolved(by=resolve.is_viewer, description="Whether it is the viewer.")
    last_delivered_seq: int = attribute("The newest message that reached them.")
    last_read_seq: int = attribute("The newest message they have read.")
    profile: PublicUserRef | None = resolved(
        by=resolve.participant_profile, description="Their public profile, where they have one."
    )


@view(of=domain.Conversation, description="What a buyer and a seller write each other about a listing.")
class Conversation(Node):
    """A view of `domain.conversations.Conversation`."""

    created_at: datetime = attribute("When it began.")
    last_message_at: datetime | None = attribute("When its newest message was sent.")
    last_seq: int = attribute("The number of its newest message.")
    participants: list[Participant] = attribute("The two people.", list_size=2)
    unread_count: int = resolved(by=resolve.unread_count, description="How many messages the viewer has not read.")
    is_archived: bool = resolved(by=resolve.is_archived, description="Whether the viewer put it aside.")
    muted_until: datetime | None = resolved(
        by=resolve.muted_until, description="Until when the viewer is not told of new messages."
    )
    is_blocked: bool | None = resolved(by=resolve.is_blocked, description="Whether the viewer blocked the other.")
    last_message: Message | None = resolved(by=resolve.last_message, description="The newest message, for a preview.")
    messages: Connection[Message] | None = resolved(
        by=resolve.conversation_messages,
        description="Messages in their order: the last twenty, or pages from either end.",
    )
    listing: ListingRef | None = resolved(by=resolve.listing, description="What it is about.")
    order: Order | None = resolved(by=resolve.order, description="The newest order between the two for the listing.")
    auction: Auction | None = resolved(
        by=resolve.auction, description="The auction of the listing, with the viewer's standing."
    )
