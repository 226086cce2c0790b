"""The parameters of a search, read from JSON or from a query string, with Meilisearch's names, defaults and codes."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engines.search_server.problems import ApiError

STRATEGIES = ("last", "all", "frequency")


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """One search."""

    q: str = ""
    offset: int = 0
    limit: int = 20
    page: int | None = None
    hits_per_page: int | None = None
    filter: Any = None
    sort: tuple[str, ...] = ()
    facets: tuple[str, ...] = ()
    distinct: str | None = None
    attributes_to_retrieve: tuple[str, ...] = ("*",)
    attributes_to_highlight: tuple[str, ...] = ()
    attributes_to_crop: tuple[str, ...] = ()
    attributes_to_search_on: tuple[str, ...] | None = None
    crop_length: int = 10
    crop_marker: str = "…"
    highlight_pre_tag: str = "<em>"
    highlight_post_tag: str = "</em>"
    show_matches_position: bool = False
    show_ranking_score: bool = False
    ranking_score_threshold: float | None = None
    matching_strategy: str = "last"

    @property
    def is_paged(self) -> bool:
        """Whether the answer counts pages exactly instead of estimating hits."""
        return self.page is not None or self.hits_per_page is not None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("text")
    return value


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**53:
        raise TypeError("a non-negative whole number")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError("true or false")
    return value


def _share(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise TypeError("a number between 0 and 1")
    return float(value)


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise TypeError("an array of text")
    return tuple(value)


def _strategy(value: object) -> str:
    if value not in STRATEGIES:
        raise TypeError(f"one of {', '.join(STRATEGIES)}")
    return str(value)


def _anything(value: object) -> object:
    return value


Reader = Callable[[object], Any]
_READERS: dict[str, Reader] = {
    "q": _text,
    "offset": _count,
    "limit": _count,
    "page": _count,
    "hitsPerPage": _count,
    "filter": _anything,
    "sort": _texts,
    "facets": _texts,
    "distinct": _text,
    "attributesToRetrieve": _texts,
    "attributesToHighlight": _texts,
    "attributesToCrop": _texts,
    "attributesToSearchOn": _texts,
    "cropLength": _count,
    "cropMarker": _text,
    "highlightPreTag": _text,
    "highlightPostTag": _text,
    "showMatchesPosition": _flag,
    "showRankingScore": _flag,
    "rankingScoreThreshold": _share,
    "matchingStrategy": _strategy,
}
_IGNORED = {"showRankingScoreDetails", "locales", "retrieveVectors", "showPerformanceDetails"}
_REFUSED = {"vector", "hybrid", "media", "personalize"}


def snake(key: str) -> str:
    """A camelCase parameter as Python and the error codes spell it."""
    return re.sub(r"([A-Z])", lambda match: f"_{match.group().lower()}", key)


def read_search(parameters: object) -> SearchRequest:
    """A search from its JSON body; null parameters keep their defaults.

    Raises:
        ApiError: an unknown or ill-formed parameter.
    """
    if not isinstance(parameters, dict):
        raise ApiError("bad_request", "The search parameters must be a JSON object.")
    fields: dict[str, Any] = {}
    for key, value in parameters.items():
        if key in _REFUSED and value is not None:
            raise ApiError(
                "feature_not_enabled", f"Parameter `{key}` is not available: this local server has no vector search."
            )
        if key in _IGNORED or key in _REFUSED:
            continue
        reader = _READERS.get(key)
        if reader is None:
            raise ApiError(
                "bad_request", f"Unknown field `{key}`: expected one of {', '.join(f'`{name}`' for name in _READERS)}."
            )
        if value is None:
            continue
        try:
            fields[snake(key)] = reader(value)
        except TypeError as reason:
            raise ApiError(f"invalid_search_{snake(key)}", f"Invalid value at `.{key}`: expected {reason}.") from None
    return SearchRequest(**fields)


def search_from_query_string(parameters: Mapping[str, str]) -> SearchRequest:
    """A search from a GET request: lists are separated by commas, filters are text."""
    body: dict[str, Any] = {}
    for key, text in parameters.items():
        body[key] = _from_text(key, text)
    return read_search(body)


def _from_text(key: str, text: str) -> object:
    reader = _READERS.get(key)
    if reader is _texts:
        # A comma inside _geoPoint(…) separates coordinates, not criteria.
        return [item for item in re.split(r",(?![^(]*\))", text) if item]
    try:
        if reader is _count:
            return int(text)
        if reader is _share:
            return float(text)
    except ValueError:
        return text
    if reader is _flag:
        return {"true": True, "false": False}.get(text, text)
    return text
