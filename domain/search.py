"""What a search of listings may ask, how its pages continue, and what comes back."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from domain.listings import Condition, ListingStatus
from domain.pages import CursorValue, Slice, decode_cursor
from domain.problems import BadInputError
from domain.users import ProfileKind

DEEPEST_OFFSET = 1_000
"""Lists ordered by relevance or distance end here: nobody reads further, and a search server pays for every step."""
LARGEST_RADIUS_METRES = 2_000_000.0
MOST_CHOICES = 100
MOST_ATTRIBUTE_FILTERS = 20


class ListingSort(Enum):
    """The order of search results (S1-035)."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    PRICE_LOW_TO_HIGH = "price-low-to-high"
    PRICE_HIGH_TO_LOW = "price-high-to-low"
    PROMOTED = "promoted"
    NEAREST = "nearest"


@dataclass(frozen=True, slots=True)
class NumberRange:
    """An interval that includes its ends; None leaves a side open."""

    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, slots=True)
class PriceFilter:
    """A price interval in minor units of one currency."""

    range: NumberRange
    currency: str


@dataclass(frozen=True, slots=True)
class Near:
    """A circle on the map: degrees and metres."""

    latitude: float
    longitude: float
    radius_metres: float

    def __post_init__(self) -> None:
        if not (-90 <= self.latitude <= 90 and -180 <= self.longitude <= 180):
            raise BadInputError("BAD_PLACE", "A latitude lies within 90 degrees and a longitude within 180.")
        if not 0 < self.radius_metres <= LARGEST_RADIUS_METRES:
            raise BadInputError(
                "BAD_RADIUS", f"A radius is more than 0 and at most {LARGEST_RADIUS_METRES:.0f} metres."
            )


@dataclass(frozen=True, slots=True)
class AttributeFilter:
    """Listings whose attribute has one of some values, or lies in an interval."""

    key: str
    any_of: tuple[str | float | bool, ...] = ()
    range: NumberRange | None = None


@dataclass(frozen=True, slots=True)
class ListingFilter:
    """Which listings a search may return: every given condition holds; an empty tuple asks nothing."""

    category_ids: tuple[str, ...] = ()
    """Any of these, each with everything below it in the tree."""
    cities: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    seller_ids: tuple[str, ...] = ()
    seller_kinds: tuple[ProfileKind, ...] = ()
    statuses: tuple[ListingStatus, ...] = (ListingStatus.ACTIVE,)
    price: PriceFilter | None = None
    near: Near | None = None
    attributes: tuple[AttributeFilter, ...] = ()
    is_promoted: bool | None = None

    def __post_init__(self) -> None:
        choices = (
            self.category_ids,
            self.cities,
            self.seller_ids,
            *(each.any_of for each in self.attributes),
        )
        if any(len(each) > MOST_CHOICES for each in choices) or len(self.attributes) > MOST_ATTRIBUTE_FILTERS:
            raise BadInputError(
                "FILTER_TOO_LARGE",
                f"A filter takes up to {MOST_CHOICES} choices and {MOST_ATTRIBUTE_FILTERS} attributes.",
            )


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value of a facet and how many results have it."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Facet:
    """The values of one field among the results; `range` for numbers."""

    key: str
    values: tuple[FacetValue, ...]
    range: NumberRange | None = None


@dataclass(frozen=True, slots=True)
class ListingQuery:
    """One search: words, filter, order and the facets to count."""

    text: str = ""
    filter: ListingFilter = field(default_factory=ListingFilter)
    sort: ListingSort = ListingSort.RELEVANCE
    facets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListingHit:
    """One result: which listing, why it matched, and how far it is."""

    listing_id: str
    highlighted_title: str | None = None
    highlighted_text: str | None = None
    distance_metres: int | None = None


@dataclass(frozen=True, slots=True)
class SortKey:
    """A field that orders results, and which way."""

    name: str
    is_descending: bool


TIE_BREAK = "tieBreak"
"""A number made from the id: it orders listings whose other keys are equal, the same way each time."""
_TIE = SortKey(TIE_BREAK, is_descending=False)

KEYSET_ORDERS: Mapping[ListingSort, tuple[SortKey, ...]] = {
    ListingSort.NEWEST: (SortKey("publishedAt", is_descending=True), _TIE),
    ListingSort.PRICE_LOW_TO_HIGH: (SortKey("priceMinor", is_descending=False), _TIE),
    ListingSort.PRICE_HIGH_TO_LOW: (SortKey("priceMinor", is_descending=True), _TIE),
    ListingSort.PROMOTED: (
        SortKey("promotedRank", is_descending=True),
        SortKey("publishedAt", is_descending=True),
        _TIE,
    ),
}
"""Orders whose pages continue after the last key, so that arrivals neither repeat nor hide a listing.

Relevance and distance are no stored keys; their pages continue at an offset, up to ``DEEPEST_OFFSET``.
"""


def tie_break(listing_id: str) -> int:
    """The tie-break number of a listing: 52 bits of a hash, exact in JSON."""
    return int.from_bytes(hashlib.sha256(listing_id.encode()).digest()[:8], "big") >> 12


def fingerprint(query: ListingQuery) -> str:
    """What a cursor must share with its query: words, filter and order, but not the facets."""
    shown = repr((query.text, query.filter, query.sort.value))
    return hashlib.sha256(shown.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class SearchPosition:
    """Where a page of results starts: after a key, or at an offset."""

    after_key: tuple[CursorValue, ...] | None = None
    offset: int = 0


def position_of(query: ListingQuery, after: str | None) -> SearchPosition:
    """Where the page after a cursor starts (BAD_CURSOR for a cursor of another search)."""
    if not after:
        return SearchPosition()
    keys = KEYSET_ORDERS.get(query.sort)
    values = decode_cursor(after, arity=1 + (1 if keys is None else len(keys)))
    problem = BadInputError("BAD_CURSOR", "The cursor belongs to another search; leave it out to start again.")
    if values[0] != fingerprint(query):
        raise problem
    if keys is not None:
        if not all(value is None or _is_finite(value) for value in values[1:]) or values[-1] is None:
            raise problem
        return SearchPosition(after_key=values[1:])
    offset = values[1]
    if not isinstance(offset, int) or not 0 < offset <= DEEPEST_OFFSET:
        raise problem
    return SearchPosition(offset=offset)


def _is_finite(value: CursorValue) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def hit_key(
    query: ListingQuery, position: SearchPosition, *, place: int, keys: Sequence[CursorValue]
) -> tuple[CursorValue, ...]:
    """The cursor values of the hit at a place of its page; `keys` are its sort values in a keyset order."""
    if query.sort in KEYSET_ORDERS:
        return (fingerprint(query), *keys)
    return (fingerprint(query), position.offset + place + 1)


def fetch_size(query: ListingQuery, position: SearchPosition, wanted: Slice) -> int:
    """How many hits to ask for: one more than the page shows that others follow; offsets end at their bound."""
    if query.sort in KEYSET_ORDERS:
        return wanted.first + 1
    return min(wanted.first + 1, DEEPEST_OFFSET - position.offset)
