"""Which listings a saved search wants, and that every listing it wants has the key under which it stands."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as some

from domain.listings import Condition, GeoPoint, ListingStatus
from domain.money import Money
from domain.saved_searches import (
    ListingBefore,
    MatchedListing,
    SavedSearch,
    is_new_match,
    keys_of_listing,
    keys_of_search,
    satisfies,
    words_of,
)
from domain.search import AttributeFilter, ListingFilter, ListingQuery, Near, NumberRange, PriceFilter
from domain.users import ProfileKind

SAVED_AT = datetime(2026, 1, 1, tzinfo=UTC)
HILUX = MatchedListing(
    listing_id="hilux",
    words=words_of("Toyota Hilux 2.8 Double-Cab in Paarl"),
    category_ids=("vehicles", "cars"),
    city="Paarl",
    condition=Condition.GOOD,
    seller_id="sam",
    seller_kind=ProfileKind.DEALER,
    status=ListingStatus.ACTIVE,
    price=Money(30_000_000, "ZAR"),
    location=GeoPoint(-33.73, 18.97),
    attributes={"year": 2022, "automatic": True, "extras": ("towbar", "canopy")},
    is_promoted=False,
    published_at=SAVED_AT - timedelta(days=1),
)


def price(low: float | None, high: float | None, currency: str = "ZAR") -> PriceFilter:
    return PriceFilter(NumberRange(low, high), currency)


WANTED = {
    "nothing asked": ListingQuery(),
    "words in any case": ListingQuery(text="hilux TOYOTA"),
    "a category above": ListingQuery(filter=ListingFilter(category_ids=("boats", "vehicles"))),
    "its town": ListingQuery(filter=ListingFilter(cities=("Stellenbosch", "Paarl"))),
    "its price at the edge": ListingQuery(filter=ListingFilter(price=price(30_000_000, 30_000_000))),
    "an open price": ListingQuery(filter=ListingFilter(price=price(None, 40_000_000))),
    "near": ListingQuery(filter=ListingFilter(near=Near(-33.73, 18.96, 5_000))),
    "a number": ListingQuery(filter=ListingFilter(attributes=(AttributeFilter("year", any_of=(2022.0,)),))),
    "yes": ListingQuery(filter=ListingFilter(attributes=(AttributeFilter("automatic", any_of=(True,)),))),
    "one of several": ListingQuery(filter=ListingFilter(attributes=(AttributeFilter("extras", any_of=("canopy",)),))),
    "an interval": ListingQuery(
        filter=ListingFilter(attributes=(AttributeFilter("year", range=NumberRange(2020, None)),))
    ),
    "its seller": ListingQuery(filter=ListingFilter(seller_ids=("sam",), seller_kinds=(ProfileKind.DEALER,))),
}
NOT_WANTED = {
    "another word": ListingQuery(text="hilux raider"),
    "half a word": ListingQuery(text="toyo"),
    "another category": ListingQuery(filter=ListingFilter(category_ids=("boats",))),
    "another town": ListingQuery(filter=ListingFilter(cities=("Durban",))),
    "too dear": ListingQuery(filter=ListingFilter(price=price(None, 29_999_999))),
    "another currency": ListingQuery(filter=ListingFilter(price=price(None, None, "EUR"))),
    "far": ListingQuery(filter=ListingFilter(near=Near(-26.2, 28.0, 5_000))),
    "another condition": ListingQuery(filter=ListingFilter(conditions=(Condition.NEW,))),
    "no": ListingQuery(filter=ListingFilter(attributes=(AttributeFilter("automatic", any_of=(False,)),))),
    "one is not yes": ListingQuery(filter=ListingFilter(attributes=(AttributeFilter("automatic", any_of=(1.0,)),))),
    "no such attribute": ListingQuery(filter=ListingFilter(attributes=(AttributeFilter("doors", any_of=(4.0,)),))),
    "a text is no interval": ListingQuery(
        filter=ListingFilter(attributes=(AttributeFilter("extras", range=NumberRange(0, 9)),))
    ),
    "promoted only": ListingQuery(filter=ListingFilter(is_promoted=True)),
    "another seller": ListingQuery(filter=ListingFilter(seller_ids=("tom",))),
}


@pytest.mark.parametrize("case", WANTED)
def test_it_wants(case: str) -> None:
    assert satisfies(HILUX, WANTED[case])
    assert keys_of_search(WANTED[case]) & keys_of_listing(HILUX)


@pytest.mark.parametrize("case", NOT_WANTED)
def test_it_does_not_want(case: str) -> None:
    assert not satisfies(HILUX, NOT_WANTED[case])


def test_what_is_not_for_sale_now_is_not_wanted() -> None:
    assert not satisfies(replace(HILUX, status=ListingStatus.SOLD), ListingQuery())


WORDS = some.lists(some.sampled_from(["hilux", "Ranger", "Isuzu", "red", "ÄÖ", "4x4"]), max_size=4).map(" ".join)
IDS = some.lists(some.sampled_from(["vehicles", "cars", "boats"]), max_size=2, unique=True).map(tuple)
CITIES = some.lists(some.sampled_from(["Paarl", "Durban", "PAARL"]), max_size=2, unique=True).map(tuple)
QUERIES = some.builds(
    ListingQuery,
    text=WORDS,
    filter=some.builds(
        ListingFilter,
        category_ids=IDS,
        cities=CITIES,
        seller_ids=some.sampled_from([(), ("sam",), ("tom", "sam")]),
        price=some.none() | some.builds(price, some.none() | some.integers(0, 9), some.none() | some.integers(0, 9)),
    ),
)


@given(query=QUERIES, text=WORDS, categories=IDS, city=some.sampled_from(["Paarl", "Durban", None]))
def test_no_listing_that_is_wanted_is_missed_for_its_keys(
    query: ListingQuery, text: str, categories: tuple[str, ...], city: str | None
) -> None:
    listing = replace(HILUX, words=words_of(text), category_ids=categories, city=city, price=Money(5, "ZAR"))
    if satisfies(listing, query):
        assert keys_of_search(query) & keys_of_listing(listing)


def search(query: ListingQuery) -> SavedSearch:
    return SavedSearch("s1", UUID(int=1), "mine", query, has_alerts=True, created_at=SAVED_AT)


def test_what_could_be_found_before_is_no_news() -> None:
    cheap = search(ListingQuery(filter=ListingFilter(price=price(None, 31_000_000))))
    same = ListingBefore(ListingStatus.ACTIVE, HILUX.price, is_categorised_alike=True)
    assert not is_new_match(cheap, HILUX, same)
    assert is_new_match(cheap, HILUX, replace(same, price=Money(32_000_000, "ZAR"))), "the price fell into reach"
    assert is_new_match(cheap, HILUX, replace(same, status=ListingStatus.RESERVED)), "it is for sale again"
    assert is_new_match(cheap, HILUX, replace(same, is_categorised_alike=False))
    assert is_new_match(cheap, HILUX, None)
    assert is_new_match(cheap, replace(HILUX, published_at=SAVED_AT + timedelta(seconds=1)), same)
    dear = search(ListingQuery(filter=ListingFilter(price=price(31_000_000, None))))
    assert not is_new_match(dear, HILUX, None)
