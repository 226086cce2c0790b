"""The geo namespace: shapes on the plane, and distances over the globe."""

from __future__ import annotations

from collections.abc import Callable

from engines.groq.functions.geo import relations
from engines.groq.functions.geo.shapes import read_shape
from engines.groq.values import NUMBER_TYPES, Value, finite


def as_geo(value: Value) -> Value:
    """The value itself when it is a geographic value, else null."""
    return None if read_shape(value) is None else value


def point_at(latitude: Value, longitude: Value) -> Value:
    """A point, as GeoJSON."""
    if type(latitude) not in NUMBER_TYPES or type(longitude) not in NUMBER_TYPES:
        return None
    return {"type": "Point", "coordinates": [longitude, latitude]}


def contains(outer: Value, inner: Value) -> Value:
    """Whether the first value contains all of the second; null when one is not geographic."""
    first, second = read_shape(outer), read_shape(inner)
    return None if first is None or second is None else relations.contains(first, second)


def intersects(one: Value, other: Value) -> Value:
    """Whether two values share a point; null when one is not geographic."""
    first, second = read_shape(one), read_shape(other)
    return None if first is None or second is None else relations.intersects(first, second)


def distance(one: Value, other: Value) -> Value:
    """Metres between two points; null when one is not a point."""
    first, second = read_shape(one), read_shape(other)
    if first is None or second is None or not (first.is_single_point and second.is_single_point):
        return None
    return finite(relations.distance(first.points[0], second.points[0]))


GEO_FUNCTIONS: dict[str, Callable[..., Value]] = {
    "global::geo": as_geo,
    "geo::contains": contains,
    "geo::distance": distance,
    "geo::intersects": intersects,
    "geo::latLng": point_at,
}
