"""Listings: the record, its states, and the steps its owner may take."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from domain.money import Money

AttributeValue = str | float | bool | tuple[str, ...]


class ListingStatus(Enum):
    """Where a listing stands; one enum for every source (X-08)."""

    DRAFT = "draft"
    ACTIVE = "active"
    RESERVED = "reserved"
    SOLD = "sold"
    PAID = "paid"
    ARCHIVED = "archived"


TRANSITIONS: Mapping[ListingStatus, frozenset[ListingStatus]] = {
    ListingStatus.DRAFT: frozenset({ListingStatus.ACTIVE, ListingStatus.ARCHIVED}),
    ListingStatus.ACTIVE: frozenset({ListingStatus.RESERVED, ListingStatus.SOLD, ListingStatus.ARCHIVED}),
    ListingStatus.RESERVED: frozenset({ListingStatus.ACTIVE, ListingStatus.SOLD}),
    ListingStatus.SOLD: frozenset({ListingStatus.PAID, ListingStatus.ACTIVE}),
    ListingStatus.PAID: frozenset(),
    ListingStatus.ARCHIVED: frozenset({ListingStatus.ACTIVE}),
}
"""The only steps a listing takes; ``SOLD -> ACTIVE`` is a sale that fell through."""

VISIBLE = frozenset({ListingStatus.ACTIVE, ListingStatus.RESERVED, ListingStatus.SOLD, ListingStatus.PAID})
"""States in which strangers may open a listing."""


class Condition(Enum):
    """How used a thing is."""

    NEW = "new"
    LIKE_NEW = "like-new"
    GOOD = "good"
    FAIR = "fair"
    FOR_PARTS = "for-parts"


@dataclass(frozen=True, slots=True)
class GeoPoint:
    """A place on the map, in degrees."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Listing:
    """Something for sale or on offer, kept in the content store (S1-019)."""

    listing_id: str
    revision: str
    is_draft: bool
    title: str
    slug: str
    seller_id: str | None
    category_id: str | None
    body: tuple[Mapping[str, Any], ...]
    images: tuple[Mapping[str, Any], ...]
    price: Money | None
    price_unit: str
    """What the price is for: `total`, or a `month`, `day`, `hour` and the like."""
    condition: Condition | None
    attributes: Mapping[str, AttributeValue]
    location: GeoPoint | None
    city: str | None
    status: ListingStatus
    tags: tuple[str, ...]
    auction_id: str | None
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None
    expires_at: datetime | None
    promoted_until: datetime | None

    def is_open_to_strangers(self) -> bool:
        """Whether anyone may read it: published and not archived."""
        return not self.is_draft and self.status in VISIBLE


@dataclass(frozen=True, slots=True)
class ListingMeta:
    """The reference row of a listing beside its content (S0-062, S0-068)."""

    listing_id: str
    seller_profile_id: str | None
    category_id: str | None
    title: str
    status: ListingStatus
    price: Money | None
    revision: str
    content_updated_at: datetime
