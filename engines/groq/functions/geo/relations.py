"""How two shapes lie to each other in the plane: containment, intersection and distance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from engines.groq.functions.geo.planar import (
    Point,
    chains_meet,
    covers_line,
    covers_point,
    is_inside_rings,
    is_on_rings,
    is_on_segment,
)
from engines.groq.functions.geo.shapes import Ring, Shape

# The equatorial radius in metres: the sphere that the language's own test cases were computed on.
_EARTH_RADIUS = 6_378_137.0


def contains(outer: Shape, inner: Shape) -> bool:
    """Whether every part of the inner shape lies within some part of the outer one, boundaries included."""
    return (
        all(_contains_point(outer, point) for point in inner.points)
        and all(_contains_line(outer, line) for line in inner.lines)
        and all(any(_contains_polygon(rings, polygon) for rings in outer.polygons) for polygon in inner.polygons)
    )


def _contains_point(outer: Shape, point: Point) -> bool:
    return (
        any(covers_point(rings, point) for rings in outer.polygons)
        or point in outer.points
        or any(is_on_segment(point, *segment) for line in outer.lines for segment in pairwise(line))
    )


def _contains_line(outer: Shape, line: Ring) -> bool:
    return any(covers_line(rings, line) for rings in outer.polygons) or any(
        _runs_along(candidate, line) for candidate in outer.lines
    )


def _runs_along(outer: Ring, line: Ring) -> bool:
    """Whether each piece of a line lies on one piece of another."""
    return all(
        any(is_on_segment(start, *segment) and is_on_segment(end, *segment) for segment in pairwise(outer))
        for start, end in pairwise(line)
    )


def _contains_polygon(rings: Sequence[Ring], inner: Sequence[Ring]) -> bool:
    if not all(covers_line(rings, ring) for ring in inner):
        return False
    # The boundary of the inner polygon stays out of the holes; now no hole may lie inside of it as a whole.
    return not any(_swallows(inner, hole) for hole in rings[1:])


def _swallows(polygon: Sequence[Ring], hole: Ring) -> bool:
    for point in hole:
        if not is_on_rings(point, polygon):
            return is_inside_rings(point, polygon)
    centre = (sum(x for x, _ in hole[1:]) / (len(hole) - 1), sum(y for _, y in hole[1:]) / (len(hole) - 1))
    return is_inside_rings(centre, polygon)


def intersects(one: Shape, other: Shape) -> bool:
    """Whether two shapes share a point."""
    if any(_contains_point(other, point) for point in one.points):
        return True
    if any(_contains_point(one, point) for point in other.points):
        return True
    ones, others = _chains(one), _chains(other)
    if chains_meet(ones, others):
        return True
    # No boundaries meet: one shape lies inside of the other as a whole, or they are apart.
    return any(covers_point(rings, chain[0]) for rings in one.polygons for chain in others) or any(
        covers_point(rings, chain[0]) for rings in other.polygons for chain in ones
    )


def _chains(shape: Shape) -> list[Ring]:
    return [*shape.lines, *(ring for polygon in shape.polygons for ring in polygon)]


def distance(one: Point, other: Point) -> float:
    """Metres between two points over the surface of the Earth (haversine)."""
    (lng_a, lat_a), (lng_b, lat_b) = ((math.radians(x), math.radians(y)) for x, y in (one, other))
    half = math.sin((lat_b - lat_a) / 2) ** 2
    half += math.cos(lat_a) * math.cos(lat_b) * math.sin((lng_b - lng_a) / 2) ** 2
    return 2 * _EARTH_RADIUS * math.asin(min(1.0, math.sqrt(half)))
