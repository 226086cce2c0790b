"""The table of contents of what clients can read."""

import strawberry

from resolvers import auctions as resolve_auctions
from resolvers import categories as resolve_categories
from resolvers import content as resolve_content
from resolvers import conversations as resolve_conversations
from resolvers import flags as resolve_flags
from resolvers import listings as resolve_listings
from resolvers import moderation as resolve_moderation
from resolvers import nodes as resolve_nodes
from resolvers import search as resolve_search
from resolvers import users as resolve_users
from schema.auctions import Auction, Sale
from schema.categories import Category
from schema.connections import Connection
from schema.content import ContentPage, Faq, Promotion
from schema.conversations import Conversation
from schema.fields import resolved
from schema.lifetimes import CATEGORIES, EDITORIAL, FOUND, LISTINGS, PROFILES
from schema.listings import Listing
from schema.moderation import ModerationCase
from schema.nodes import Node
from schema.search import SearchConnection
from schema.users import PublicUser, Viewer


@strawberry.type(description="Everything that can be read.")
class Query:
    """The query root."""

    node: Node | None = resolved(by=resolve_nodes.node, description="Anything by its global id.")
    nodes: list[Node | None] = resolved(
        by=resolve_nodes.nodes, description="Up to a hundred things by their global ids."
    )
    viewer: Viewer | None = resolved(by=resolve_users.viewer, description="The signed-in account; null for visitors.")
    conversation: Conversation | None = resolved(
        by=resolve_conversations.conversation, description="One conversation of the viewer's."
    )
    moderation_cases: Connection[ModerationCase] | None = resolved(
        by=resolve_moderation.moderation_cases, description="What staff have to look at, the oldest first; for staff."
    )
    listing: Listing | None = resolved(by=resolve_listings.listing, description="One listing, by id or by slug.")
    listings: Connection[Listing] | None = resolved(
        by=resolve_listings.listings,
        description="Active listings straight from content; `search` finds by words and facets.",
        kept=LISTINGS,
    )
    search: SearchConnection | None = resolved(
        by=resolve_search.search, description="Active listings by words, filters, place and facets.", kept=FOUND
    )
    suggest: list[str] | None = resolved(
        by=resolve_search.suggest, description="Titles that complete what is typed.", kept=FOUND
    )
    categories: list[Category] | None = resolved(
        by=resolve_categories.categories, description="The top categories, in order.", kept=CATEGORIES
    )
    category: Category | None = resolved(
        by=resolve_categories.category, description="One category, by id or by slug.", kept=CATEGORIES
    )
    public_profile: PublicUser | None = resolved(
        by=resolve_users.public_profile, description="One profile, by id or slug.", kept=PROFILES
    )
    promotions: Connection[Promotion] | None = resolved(
        by=resolve_content.promotions, description="Promotions running now, the heaviest first.", kept=EDITORIAL
    )
    content_page: ContentPage | None = resolved(
        by=resolve_content.content_page, description="A page by its slug.", kept=EDITORIAL
    )
    faqs: Connection[Faq] | None = resolved(
        by=resolve_content.faqs, description="Questions by topic and place.", kept=EDITORIAL
    )
    auction: Auction | None = resolved(by=resolve_auctions.auction, description="One auction.")
    auctions: Connection[Auction] | None = resolved(
        by=resolve_auctions.auctions, description="Auctions, those that end soonest first unless asked otherwise."
    )
    features: list[str] | None = resolved(
        by=resolve_flags.features,
        description="The switched features that the viewer has, such as `launch_auctions`.",
    )
    sale: Sale | None = resolved(by=resolve_auctions.sale, description="One sale with its lots.")
