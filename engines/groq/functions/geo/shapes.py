"""Geographic values: lat/lng objects and GeoJSON geometries, taken apart into points, lines and polygons."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from engines.groq.functions.geo.planar import crosses_itself
from engines.groq.values import NUMBER_TYPES, Value

Point: TypeAlias = tuple[float, float]
Ring: TypeAlias = list[Point]

_DEEPEST_COLLECTION = 16


@dataclass(frozen=True, slots=True)
class Shape:
    """A geometry as its parts. A polygon is its outer ring followed by its holes; rings are closed."""

    points: tuple[Point, ...] = ()
    lines: tuple[Ring, ...] = ()
    polygons: tuple[tuple[Ring, ...], ...] = ()
    is_single_point: bool = False


def read_shape(value: Value, depth: int = 0) -> Shape | None:
    """The shape of a geographic value, or None when it is none (spec: geo type)."""
    if type(value) is not dict or depth > _DEEPEST_COLLECTION:
        return None
    if "lat" in value:
        if ("lng" in value) is ("lon" in value):
            return None
        point = _point([value.get("lng", value.get("lon")), value["lat"]])
        return None if point is None else Shape(points=(point,), is_single_point=True)
    kind = value.get("type")
    if kind == "GeometryCollection":
        return _collection(value.get("geometries"), depth)
    reader = _READERS.get(kind) if type(kind) is str else None
    return None if reader is None else reader(value.get("coordinates"))


def _collection(members: Value, depth: int) -> Shape | None:
    if type(members) is not list:
        return None
    shapes = [read_shape(member, depth + 1) for member in members]
    known = [shape for shape in shapes if shape is not None]
    if len(known) != len(shapes):
        return None
    return Shape(
        tuple(point for shape in known for point in shape.points),
        tuple(line for shape in known for line in shape.lines),
        tuple(polygon for shape in known for polygon in shape.polygons),
    )


def _point(value: Value) -> Point | None:
    if type(value) is not list or len(value) not in (2, 3) or any(type(part) not in NUMBER_TYPES for part in value):
        return None
    return (float(value[0]), float(value[1])) if all(map(math.isfinite, value)) else None


def _points(value: Value, least: int) -> Ring | None:
    if type(value) is not list or len(value) < least:
        return None
    points = [_point(item) for item in value]
    known = [point for point in points if point is not None]
    return known if len(known) == len(points) else None


def _polygon(value: Value) -> tuple[Ring, ...] | None:
    if type(value) is not list or not value:
        return None
    rings: list[Ring] = []
    for item in value:
        ring = _points(item, 4)
        if ring is None or ring[0] != ring[-1]:
            return None
        ring = [ring[0], *(point for before, point in pairwise(ring) if point != before)]
        if len(ring) < 4 or crosses_itself(ring):
            return None
        rings.append(ring)
    return tuple(rings)


def _read_point(value: Value) -> Shape | None:
    point = _point(value)
    return None if point is None else Shape(points=(point,), is_single_point=True)


def _read_points(value: Value) -> Shape | None:
    points = _points(value, 1)
    return None if points is None else Shape(points=tuple(points))


def _read_line(value: Value) -> Shape | None:
    line = _points(value, 2)
    return None if line is None else Shape(lines=(line,))


def _read_lines(value: Value) -> Shape | None:
    lines = [_points(item, 2) for item in value] if type(value) is list and value else [None]
    known = tuple(line for line in lines if line is not None)
    return Shape(lines=known) if len(known) == len(lines) else None


def _read_polygon(value: Value) -> Shape | None:
    polygon = _polygon(value)
    return None if polygon is None else Shape(polygons=(polygon,))


def _read_polygons(value: Value) -> Shape | None:
    polygons = [_polygon(item) for item in value] if type(value) is list and value else [None]
    known = tuple(polygon for polygon in polygons if polygon is not None)
    return Shape(polygons=known) if len(known) == len(polygons) else None


_READERS: dict[str, Callable[[Value], Shape | None]] = {
    "Point": _read_point,
    "MultiPoint": _read_points,
    "LineString": _read_line,
    "MultiLineString": _read_lines,
    "Polygon": _read_polygon,
    "MultiPolygon": _read_polygons,
}
