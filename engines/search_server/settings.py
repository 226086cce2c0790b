"""The settings of an index: defaults, checks, partial updates, and the routes of the single settings."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engines.search_server.problems import ApiError

Json = dict[str, Any]

DEFAULT_RULES = ("words", "typo", "proximity", "attribute", "sort", "exactness")
_BUILT_IN_RULES = {*DEFAULT_RULES, "attributeRank", "wordPosition"}
_CUSTOM_RULE = re.compile(r"^.+:(asc|desc)$")
MOST_TOTAL_HITS = 1_000_000


def default_settings() -> Json:
    """A fresh copy of every setting at its default."""
    return {
        "displayedAttributes": ["*"],
        "searchableAttributes": ["*"],
        "filterableAttributes": [],
        "sortableAttributes": [],
        "rankingRules": list(DEFAULT_RULES),
        "stopWords": [],
        "nonSeparatorTokens": [],
        "separatorTokens": [],
        "dictionary": [],
        "synonyms": {},
        "distinctAttribute": None,
        "proximityPrecision": "byWord",
        "typoTolerance": {
            "enabled": True,
            "minWordSizeForTypos": {"oneTypo": 5, "twoTypos": 9},
            "disableOnWords": [],
            "disableOnAttributes": [],
            "disableOnNumbers": False,
        },
        "faceting": {"maxValuesPerFacet": 100, "sortFacetValuesBy": {"*": "alpha"}},
        "pagination": {"maxTotalHits": 1000},
        "embedders": {},
        "searchCutoffMs": None,
        "localizedAttributes": None,
        "facetSearch": True,
        "prefixSearch": "indexingTime",
    }


def _route(key: str) -> str:
    return re.sub(r"([A-Z])", lambda match: f"-{match.group().lower()}", key)


KEY_BY_ROUTE = {_route(key): key for key in default_settings()}
MERGED_KEYS = ("typoTolerance", "faceting", "pagination", "embedders")  # changed by PATCH, the others by PUT


def updated(current: Mapping[str, Any], change: object) -> Json:
    """Settings after a partial change; null resets a setting, an unknown or ill-formed one is refused."""
    if not isinstance(change, dict):
        raise ApiError("bad_request", "The settings must be a JSON object.")
    result = {**current}
    defaults = default_settings()
    for key, value in change.items():
        if key not in defaults:
            raise ApiError("bad_request", f"Unknown field `{key}`: expected one of {', '.join(sorted(defaults))}.")
        if value is None:
            result[key] = defaults[key]
        elif key in MERGED_KEYS:
            result[key] = _merged(key, current[key], defaults[key], value)
        else:
            result[key] = value
        _check(key, result[key])
    return result


def _merged(key: str, current: Json, defaults: Json, change: object) -> Json:
    if not isinstance(change, dict):
        raise _refusal(key, "an object")
    result = {**current}
    for name, value in change.items():
        if name not in defaults:
            raise ApiError(_code(key), f"Unknown field `{name}` inside `.{key}`.")
        default = defaults[name]
        if value is None:
            result[name] = default
        elif isinstance(default, dict) and isinstance(value, dict):
            result[name] = {
                **current[name],
                **{inner: default.get(inner) if v is None else v for inner, v in value.items()},
            }
        else:
            result[name] = value
    return result


def _code(key: str) -> str:
    return "invalid_settings_" + _route(key).replace("-", "_")


def _refusal(key: str, expected: str) -> ApiError:
    return ApiError(_code(key), f"Invalid value at `.{key}`: expected {expected}.")


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_count(value: object, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most


def _is_filterable(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(item, str) or (isinstance(item, dict) and _is_texts(item.get("attributePatterns"))) for item in value
    )


def _is_synonyms(value: object) -> bool:
    return isinstance(value, dict) and all(_is_texts(alternatives) for alternatives in value.values())


def _is_typo_tolerance(value: Json) -> bool:
    sizes = value["minWordSizeForTypos"]
    return (
        isinstance(value["enabled"], bool)
        and isinstance(value["disableOnNumbers"], bool)
        and _is_texts(value["disableOnWords"])
        and _is_texts(value["disableOnAttributes"])
        and isinstance(sizes, dict)
        and set(sizes) == {"oneTypo", "twoTypos"}
        and all(_is_count(size, 255) for size in sizes.values())
        and sizes["oneTypo"] <= sizes["twoTypos"]
    )


def _is_faceting(value: Json) -> bool:
    orders = value["sortFacetValuesBy"]
    return (
        _is_count(value["maxValuesPerFacet"], 1_000_000)
        and isinstance(orders, dict)
        and all(order in ("alpha", "count") for order in orders.values())
    )


_CHECKS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "filterableAttributes": (_is_filterable, "an array of attribute names or patterns"),
    "rankingRules": (
        lambda value: _is_texts(value) and all(rule in _BUILT_IN_RULES or _CUSTOM_RULE.match(rule) for rule in value),
        "an array of words, typo, sort, proximity, attribute, exactness or `field:asc` / `field:desc`",
    ),
    "synonyms": (_is_synonyms, "an object of arrays of text"),
    "distinctAttribute": (lambda value: value is None or isinstance(value, str), "text or null"),
    "proximityPrecision": (lambda value: value in ("byWord", "byAttribute"), "byWord or byAttribute"),
    "typoTolerance": (_is_typo_tolerance, "an object; oneTypo may not exceed twoTypos"),
    "faceting": (_is_faceting, "an object of maxValuesPerFacet and sortFacetValuesBy (alpha or count)"),
    "pagination": (lambda value: _is_count(value["maxTotalHits"], MOST_TOTAL_HITS), "an object of maxTotalHits"),
    "embedders": (lambda value: value == {}, "nothing: this local server has no vector search"),
    "searchCutoffMs": (lambda value: value is None or _is_count(value, 2**31), "a number of milliseconds or null"),
    "localizedAttributes": (lambda value: value is None or isinstance(value, list), "an array or null"),
    "facetSearch": (lambda value: isinstance(value, bool), "true or false"),
    "prefixSearch": (lambda value: value in ("indexingTime", "disabled"), "indexingTime or disabled"),
}


def _check(key: str, value: object) -> None:
    is_sound, expected = _CHECKS.get(key, (_is_texts, "an array of text"))
    if not is_sound(value):
        raise _refusal(key, expected)


@dataclass(frozen=True, slots=True)
class Typos:
    """When a query word may differ from an indexed one."""

    is_enabled: bool
    one_from: int
    two_from: int
    exact_words: frozenset[str]
    exact_attributes: frozenset[str]
    is_off_for_numbers: bool

    def allowed(self, word: str) -> int:
        """How many typos a query word may have."""
        if not self.is_enabled or word in self.exact_words or (self.is_off_for_numbers and word.isdigit()):
            return 0
        return 2 if len(word) >= self.two_from else int(len(word) >= self.one_from)


def typos_of(settings: Mapping[str, Any]) -> Typos:
    """The typo rules of some settings."""
    tolerance = settings["typoTolerance"]
    return Typos(
        is_enabled=tolerance["enabled"],
        one_from=tolerance["minWordSizeForTypos"]["oneTypo"],
        two_from=tolerance["minWordSizeForTypos"]["twoTypos"],
        exact_words=frozenset(word.lower() for word in tolerance["disableOnWords"]),
        exact_attributes=frozenset(tolerance["disableOnAttributes"]),
        is_off_for_numbers=tolerance["disableOnNumbers"],
    )


def filterable_patterns(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """The attribute patterns that filters and facets may name."""
    patterns: list[str] = []
    for item in settings["filterableAttributes"]:
        patterns.extend([item] if isinstance(item, str) else item["attributePatterns"])
    return tuple(patterns)
