"""Listings as clients see them."""

from datetime import datetime

import strawberry

from domain import counters as domain_counters
from domain import listings as domain
from resolvers import auctions as resolve_auctions
from resolvers import listing_attributes as resolve_attributes
from resolvers import listings as resolve
from resolvers import questions as resolve_questions
from resolvers.images import listing_images
from resolvers.portable_text import listing_body
from schema.connections import Connection
from schema.fields import attribute, loaded, resolved
from schema.images import Image
from schema.lifetimes import CATEGORIES, LISTINGS, PROFILES
from schema.listing_details import ListingDetails
from schema.money import Money
from schema.nodes import Node, view
from schema.portable_text import PortableText
from schema.refs import AuctionRef, CategoryRef, PublicUserRef, QuestionRef


@strawberry.type(description="A place on the map, in degrees.")
class GeoPoint:
    """A view of `domain.listings.GeoPoint`."""

    latitude: float = attribute("North is positive.")
    longitude: float = attribute("East is positive.")


@view(of=domain_counters.ListingCounters, description="How often a listing was seen, liked and kept.")
class ListingCounters:
    """A view of `domain.counters.ListingCounters`."""

    views: int = attribute("Views, one per visitor and day.")
    likes: int = attribute("Accounts that like it.")
    favourites: int = attribute("Accounts that keep it among their favourites.")


@view(of=domain_counters.ViewerListingState, description="What the viewer did with a listing.")
class ViewerListingState:
    """A view of `domain.counters.ViewerListingState`."""

    has_liked: bool = attribute("Whether the viewer likes it.")
    has_favourited: bool = attribute("Whether the viewer keeps it among the favourites.")


@strawberry.type(description="One attribute of a listing with its definition.")
class ListingAttribute:
    """A view of `resolvers.listing_attributes.ListingAttribute`."""

    key: str = attribute("The key of the definition.")
    label: str = attribute("Its name for people.")
    unit: str | None = attribute("The unit of a number.")
    text: str = attribute("The value for reading.")
    number: float | None = attribute("The value where it is a number.")
    is_true: bool | None = attribute("The value where it is yes or no.")
    options: list[str] = attribute("The values where several may be chosen.")


@view(of=domain.Listing, description="Something for sale or on offer.", is_kept=True)
class Listing(Node):
    """A view of `domain.listings.Listing`."""

    revision: str = attribute("Changes with every edit; pass it back to guard an update.")
    is_draft: bool = attribute("Whether this is an unpublished version that only its owner and staff see.")
    title: str = attribute("Its headline.")
    slug: str = attribute("The readable name in its address.")
    status: domain.ListingStatus = attribute("Where it stands.")
    price: Money | None = attribute("What it costs.")
    price_unit: str = attribute("What the price is for: `total`, or a `month`, `day`, `hour` and the like.")
    condition: domain.Condition | None = attribute("How used it is.")
    city: str | None = attribute("The town it is in.")
    location: GeoPoint | None = attribute("Where it is.")
    tags: list[str] = attribute("Words the seller attached.")
    created_at: datetime = attribute("When it was first written.")
    updated_at: datetime = attribute("When it was last changed.")
    published_at: datetime | None = attribute("When it was published.")
    expires_at: datetime | None = attribute("When it ends by itself.")
    is_promoted: bool = resolved(by=resolve.is_promoted, description="Whether it is promoted now.", kept=LISTINGS)
    body: PortableText = resolved(by=listing_body, description="The description.", kept=LISTINGS)
    images: list[Image] = resolved(
        by=listing_images, description="Its pictures, the cover first.", list_size=4, kept=LISTINGS
    )
    attributes: list[ListingAttribute] = resolved(
        by=resolve_attributes.attributes,
        description="Its attributes in the order of the category's definitions.",
        kept=LISTINGS,
    )
    details: ListingDetails | None = resolved(
        by=resolve_attributes.details, description="The attributes as typed fields of its top category.", kept=LISTINGS
    )
    category: CategoryRef | None = loaded(
        by="category_by_id", key="category_id", description="The category it stands in.", kept=CATEGORIES
    )
    category_path: list[CategoryRef] = resolved(
        by=resolve.category_path, description="The categories from the top to its own.", list_size=3, kept=CATEGORIES
    )
    seller: PublicUserRef | None = loaded(
        by="profile_by_id", key="seller_id", description="Who offers it.", kept=PROFILES
    )
    auction: AuctionRef | None = resolved(
        by=resolve_auctions.auction_of,
        description="The auction that sells it: the one that runs, else the newest.",
    )
    questions: Connection[QuestionRef] | None = resolved(
        by=resolve_questions.listing_questions,
        description="Public questions and answers, the newest first.",
    )
    counters: ListingCounters | None = loaded(
        by="counters_by_listing", key="listing_id", description="How often it was seen and kept."
    )
    viewer_state: ViewerListingState | None = loaded(
        by="viewer_state_by_listing",
        key="listing_id",
        description="What the viewer did with it; null for visitors.",
        needs_viewer=True,
    )
