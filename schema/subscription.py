"""The table of contents of what clients can follow live."""

from collections.abc import AsyncGenerator

import strawberry

from schema.counters import LiveListingCounters
from schema.fields import followed
from schema.lot_events import AuctionEvent, AuctionSnapshot, MyBidUpdate
from schema.message_events import ConversationEvent, InboxEvent
from schema.notification_events import NotificationEvent
from schema.presence import Presence, Typing
from schema.topics import COUNTERS, LOT, LOTS
from subscriptions import auction_fields, message_fields, presence_fields
from subscriptions import notifications as live_notifications


@strawberry.type(description="Everything that can be followed live.")
class Subscription:
    """The subscription root."""

    auction_events: AsyncGenerator[AuctionEvent, None] = followed(
        by=auction_fields.auction_events,
        description="One lot: a snapshot (or what came after a cursor), then every event in order and without holes.",
        topic=LOT,
    )
    auction_ticker: AsyncGenerator[list[AuctionSnapshot], None] = followed(
        by=auction_fields.auction_ticker,
        description="Prices and ends of up to a hundred lots, the newest of each.",
        topic=LOTS,
    )
    my_bid_updates: AsyncGenerator[MyBidUpdate, None] = followed(
        by=auction_fields.my_bid_updates, description="The viewer's own lots: leading, outbid, won, lost."
    )
    listing_counters: AsyncGenerator[list[LiveListingCounters], None] = followed(
        by=presence_fields.listing_counters,
        description="Views, likes and favourites of up to a hundred listings, the newest of each.",
        topic=COUNTERS,
    )
    presence: AsyncGenerator[list[Presence], None] = followed(
        by=presence_fields.presence,
        description="Who of up to a hundred people is there, among those the viewer writes with.",
    )
    typing: AsyncGenerator[Typing, None] = followed(
        by=presence_fields.typing, description="Whether the other of a conversation is writing."
    )
    conversation_events: AsyncGenerator[ConversationEvent, None] = followed(
        by=message_fields.conversation_events,
        description="One conversation: a snapshot (or what came after a cursor), then every event in order.",
    )
    inbox_events: AsyncGenerator[InboxEvent, None] = followed(
        by=message_fields.inbox_events,
        description="All conversations of the viewer's: messages, read marks and unread counts, without holes.",
    )
    notifications: AsyncGenerator[NotificationEvent, None] = followed(
        by=live_notifications.notifications,
        description="The viewer's notifications: a start (or what came after a cursor), then every event in order.",
    )
