"""Search queries: bounds, cursors and positions."""

import math
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.listings import Condition
from domain.pages import Slice, encode_cursor
from domain.problems import BadInputError
from domain.search import (
    DEEPEST_OFFSET,
    KEYSET_ORDERS,
    AttributeFilter,
    ListingFilter,
    ListingQuery,
    ListingSort,
    Near,
    NumberRange,
    PriceFilter,
    SearchPosition,
    fetch_size,
    fingerprint,
    hit_key,
    position_of,
    tie_break,
)

filters = st.builds(
    ListingFilter,
    category_ids=st.lists(st.text(max_size=5), max_size=3).map(tuple),
    conditions=st.lists(st.sampled_from(Condition), max_size=2).map(tuple),
    price=st.none() | st.just(PriceFilter(NumberRange(1, 2), "ZAR")),
    near=st.none() | st.just(Near(1, 2, 3)),
)
queries = st.builds(ListingQuery, text=st.text(max_size=10), filter=filters, sort=st.sampled_from(ListingSort))
numbers = st.none() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)


@given(queries, st.lists(numbers, min_size=3, max_size=3), st.integers(0, DEEPEST_OFFSET - 100), st.integers(0, 99))
def test_a_cursor_leads_back_to_its_place(
    query: ListingQuery, values: list[float | None], offset: int, place: int
) -> None:
    keys = KEYSET_ORDERS.get(query.sort)
    started = SearchPosition(offset=0 if keys else offset)
    sort_values = () if keys is None else (*values[: len(keys) - 1], tie_break("listing-1"))
    cursor = encode_cursor(hit_key(query, started, place=place, keys=sort_values))
    continued = position_of(query, cursor)
    assert continued == (SearchPosition(offset=offset + place + 1) if keys is None else SearchPosition(sort_values))


@given(queries, queries)
def test_a_cursor_belongs_to_its_search_alone(query: ListingQuery, other: ListingQuery) -> None:
    keys = [1] * len(KEYSET_ORDERS.get(query.sort, ()))
    cursor = encode_cursor(hit_key(query, SearchPosition(), place=0, keys=keys))
    if query == other:
        position_of(other, cursor)
    else:
        with pytest.raises(BadInputError) as caught:
            position_of(other, cursor)
        assert caught.value.public_code == "BAD_CURSOR"


@given(
    st.sampled_from(ListingSort), st.lists(st.none() | st.integers() | st.text(max_size=5) | st.floats(), max_size=4)
)
def test_a_forged_cursor_is_refused_or_harmless(sort: ListingSort, values: list[float | str | None]) -> None:
    query = ListingQuery(sort=sort)
    with suppress(BadInputError):
        position = position_of(query, encode_cursor([fingerprint(query), *values]))
        assert 0 <= position.offset <= DEEPEST_OFFSET
        for value in position.after_key or ():
            assert value is None or (not isinstance(value, str) and math.isfinite(value))


def test_facets_do_not_change_the_search_a_cursor_belongs_to() -> None:
    query = ListingQuery("hilux")
    assert fingerprint(query) == fingerprint(replace(query, facets=("city",)))
    assert fingerprint(query) != fingerprint(replace(query, sort=ListingSort.NEWEST))


def test_offsets_end_at_their_bound_and_keys_do_not() -> None:
    relevance, newest = ListingQuery(), ListingQuery(sort=ListingSort.NEWEST)
    assert fetch_size(relevance, SearchPosition(), Slice(20)) == 21
    assert fetch_size(relevance, SearchPosition(offset=990), Slice(20)) == 10
    assert fetch_size(relevance, SearchPosition(offset=DEEPEST_OFFSET), Slice(20)) == 0
    assert fetch_size(newest, SearchPosition((1, 2)), Slice(20)) == 21


def test_tie_breaks_are_exact_in_json_and_differ() -> None:
    numbers = {tie_break(f"listing-{number}") for number in range(2000)}
    assert len(numbers) == 2000
    assert all(0 <= number < 2**53 for number in numbers)


@pytest.mark.parametrize(
    ("latitude", "longitude", "radius"), [(91, 0, 1), (0, 181, 1), (0, 0, 0), (0, 0, 3e6), (float("nan"), 0, 1)]
)
def test_a_circle_off_the_map_is_refused(latitude: float, longitude: float, radius: float) -> None:
    with pytest.raises(BadInputError):
        Near(latitude, longitude, radius)


def test_a_filter_has_bounded_choices() -> None:
    with pytest.raises(BadInputError, match="up to 100 choices"):
        ListingFilter(cities=tuple(map(str, range(101))))
    with pytest.raises(BadInputError, match="20 attributes"):
        ListingFilter(attributes=(AttributeFilter("a"),) * 21)
