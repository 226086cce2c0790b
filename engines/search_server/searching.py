"""Answering one search over the contents of an index."""

import math
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import islice
from typing import Any

from engines.search_server.closeness import FARTHEST, exact_attribute, pair_costs, places
from engines.search_server.contents import Contents
from engines.search_server.facets import facet_answers, facet_hits
from engines.search_server.filter_grammar import parse_filter
from engines.search_server.filter_matches import demand_filterable, matching
from engines.search_server.flattening import covers, picked
from engines.search_server.geography import distance
from engines.search_server.highlights import Formatter, Marking, marking_of, match_positions
from engines.search_server.matching import Term, excluded_bits, limited, match_terms
from engines.search_server.problems import ApiError
from engines.search_server.query_text import read_query
from engines.search_server.ranking import Ranking
from engines.search_server.search_requests import SearchRequest
from engines.search_server.sorting import GeoOrder, Order, parse_sort

Json = dict[str, Any]


def search(contents: Contents, request: SearchRequest) -> Json:
    """The answer to a search, without the index uid.

    Raises:
        ApiError: the filter, sort, facets or attributes cannot be used.
    """
    started = time.perf_counter()
    with contents.lock:
        found = _Search(contents, request)
        numbers, total = found.page()
        answer: Json = {"hits": [found.hit(number) for number in numbers], "query": request.q}
        answer |= _pagination(contents, request, total)
        if request.facets:
            answer["facetDistribution"], answer["facetStats"] = facet_answers(contents, request.facets, found.bits)
    answer["processingTimeMs"] = int((time.perf_counter() - started) * 1000)
    return answer


def search_facet(contents: Contents, name: str, text: str | None, request: SearchRequest) -> Json:
    """The values of one facet that fit a text, counted among the hits of a search."""
    started = time.perf_counter()
    if not contents.settings["facetSearch"]:
        raise ApiError("facet_search_disabled", "The facet search is disabled for this index.")
    with contents.lock:
        hits = facet_hits(contents, name, text, _Search(contents, request).bits)
    return {"facetHits": hits, "facetQuery": text, "processingTimeMs": int((time.perf_counter() - started) * 1000)}


def _pagination(contents: Contents, request: SearchRequest, total: int) -> Json:
    if not request.is_paged:
        return {"limit": request.limit, "offset": request.offset, "estimatedTotalHits": total}
    total = min(total, contents.settings["pagination"]["maxTotalHits"])
    size = request.hits_per_page if request.hits_per_page is not None else 20
    pages = math.ceil(total / size) if size else 0
    return {
        "page": 1 if request.page is None else request.page,
        "hitsPerPage": size,
        "totalPages": pages,
        "totalHits": total,
    }


