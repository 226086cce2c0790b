"""Searching listings: typed queries in, pages of hits and facets out, many queries in one round trip."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from datasources.record_parts import Part, RecordParts, Variant
from datasources.search.client import SearchClient
from datasources.search.filters import (
    Compared,
    Every,
    Missing,
    OneOf,
    SearchFilter,
    Some,
    Within,
    every,
    is_field,
    render,
)
from datasources.search.listing_documents import INDEX_NAME
from domain.pages import CursorValue, Page, Slice, keyed_page
from domain.problems import BadInputError
from domain.search import (
    KEYSET_ORDERS,
    Facet,
    FacetValue,
    ListingFilter,
    ListingHit,
    ListingQuery,
    ListingSort,
    NumberRange,
    SearchPosition,
    SortKey,
    fetch_size,
    hit_key,
    position_of,
)
from domain.selections import Fields

FACET_FIELDS: Mapping[str, str] = {
    "category": "categoryIds",
    "city": "city",
    "condition": "condition",
    "seller": "sellerId",
    "sellerKind": "sellerKind",
    "price": "priceMinor",
}
"""Facets by the name clients use; attributes are ``attributes.<key>``."""
ATTRIBUTE_PREFIX = "attributes."
MARK_START, MARK_END = "\ue000", "\ue001"
"""Private characters around matches: no listing text contains them, so markup is added safely later."""
_CROP_WORDS = 30
_SUGGESTION_POOL = 5


def _marked_in(name: str) -> Part[str]:
    """The text with its matches marked; None where nothing matched in it."""

    def read(hit: Mapping[str, Any]) -> str | None:
        text = hit.get("_formatted", {}).get(name)
        return text if text is not None and MARK_START in text else None

    return Part((name,), read)


HIT: RecordParts[ListingHit, str] = RecordParts(
    ListingHit,
    {
        "listing_id": Part((), lambda hit: hit["listingId"]),
        "highlighted_title": _marked_in("title"),
        "highlighted_text": _marked_in("text"),
        "distance_metres": Part((), lambda hit: hit.get("_geoDistance")),
    },
    always=("listing_id", "distance_metres"),
)
"""Sources are the texts in which the server marks what matched: its dearest work for a hit."""
_Shown = Variant[ListingHit, str]


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """One page of hits, how many there are in all, and the asked facets."""

    page: Page[ListingHit]
    total: int
    facets: tuple[Facet, ...]


async def pages(
    client: SearchClient,
    queries: Sequence[tuple[ListingQuery, Slice, str | None]],
    *,
    index: str = INDEX_NAME,
    fields: Fields = None,
) -> list[SearchAnswer]:
    """The answers to (query, slice, cursor text), aligned, in one round trip; hits have these fields.

    Raises:
        BadInputError: a cursor of another search, or a facet or attribute that cannot be one.
        UpstreamUnavailableError: the search server did not answer in time.
    """
    shown = HIT.variant(fields)
    positions = [position_of(query, after) for query, _, after in queries]
    bodies: list[dict[str, Any]] = []
    for (query, wanted, _), position in zip(queries, positions, strict=True):
        bodies += [_hits_body(query, wanted, position, index, shown), _count_body(query, index)]
    results = await client.multi_search(bodies)
    return [
        _answer(query, wanted, position, results[2 * place], results[2 * place + 1], shown)
        for place, ((query, wanted, _), position) in enumerate(zip(queries, positions, strict=True))
    ]


async def page(
    client: SearchClient,
    query: ListingQuery,
    wanted: Slice,
    *,
    after: str | None = None,
    index: str = INDEX_NAME,
    fields: Fields = None,
) -> SearchAnswer:
    """The answer to one query; see :func:`pages`."""
    return (await pages(client, [(query, wanted, after)], index=index, fields=fields))[0]


async def suggest(
    client: SearchClient, prefix: str, *, limit: int, filter_: ListingFilter | None = None, index: str = INDEX_NAME
) -> list[str]:
    """Titles that complete what is being typed, best first and each once."""
    body = {
        "indexUid": index,
        "q": prefix,
        "limit": limit * _SUGGESTION_POOL,
        "matchingStrategy": "all",
        "attributesToSearchOn": ["title"],
        "attributesToRetrieve": ["title"],
        **_filter_field(filter_parts(filter_ or ListingFilter())),
    }
    (result,) = await client.multi_search([body])
    return list(dict.fromkeys(hit["title"] for hit in result["hits"]))[:limit]


def filter_parts(wanted: ListingFilter) -> list[SearchFilter]:
    """The conditions of a filter (BAD_ATTRIBUTE for a key that cannot be one)."""
    choices: list[tuple[str, tuple[str, ...]]] = [
        ("categoryIds", wanted.category_ids),
        ("city", wanted.cities),
        ("condition", tuple(each.value for each in wanted.conditions)),
        ("sellerId", wanted.seller_ids),
        ("sellerKind", tuple(each.value for each in wanted.seller_kinds)),
        ("status", tuple(each.value for each in wanted.statuses)),
    ]
    parts: list[SearchFilter] = [OneOf(field, values) for field, values in choices if values]
    if wanted.price is not None:
        parts += [OneOf("currency", (wanted.price.currency,)), *_range_parts("priceMinor", wanted.price.range)]
    if wanted.near is not None:
        parts.append(Within(wanted.near.latitude, wanted.near.longitude, wanted.near.radius_metres))
    if wanted.is_promoted is not None:
        parts.append(Compared("promotedRank", "=", int(wanted.is_promoted)))
    for each in wanted.attributes:
        field = _attribute_field(each.key)
        if each.any_of:
            parts.append(OneOf(field, each.any_of))
        if each.range is not None:
            parts += _range_parts(field, each.range)
    return parts


def after_key(keys: Sequence[SortKey], values: Sequence[CursorValue]) -> SearchFilter:
    """The documents that follow a key in an order; documents without a field come last whichever way it runs."""
    choices: list[SearchFilter] = []
    same: list[SearchFilter] = []
    for key, value in zip(keys, values, strict=True):
        if value is None:
            same.append(Missing(key.name))
            continue
        number = float(value) if not isinstance(value, int) else value
        later: list[SearchFilter] = [Compared(key.name, "<" if key.is_descending else ">", number)]
        if key is not keys[-1]:
            later.append(Missing(key.name))
        choices.append(Every((*same, Some(tuple(later)))))
        same.append(Compared(key.name, "=", number))
    return Some(tuple(choices))


def _range_parts(field: str, wanted: NumberRange) -> list[SearchFilter]:
    bounds = ((">=", wanted.minimum), ("<=", wanted.maximum))
    return [Compared(field, sign, bound) for sign, bound in bounds if bound is not None]


def _attribute_field(key: str) -> str:
    if "." in key or not is_field(ATTRIBUTE_PREFIX + key):
        raise BadInputError("BAD_ATTRIBUTE", "An attribute's key is made of letters, digits and underscores.")
    return ATTRIBUTE_PREFIX + key


def _facet_field(name: str) -> str:
    if name in FACET_FIELDS:
        return FACET_FIELDS[name]
    if name.startswith(ATTRIBUTE_PREFIX):
        return _attribute_field(name.removeprefix(ATTRIBUTE_PREFIX))
    raise BadInputError("BAD_FACET", f"Facets are {', '.join(FACET_FIELDS)} and attributes.<key>.")


def _filter_field(parts: Sequence[SearchFilter]) -> dict[str, str]:
    joined = every(parts)
    return {} if joined is None else {"filter": render(joined)}


def _strategy(query: ListingQuery) -> str:
    """By relevance, fewer matching words rank lower; in any other order such hits would stand among the good ones."""
    return "last" if query.sort is ListingSort.RELEVANCE else "all"


def _hits_body(
    query: ListingQuery, wanted: Slice, position: SearchPosition, index: str, shown: _Shown
) -> dict[str, Any]:
    keys = KEYSET_ORDERS.get(query.sort, ())
    parts = filter_parts(query.filter)
    if position.after_key is not None:
        parts.append(after_key(keys, position.after_key))
    body: dict[str, Any] = {
        "indexUid": index,
        "q": query.text,
        "offset": position.offset,
        "limit": fetch_size(query, position, wanted),
        "matchingStrategy": _strategy(query),
        "attributesToRetrieve": ["listingId", *(key.name for key in keys)],
        **_filter_field(parts),
    }
    if query.text and shown.sources:
        body |= {
            "attributesToHighlight": list(shown.sources),
            "attributesToCrop": [f"text:{_CROP_WORDS}"] if "text" in shown.sources else [],
            "highlightPreTag": MARK_START,
            "highlightPostTag": MARK_END,
        }
    sort = [f"{key.name}:{'desc' if key.is_descending else 'asc'}" for key in keys]
    near = query.filter.near
    if query.sort is ListingSort.NEAREST:
        if near is None:
            raise BadInputError("NEAR_NEEDED", "Sorting by distance needs `near`.")
        sort = [f"_geoPoint({near.latitude!r}, {near.longitude!r}):asc"]
    if sort:
        body["sort"] = sort
    return body


def _count_body(query: ListingQuery, index: str) -> dict[str, Any]:
    """The same search without a position: its total and facets are those of the whole list, on every page."""
    return {
        "indexUid": index,
        "q": query.text,
        "limit": 0,
        "matchingStrategy": _strategy(query),
        "facets": list(dict.fromkeys(_facet_field(name) for name in query.facets)),
        **_filter_field(filter_parts(query.filter)),
    }


def _answer(
    query: ListingQuery, wanted: Slice, position: SearchPosition, found: Any, counted: Any, shown: _Shown
) -> SearchAnswer:
    keys = KEYSET_ORDERS.get(query.sort, ())
    total = int(counted["estimatedTotalHits"])
    keyed = [
        (hit_key(query, position, place=place, keys=[hit.get(key.name) for key in keys]), shown.record(hit))
        for place, hit in enumerate(found["hits"])
    ]
    started = Slice(wanted.first, position.after_key or ((position.offset,) if position.offset else None))
    return SearchAnswer(keyed_page(keyed, started, total_count=total), total, _facets(query, counted))


def _facets(query: ListingQuery, counted: Mapping[str, Any]) -> tuple[Facet, ...]:
    distribution: Mapping[str, Mapping[str, int]] = counted.get("facetDistribution") or {}
    stats: Mapping[str, Mapping[str, float]] = counted.get("facetStats") or {}
    facets = []
    for name in dict.fromkeys(query.facets):
        field = _facet_field(name)
        values = tuple(FacetValue(value, count) for value, count in distribution.get(field, {}).items())
        extent = stats.get(field)
        facets.append(Facet(name, values, None if extent is None else NumberRange(extent["min"], extent["max"])))
    return tuple(facets)
