"""Counting the values of filterable attributes among the hits, and searching inside those values."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any

from engines.search_server.bitmaps import Membership, numbers_of
from engines.search_server.columns import Column, Key
from engines.search_server.contents import Contents
from engines.search_server.filter_matches import demand_filterable
from engines.search_server.flattening import covers, number_text
from engines.search_server.words import fold, words_of

FACET_SEARCH_LIMIT = 100
DOCUMENTS_A_VALUE = 12  # from here on, intersecting bitmaps beats reading every document's values


def facet_answers(contents: Contents, wanted: Sequence[str], bits: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """The facet distribution and the number statistics of some attributes.

    Raises:
        ApiError: an attribute is not filterable.
    """
    distribution: dict[str, Any] = {}
    stats: dict[str, Any] = {}
    for attribute in _named(contents, wanted):
        column = contents.columns.get(attribute)
        if column is None:
            distribution[attribute] = {}
            continue
        counted = counts(column, bits)
        distribution[attribute] = _shown(contents.settings["faceting"], attribute, column, counted)
        if (extent := _extent(counted)) is not None:
            stats[attribute] = extent
    return distribution, stats


def _named(contents: Contents, wanted: Sequence[str]) -> list[str]:
    if "*" in wanted:
        return sorted(
            path for path, column in contents.columns.items() if column.by_value and _is_filterable(contents, path)
        )
    for attribute in wanted:
        demand_filterable(contents, attribute, code="invalid_search_facets")
    return list(dict.fromkeys(wanted))


def _is_filterable(contents: Contents, path: str) -> bool:
    return any(covers(pattern, path) for pattern in contents.filterable)


def counts(column: Column, bits: int) -> Counter[Key]:
    """How many of some documents hold each value."""
    if bits.bit_count() > DOCUMENTS_A_VALUE * len(column.by_value):
        members = Membership(bits)
        return Counter({key: postings.count_in(bits, members) for key, postings in column.by_value.items()})
    held = map(column.by_document.get, numbers_of(bits))
    return Counter(chain.from_iterable(keys for keys in held if keys is not None))


def _shown(faceting: Mapping[str, Any], attribute: str, column: Column, counted: Counter[Key]) -> dict[str, int]:
    orders = faceting["sortFacetValuesBy"]
    by_count = orders.get(attribute, orders.get("*", "alpha")) == "count"
    numbers: list[Key] = sorted(key for key in counted if not isinstance(key, str))
    texts: list[Key] = sorted(key for key in counted if isinstance(key, str))
    pairs = [(key, count) for key in (*numbers, *texts) if (count := counted[key])]
    if by_count:
        pairs.sort(key=itemgetter(1), reverse=True)
    shown: Counter[str] = Counter()
    for key, count in pairs:
        if len(shown) == faceting["maxValuesPerFacet"]:
            break
        shown[_label(column, key)] += count  # the number 10 and the text "10" look the same
    return dict(shown)


def _extent(counted: Counter[Key]) -> dict[str, float] | None:
    numbers = [key for key, count in counted.items() if count and not isinstance(key, str)]
    return {"min": min(numbers), "max": max(numbers)} if numbers else None


def _label(column: Column, key: Key) -> str:
    return column.labels[key] if isinstance(key, str) else number_text(key)


def facet_hits(contents: Contents, attribute: str, text: str | None, bits: int) -> list[dict[str, Any]]:
    """The values of one attribute that begin with every word of a text, most frequent first."""
    demand_filterable(contents, attribute, code="invalid_facet_search_facet_name")
    column = contents.columns.get(attribute)
    if column is None:
        return []
    wanted = words_of(text or "")
    counted = counts(column, bits)
    found = [
        (_label(column, key), count)
        for key, count in counted.items()
        if count and isinstance(key, str) and _holds(contents, words_of(key), wanted)
    ]
    if contents.settings["faceting"]["sortFacetValuesBy"].get(attribute) == "count" or not wanted:
        found.sort(key=lambda pair: (-pair[1], fold(pair[0])))
    else:
        found.sort(key=lambda pair: fold(pair[0]))
    return [{"value": value, "count": count} for value, count in found[:FACET_SEARCH_LIMIT]]


def _holds(contents: Contents, held: Sequence[str], wanted: Sequence[str]) -> bool:
    return all(any(word.startswith(start) or _is_near(contents, start, word) for word in held) for start in wanted)


def _is_near(contents: Contents, start: str, word: str) -> bool:
    """Whether a word begins like `start` but for one typo; facet values need not be searchable words."""
    if not contents.typos.allowed(start) or word[0] != start[0]:
        return False
    return any(_is_one_edit(start, word[:size]) for size in (len(start) - 1, len(start), len(start) + 1))


def _is_one_edit(left: str, right: str) -> bool:
    shared = next(
        (place for place, pair in enumerate(zip(left, right, strict=False)) if pair[0] != pair[1]),
        min(len(left), len(right)),
    )
    left, right = left[shared:], right[shared:]
    return (
        left[1:] == right[1:]
        or left[1:] == right
        or left == right[1:]
        or (left[:2] == right[1::-1] and left[2:] == right[2:])
    )
