"""Saved searches: under which key each stands, whether a listing satisfies one, and whether that is news."""

import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from domain.listings import AttributeValue, Condition, GeoPoint, ListingStatus
from domain.money import Money
from domain.search import AttributeFilter, ListingFilter, ListingQuery, Near, NumberRange
from domain.users import ProfileKind

MOST_SAVED = 50
"""Searches of one account."""
LONGEST_NAME = 100

_WORD = re.compile(r"[^\W_]+")
_MOST_WORDS = 400
_LONGEST_WORD = 60
_EARTH_METRES = 6_371_000.0


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A search that an account keeps."""

    search_id: str
    user_id: UUID
    name: str
    query: ListingQuery
    has_alerts: bool
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedListing:
    """What of a listing a saved search can ask."""

    listing_id: str
    words: frozenset[str]
    """Those of everything that words are looked for in."""
    category_ids: tuple[str, ...]
    """From the top category down to the listing's own."""
    city: str | None
    condition: Condition | None
    seller_id: str | None
    seller_kind: ProfileKind | None
    status: ListingStatus
    price: Money | None
    location: GeoPoint | None
    attributes: Mapping[str, AttributeValue]
    is_promoted: bool
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class ListingBefore:
    """How a listing stood before it changed, as far as it is recorded."""

    status: ListingStatus
    price: Money | None
    is_categorised_alike: bool


def words_of(text: str) -> frozenset[str]:
    """The words of a text without case and accents; a long text has its first 400."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(each for each in plain if not unicodedata.combining(each))
    return frozenset(each[:_LONGEST_WORD] for each in _WORD.findall(plain)[:_MOST_WORDS])


def keys_of_search(query: ListingQuery) -> frozenset[str]:
    """Where a search stands: under its most telling condition, each listing that satisfies it has one of these keys.

    A search under several keys has several choices of one condition, such as two categories.
    """
    wanted = query.filter
    if wanted.seller_ids:
        return frozenset(f"seller:{each}" for each in wanted.seller_ids)
    if words := words_of(query.text):
        # The longest word is the rarest guess that needs no statistics.
        return frozenset({f"word:{max(words, key=lambda each: (len(each), each))}"})
    if wanted.category_ids:
        return frozenset(f"category:{each}" for each in wanted.category_ids)
    if wanted.cities:
        return frozenset(f"city:{each.casefold()}" for each in wanted.cities)
    return frozenset({"any"})


def keys_of_listing(listing: MatchedListing) -> frozenset[str]:
    """Every key under which a search that it satisfies may stand."""
    keys = {"any", *(f"category:{each}" for each in listing.category_ids)}
    keys |= {f"word:{each}" for each in listing.words}
    if listing.seller_id is not None:
        keys.add(f"seller:{listing.seller_id}")
    if listing.city is not None:
        keys.add(f"city:{listing.city.casefold()}")
    return frozenset(keys)


def is_new_match(search: SavedSearch, listing: MatchedListing, before: ListingBefore | None) -> bool:
    """Whether a changed listing satisfies the search now and could not be found by it before."""
    if not satisfies(listing, search.query):
        return False
    if before is None or (listing.published_at is not None and listing.published_at > search.created_at):
        return True
    if not before.is_categorised_alike:
        return True
    return not satisfies(replace(listing, status=before.status, price=before.price), search.query)


def satisfies(listing: MatchedListing, query: ListingQuery) -> bool:
    """Whether every condition of the search holds; words are compared whole."""
    wanted = query.filter
    return (
        listing.status in wanted.statuses
        and _has_any(listing.category_ids, wanted.category_ids)
        and _is_one_of(listing.city, wanted.cities)
        and _is_one_of(listing.condition, wanted.conditions)
        and _is_one_of(listing.seller_id, wanted.seller_ids)
        and _is_one_of(listing.seller_kind, wanted.seller_kinds)
        and (wanted.is_promoted is None or wanted.is_promoted == listing.is_promoted)
        and _has_price(listing.price, wanted)
        and (wanted.near is None or _is_near(listing.location, wanted.near))
        and all(_has_attribute(listing.attributes.get(each.key), each) for each in wanted.attributes)
        and words_of(query.text) <= listing.words
    )


def _has_any(held: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    return not wanted or any(each in held for each in wanted)


def _is_one_of(held: object, wanted: tuple[object, ...]) -> bool:
    return not wanted or held in wanted


def _has_price(price: Money | None, wanted: ListingFilter) -> bool:
    if wanted.price is None:
        return True
    return (
        price is not None
        and price.currency == wanted.price.currency
        and _within(price.amount_minor, wanted.price.range)
    )


def _within(value: float, wanted: NumberRange) -> bool:
    return (wanted.minimum is None or value >= wanted.minimum) and (wanted.maximum is None or value <= wanted.maximum)


def _has_attribute(held: AttributeValue | None, wanted: AttributeFilter) -> bool:
    if held is None:
        return False
    values = held if isinstance(held, tuple) else (held,)
    if wanted.any_of and not any(_is_alike(each, one) for each in values for one in wanted.any_of):
        return False
    if wanted.range is None:
        return True
    return isinstance(held, int | float) and not isinstance(held, bool) and _within(held, wanted.range)


def _is_alike(one: object, other: object) -> bool:
    """Equal, where yes is not the number one."""
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def _is_near(location: GeoPoint | None, near: Near) -> bool:
    if location is None:
        return False
    north, south = math.radians(location.latitude), math.radians(near.latitude)
    east = math.radians(location.longitude - near.longitude)
    half = math.sin((north - south) / 2) ** 2 + math.cos(north) * math.cos(south) * math.sin(east / 2) ** 2
    return 2 * _EARTH_METRES * math.asin(math.sqrt(min(1.0, half))) <= near.radius_metres
