"""Profiles and the viewer as clients see them."""

from datetime import datetime

from domain import users as domain
from resolvers import bids as resolve_bids
from resolvers import conversations as resolve_conversations
from resolvers import listings as resolve_listings
from resolvers import notifications as resolve_notifications
from resolvers import orders as resolve_orders
from resolvers import payments as resolve_payments
from resolvers import saved_searches as resolve_searches
from resolvers import users as resolve
from resolvers.images import avatar
from resolvers.portable_text import bio
from schema.connections import Connection
from schema.fields import attribute, resolved
from schema.images import Image
from schema.lifetimes import LISTINGS, PROFILES
from schema.nodes import Node, view
from schema.portable_text import PortableText
from schema.refs import (
    BidRef,
    ConversationRef,
    ListingRef,
    NotificationPreferenceRef,
    NotificationRef,
    OrderRef,
    PaymentMethodRef,
    SavedSearchRef,
    WalletRef,
)


@view(of=domain.PublicUser, description="The public profile of a seller.", is_kept=True)
class PublicUser(Node):
    """A view of `domain.users.PublicUser`."""

    handle: str = attribute("The unique name others see in mentions.")
    display_name: str = attribute("The name for people.")
    slug: str = attribute("The readable name in its address.")
    kind: domain.ProfileKind = attribute("Private seller or dealer.")
    bio: PortableText = resolved(by=bio, description="What the seller says about themselves.", kept=PROFILES)
    avatar: Image | None = resolved(by=avatar, description="Their picture or logo.", kept=PROFILES)
    is_verified: bool = attribute("Whether the marketplace checked who they are.")
    member_since: datetime | None = attribute("When they joined.")
    city: str | None = attribute("The town they trade from.")
    phone: str | None = attribute("Their phone number, where they opted in to showing it.")
    listings: Connection[ListingRef] = resolved(
        by=resolve.newest_listings,
        description="Their newest active listings; `Query.listings` pages through all.",
        kept=LISTINGS,
    )


@view(of=domain.Viewer, description="The signed-in account that asks.")
class Viewer:
    """A view of `domain.users.Viewer`."""

    roles: list[domain.Role] = resolved(by=resolve.viewer_roles, description="What the account may do.")
    display_name: str | None = attribute("The name the identity provider gave.")
    profile: PublicUser | None = resolved(by=resolve.viewer_profile, description="The account's public profile.")
    listings: Connection[ListingRef] = resolved(
        by=resolve_listings.own_listings, description="The account's own listings with their drafts, newest first."
    )
    conversations: Connection[ConversationRef] | None = resolved(
        by=resolve_conversations.viewer_conversations,
        description="The account's conversations, the newest message first.",
    )
    unread_count: int | None = resolved(
        by=resolve_conversations.viewer_unread_count, description="All unread messages."
    )
    bids: Connection[BidRef] | None = resolved(
        by=resolve_bids.viewer_bids, description="The account's own bids over all lots, newest first."
    )
    orders: Connection[OrderRef] | None = resolved(
        by=resolve_orders.viewer_orders, description="What the account bought, newest first."
    )
    payment_methods: list[PaymentMethodRef] | None = resolved(
        by=resolve_payments.viewer_payment_methods,
        description="The account's saved payment methods, at most ten; the first is the one that is charged.",
        list_size=2,
    )
    wallet: WalletRef | None = resolved(by=resolve_orders.viewer_wallet, description="The account's money.")
    notifications: Connection[NotificationRef] | None = resolved(
        by=resolve_notifications.viewer_notifications, description="What the account was told, the newest first."
    )
    unread_notifications: int | None = resolved(
        by=resolve_notifications.unread_count, description="How many notifications stand unread."
    )
    notification_preferences: list[NotificationPreferenceRef] | None = resolved(
        by=resolve_notifications.viewer_preferences,
        description="What the account hears of, kind by kind.",
        list_size=16,
    )
    saved_searches: list[SavedSearchRef] | None = resolved(
        by=resolve_searches.viewer_searches,
        description="The searches that the account keeps, at most 50, the newest first.",
        list_size=50,
    )