class _Search:
    """One search while its index is locked."""

    def __init__(self, contents: Contents, request: SearchRequest) -> None:
        self.contents = contents
        self.request = request
        has_prefix = contents.settings["prefixSearch"] != "disabled"
        query = read_query(request.q, contents.stop_words, has_prefix=has_prefix)
        self.orders: list[Order | GeoOrder] = parse_sort(request.sort, contents.sortable)
        self.terms = self._exact_where_asked(match_terms(contents, query, self._fields()))
        self.ranking = Ranking(
            contents,
            self.terms,
            self.orders,
            strategy=request.matching_strategy,
            rules=contents.settings["rankingRules"],
        )
        bits = self.ranking.found & matching(contents, parse_filter(request.filter))
        self.bits = bits & ~excluded_bits(contents, query) if query.excluded else bits
        if request.ranking_score_threshold is not None:
            self._drop_below(request.ranking_score_threshold)

    def page(self) -> tuple[list[int], int]:
        """The numbers of the asked page, best first, and how many hits there are in all."""
        request, most = self.request, self.contents.settings["pagination"]["maxTotalHits"]
        if request.is_paged:
            size = request.hits_per_page if request.hits_per_page is not None else 20
            page = 1 if request.page is None else request.page
            start, stop = (page - 1) * size, page * size
            if page == 0:
                start = stop = 0
        else:
            start, stop = request.offset, request.offset + request.limit
        start, stop = min(start, most), min(stop, most)
        ordered = self.ranking.ordered(self.bits)
        distinct = request.distinct or self.contents.settings["distinctAttribute"]
        if distinct is None:
            return list(islice(ordered, start, stop)), self.bits.bit_count()
        if request.distinct is not None:
            demand_filterable(self.contents, distinct, code="invalid_search_distinct")
        kept = list(self._distinct(ordered, distinct))
        return kept[start:stop], len(kept)

    def hit(self, number: int) -> Json:
        """One document as the answer shows it."""
        contents, request = self.contents, self.request
        document = contents.document(number)
        displayed = contents.settings["displayedAttributes"]
        visible = picked(document, displayed)
        shown = picked(visible, list(request.attributes_to_retrieve))
        hit: Json = dict(shown)
        if request.attributes_to_highlight or request.attributes_to_crop:
            asked = [*request.attributes_to_retrieve, *request.attributes_to_highlight]
            asked += [item.split(":")[0] for item in request.attributes_to_crop]
            hit["_formatted"] = self._formatter.formatted(picked(visible, asked))
        if request.show_matches_position:
            hit["_matchesPosition"] = match_positions(visible, self._marking)
        geo = next((order for order in self.orders if isinstance(order, GeoOrder)), None)
        if geo is not None and number in contents.points:
            hit["_geoDistance"] = round(distance(geo.latitude, geo.longitude, *contents.points[number]))
        if request.show_ranking_score:
            hit["_rankingScore"] = score(contents, self.terms, number)
        return hit

    @cached_property
    def _marking(self) -> Marking:
        return marking_of(self.terms)

    @cached_property
    def _formatter(self) -> Formatter:
        return Formatter(self.request, self._marking)

    def _fields(self) -> list[int] | None:
        wanted = self.request.attributes_to_search_on
        if wanted is None or "*" in wanted:
            return None
        ranks = []
        for attribute in wanted:
            found = [rank for rank, name in enumerate(self.contents.fields) if covers(attribute, name)]
            if not found and "*" not in self.contents.settings["searchableAttributes"]:
                raise ApiError(
                    "invalid_search_attributes_to_search_on",
                    f"Attribute `{attribute}` is not searchable. Available searchable attributes are: "
                    f"`{', '.join(self.contents.fields)}`.",
                )
            ranks.extend(found)
        return ranks

    def _exact_where_asked(self, terms: Sequence[Term]) -> list[Term]:
        """Drop typo matches that stand only in attributes where the settings allow none."""
        exact_only = self.contents.typos.exact_attributes
        if not exact_only:
            return list(terms)
        tolerant = [rank for rank, name in enumerate(self.contents.fields) if name not in exact_only]
        return [_without_typos_outside(self.contents, term, tolerant) for term in terms]

    def _distinct(self, ordered: Iterable[int], attribute: str) -> Iterator[int]:
        column = self.contents.columns.get(attribute)
        seen: set[str | float] = set()
        for number in ordered:
            keys = column.by_document.get(number, ()) if column else ()
            if not seen.isdisjoint(keys):
                continue
            seen.update(keys)
            yield number

    def _drop_below(self, threshold: float) -> None:
        for number in list(self.ranking.ordered(self.bits)):
            if score(self.contents, self.terms, number) < threshold:
                self.bits &= ~(1 << number)


def _without_typos_outside(contents: Contents, term: Term, tolerant: Sequence[int]) -> Term:
    inside = limited(contents, term, tolerant)
    return replace(term, levels=(term.levels[0], *inside.levels[1:]))


def score(contents: Contents, terms: Sequence[Term], number: int) -> float:
    """How well a document matches, from 0 to 1: each rule refines the share the one before it left."""
    if not terms:
        return 1.0
    bit = 1 << number
    matched = [term for term in terms if term.found & bit]
    if not matched:
        return 0.0
    typos = sum(next(cost for cost, level in enumerate(term.levels) if level & bit) for term in matched)
    pairs = max(1, len(matched) - 1)
    ranks, _ = places(contents, matched, number)
    fields = max(1, len(contents.fields)) * len(matched)
    whole = sum(1 for term in matched if term.whole & bit)
    stages = (
        (len(matched), len(terms)),
        (2 * len(matched) + 1 - typos, 2 * len(matched) + 1),
        (pairs * FARTHEST + 1 - (pair_costs(contents, matched, number) or 1), pairs * FARTHEST),
        (fields - ranks, fields),
        (whole + 1, len(matched) + 1),
        (3 - exact_attribute(contents, terms, number), 3),
    )
    rank, most = 1, 1
    for value, limit in stages:
        rank = (rank - 1) * limit + value
        most *= limit
    return max(0.0, min(1.0, rank / most))
