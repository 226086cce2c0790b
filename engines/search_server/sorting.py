"""What `sort` may ask: an attribute up or down, or the distance to a point."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from engines.search_server.contents import GEO
from engines.search_server.flattening import covers
from engines.search_server.problems import ApiError

_GEO_POINT = re.compile(r"_geoPoint\(\s*(-?[\d.]+(?:[eE][-+]?\d+)?)\s*,\s*(-?[\d.]+(?:[eE][-+]?\d+)?)\s*\)")
MOST_ORDERS = 20


@dataclass(frozen=True, slots=True)
class Order:
    """By an attribute; documents without it come last either way."""

    attribute: str
    is_descending: bool


@dataclass(frozen=True, slots=True)
class GeoOrder:
    """By the distance to a point."""

    latitude: float
    longitude: float
    is_descending: bool


def parse_sort(
    source: Sequence[str], sortable: Sequence[str], code: str = "invalid_search_sort"
) -> list[Order | GeoOrder]:
    """The orders of a request.

    Raises:
        ApiError: wrong syntax, or an attribute that the settings do not make sortable.
    """
    if len(source) > MOST_ORDERS:
        raise ApiError(code, f"At most {MOST_ORDERS} sort criteria are possible.")
    return [_order(item.strip(), sortable, code) for item in source]


def _order(text: str, sortable: Sequence[str], code: str) -> Order | GeoOrder:
    attribute, _, direction = text.rpartition(":")
    if direction not in {"asc", "desc"} or not attribute:
        raise ApiError(
            code,
            f"Invalid syntax for the sort parameter: expected expression ending by `:asc` or `:desc`, found `{text}`.",
        )
    is_descending = direction == "desc"
    if attribute.startswith("_geoPoint"):
        match = _GEO_POINT.fullmatch(attribute)
        point = _coordinates(match.groups()) if match else None
        if point is None:
            raise ApiError(
                code,
                f"Invalid syntax for the geo point: expected `_geoPoint(latitude, longitude)`, found `{attribute}`.",
            )
        if GEO not in sortable:
            raise _refusal(GEO, sortable, code)
        return GeoOrder(*point, is_descending=is_descending)
    if not any(covers(pattern, attribute) for pattern in sortable):
        raise _refusal(attribute, sortable, code)
    return Order(attribute, is_descending=is_descending)


def _coordinates(texts: Sequence[str]) -> tuple[float, float] | None:
    try:
        latitude, longitude = (float(text) for text in texts)
    except ValueError:
        return None
    return (latitude, longitude) if -90 <= latitude <= 90 and -180 <= longitude <= 180 else None


def _refusal(attribute: str, sortable: Sequence[str], code: str) -> ApiError:
    known = ", ".join(sorted(sortable)) or "none yet"
    return ApiError(code, f"Attribute `{attribute}` is not sortable. Available sortable attributes are: `{known}`.")
