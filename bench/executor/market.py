"""A listing page of 580 fields over records in memory: 20 listings, four loaders, no I/O."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import strawberry
from strawberry import Parent

from loaders.batches import LevelLoader, loader

LISTINGS = 20
PAGE = """
query Page { listings {
  id title slug status city description currency price isActive year publishedAt
  category { id title slug }
  seller { id displayName rating isVerified city }
  isFavourite { value }
  counters { views likes }
  topBid { amount currency }
} }
"""
FIELDS = 580
"""20 listings x 29 fields."""


@dataclass(frozen=True, slots=True)
class ListingRecord:
    """The record behind `Listing`."""

    id: str
    title: str
    slug: str
    status: str
    city: str | None
    description: str
    currency: str
    price: int
    is_active: bool
    year: int
    published_at: str
    category_id: str
    seller_id: str


@dataclass(frozen=True, slots=True)
class Read:
    """A loaded field's declaration."""

    by: str
    key: str
    is_kept: bool = False

    def read(self, context: "Loaders", keys: Sequence[str]) -> Any:
        """The values of a level."""
        return getattr(context, self.by).read(keys)


def loaded(by: str, key: str, *, is_kept: bool = False) -> Any:
    """A field behind a loader, for both executors; `is_kept` as the product declares its categories and sellers."""

    async def load(root: Parent[Any], info: strawberry.Info) -> Any:
        return await getattr(info.context, by).load(getattr(root, key))

    return strawberry.field(resolver=load, metadata={"loaded": Read(by, key, is_kept)})


@strawberry.type
class Category:
    """A category."""

    id: str
    title: str
    slug: str


@strawberry.type
class Seller:
    """A seller."""

    id: str
    display_name: str
    rating: float
    is_verified: bool
    city: str | None


@strawberry.type
class Favourite:
    """Whether the viewer keeps it."""

    value: bool


@strawberry.type
class Counters:
    """How often it was seen."""

    views: int
    likes: int


@strawberry.type
class Bid:
    """The highest bid."""

    amount: int
    currency: str


@strawberry.type
class Listing:
    """A listing: 11 attributes and five loaded objects."""

    id: str
    title: str
    slug: str
    status: str
    city: str | None
    description: str
    currency: str
    price: int
    is_active: bool
    year: int
    published_at: str
    category: Category | None = loaded("categories", "category_id", is_kept=True)
    seller: Seller | None = loaded("sellers", "seller_id", is_kept=True)
    is_favourite: Favourite | None = loaded("favourites", "id")
    counters: Counters | None = loaded("counters", "id")
    top_bid: Bid | None = loaded("bids", "id")


RECORDS = [
    ListingRecord(
        id=f"listing-{number}",
        title=f"A bicycle, hardly used {number}",
        slug=f"bicycle-{number}",
        status="ACTIVE",
        city="Cape Town",
        description="Steel frame, new tyres. " * 4,
        currency="ZAR",
        price=100_000 + number,
        is_active=True,
        year=2020,
        published_at=datetime(2026, 1, 1, tzinfo=UTC).isoformat(),
        category_id=f"category-{number % 6}",
        seller_id=f"seller-{number % 7}",
    )
    for number in range(LISTINGS)
]


@strawberry.type
class Query:
    """The root."""

    @strawberry.field
    def listings(self) -> list[Listing]:
        """The page."""
        return RECORDS  # type: ignore[return-value]  # records stand behind the type


IDS = [each.id for each in RECORDS]
CATEGORIES = {f"category-{n}": Category(id=f"category-{n}", title="Bicycles", slug="bicycles") for n in range(6)}
SELLERS = {
    f"seller-{n}": Seller(id=f"seller-{n}", display_name="Ada", rating=4.5, is_verified=True, city="Cape Town")
    for n in range(7)
}
FAVOURITES = {each: Favourite(value=each.endswith("1")) for each in IDS}
COUNTERS = {each: Counters(views=len(each), likes=3) for each in IDS}
BIDS = {each: Bid(amount=len(each) * 100, currency="ZAR") for each in IDS}


class Loaders:
    """New for each execution, as in the product."""

    def __init__(self) -> None:
        self.categories = _loader(CATEGORIES)
        self.sellers = _loader(SELLERS)
        self.favourites = _loader(FAVOURITES)
        self.counters = _loader(COUNTERS)
        self.bids = _loader(BIDS)


def _loader(records: dict[str, Any]) -> LevelLoader[str, Any]:
    async def batch(keys: list[str]) -> list[Any]:
        return [records[key] for key in keys]

    return loader(batch)


def build_schema() -> strawberry.Schema:
    """The schema of the page."""
    return strawberry.Schema(query=Query)
