"""The geo namespace: what is a shape, and how shapes lie to each other."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.groq import evaluate, parse


def ask(query: str, **params: Any) -> Any:
    return evaluate(parse(query, params), [], params)


SQUARE = {"type": "Polygon", "coordinates": [[[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]]]}
RING = {
    "type": "Polygon",
    "coordinates": [[[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]], [[2, 2], [8, 2], [8, 8], [2, 8], [2, 2]]],
}
# A square with a bay cut into it from above.
BAY = {"type": "Polygon", "coordinates": [[[0, 0], [10, 0], [10, 10], [6, 10], [5, 2], [4, 10], [0, 10], [0, 0]]]}


def point(x: float, y: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [x, y]}


def line(*points: tuple[float, float]) -> dict[str, Any]:
    return {"type": "LineString", "coordinates": [list(each) for each in points]}


def box(left: float, bottom: float, right: float, top: float) -> dict[str, Any]:
    corners = [[left, bottom], [right, bottom], [right, top], [left, top], [left, bottom]]
    return {"type": "Polygon", "coordinates": [corners]}


@pytest.mark.parametrize(
    "value",
    [
        {"lat": 1, "lng": 2},
        {"lat": 1, "lon": 2, "alt": 3},
        {"_type": "geopoint", "lat": 1.5, "lng": 2.5},
        point(1, 2),
        {"type": "Point", "coordinates": [1, 2, 3]},
        {"type": "MultiPoint", "coordinates": [[1, 2]]},
        {"type": "MultiLineString", "coordinates": [[[1, 2], [3, 4]]]},
        {"type": "MultiPolygon", "coordinates": [SQUARE["coordinates"]]},
        {"type": "GeometryCollection", "geometries": [SQUARE, point(1, 1)]},
        RING,
    ],
)
def test_shapes_pass_through_geo(value: Any) -> None:
    assert ask("geo($value)", value=value) == value


@pytest.mark.parametrize(
    "value",
    [
        None,
        1,
        [],
        {},
        {"lat": 1},
        {"lng": 1},
        {"lat": 1, "lng": 2, "lon": 2},
        {"lat": "1", "lng": 2},
        {"type": "Point", "coordinates": [1]},
        {"type": "Point", "coordinates": [1, "2"]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 0]]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [4, 4], [4, 0], [0, 4], [0, 0]]]},
        {"type": "Feature", "geometry": point(1, 2)},
        {"type": "GeometryCollection", "geometries": [{"type": "Point"}]},
        {"type": ["Point"], "coordinates": [1, 2]},
    ],
)
def test_what_is_no_shape_becomes_null(value: Any) -> None:
    assert ask("geo($value)", value=value) is None
    assert ask("geo::contains($value, {'lat': 1, 'lng': 1})", value=value) is None


@pytest.mark.parametrize(
    ("outer", "inner", "answer"),
    [
        (SQUARE, point(5, 5), True),
        (SQUARE, point(10, 5), True),
        (SQUARE, point(11, 5), False),
        (RING, point(5, 5), False),
        (RING, point(2, 5), True),
        (SQUARE, line((1, 1), (9, 9)), True),
        (SQUARE, line((1, 1), (19, 9)), False),
        (BAY, line((1, 9), (9, 9)), False),
        (BAY, line((1, 1), (9, 1)), True),
        (SQUARE, line((0, 0), (10, 0)), True),
        (SQUARE, box(1, 1, 9, 9), True),
        (RING, box(1, 1, 9, 9), False),
        (RING, box(0.5, 0.5, 1.5, 1.5), True),
        (SQUARE, RING, True),
        (RING, SQUARE, False),
        (SQUARE, {"type": "MultiPoint", "coordinates": [[1, 1], [20, 1]]}, False),
        (
            {"type": "MultiPolygon", "coordinates": [box(0, 0, 1, 1)["coordinates"], SQUARE["coordinates"]]},
            point(5, 5),
            True,
        ),
        (line((0, 0), (10, 10)), point(5, 5), True),
        (line((0, 0), (10, 10)), line((1, 1), (4, 4)), True),
        (point(1, 1), point(1, 1), True),
        (point(1, 1), SQUARE, False),
        ({"type": "GeometryCollection", "geometries": [SQUARE]}, {"lat": 5, "lng": 5}, True),
    ],
)
def test_containment(outer: Any, inner: Any, answer: bool) -> None:  # noqa: FBT001 - a table
    assert ask("geo::contains($outer, $inner)", outer=outer, inner=inner) is answer


@pytest.mark.parametrize(
    ("one", "other", "answer"),
    [
        (SQUARE, box(5, 5, 15, 15), True),
        (SQUARE, box(11, 11, 15, 15), False),
        (SQUARE, box(10, 10, 15, 15), True),
        (SQUARE, box(2, 2, 3, 3), True),
        (RING, box(4, 4, 5, 5), False),
        (RING, line((5, 5), (5, 9)), True),
        (SQUARE, line((-1, -1), (-2, 5)), False),
        (line((0, 0), (4, 4)), line((0, 4), (4, 0)), True),
        (line((0, 0), (1, 1)), line((2, 2), (3, 3)), False),
        (point(1, 1), line((0, 0), (2, 2)), True),
        (point(1, 1), point(1, 1), True),
        (point(1, 1), point(1, 2), False),
    ],
)
def test_intersection_goes_both_ways(one: Any, other: Any, answer: bool) -> None:  # noqa: FBT001 - a table
    assert ask("geo::intersects($one, $other)", one=one, other=other) is answer
    assert ask("geo::intersects($other, $one)", one=one, other=other) is answer


coordinate = st.integers(0, 12)


@given(coordinate, coordinate, st.integers(1, 6), st.integers(1, 6))
def test_boxes_agree_with_arithmetic(left: int, bottom: int, width: int, height: int) -> None:
    inner = box(left, bottom, left + width, bottom + height)
    is_inside = left + width <= 10 and bottom + height <= 10
    assert ask("geo::contains($outer, $inner)", outer=SQUARE, inner=inner) is is_inside
    is_touching = left <= 10 and bottom <= 10
    assert ask("geo::intersects($outer, $inner)", outer=SQUARE, inner=inner) is is_touching


def test_distance_is_in_metres_between_points_only() -> None:
    oslo, stockholm = {"lat": 59.913889, "lng": 10.752222}, {"lat": 59.329444, "lng": 18.068611}
    metres = ask("geo::distance($a, $b)", a=oslo, b=stockholm)
    assert 416_000 < metres < 418_000
    assert ask("geo::distance($a, $b)", a=stockholm, b=oslo) == metres
    assert ask("geo::distance($a, $a)", a=oslo) == 0
    assert ask("geo::distance($a, $b)", a=oslo, b=SQUARE) is None
    assert ask("geo::distance(geo::latLng(59.913889, 10.752222), $a)", a=oslo) == 0
    assert ask("geo::latLng('x', 1)") is None
