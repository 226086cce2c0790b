"""Plane geometry on points, segments and rings; coordinates are used as they come, with no tolerance."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TypeAlias

from engines.groq.errors import GroqLimitError

Point: TypeAlias = tuple[float, float]
Segment: TypeAlias = tuple[Point, Point]
Box: TypeAlias = tuple[float, float, float, float]


# More than the coast line of a country against that of another.
_MOST_LOOKS = 20_000_000


def check_effort(looks: int) -> None:
    """Refuse shapes whose comparison would take minutes."""
    if looks > _MOST_LOOKS:
        raise GroqLimitError("The shapes have too many corners to be compared")


def box_of(points: Sequence[Point]) -> Box:
    """The smallest upright rectangle around the points: left, bottom, right, top."""
    xs = [x for x, _ in points]
    ys = [y for _, y in points]
    return min(xs), min(ys), max(xs), max(ys)


def boxes_meet(one: Box, other: Box) -> bool:
    """Whether two rectangles share a point."""
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


def side_of(start: Point, end: Point, point: Point) -> float:
    """Greater than 0 when the point is to the left of the line, 0 on it."""
    return (end[0] - start[0]) * (point[1] - start[1]) - (end[1] - start[1]) * (point[0] - start[0])


def is_on_segment(point: Point, start: Point, end: Point) -> bool:
    """Whether the point lies on the segment, its ends included."""
    return (
        min(start[0], end[0]) <= point[0] <= max(start[0], end[0])
        and min(start[1], end[1]) <= point[1] <= max(start[1], end[1])
        and side_of(start, end, point) == 0
    )


def segments_meet(one: Segment, other: Segment) -> bool:
    """Whether two segments share a point."""
    (a, b), (c, d) = one, other
    if not boxes_meet(box_of(one), box_of(other)):
        return False
    if _cross(one, other):
        return True
    return is_on_segment(a, c, d) or is_on_segment(b, c, d) or is_on_segment(c, a, b) or is_on_segment(d, a, b)


def _cross(one: Segment, other: Segment) -> bool:
    """Whether two segments cross inside of both."""
    (a, b), (c, d) = one, other
    return side_of(a, b, c) * side_of(a, b, d) < 0 and side_of(c, d, a) * side_of(c, d, b) < 0


def chains_meet(one: Iterable[Sequence[Point]], other: Sequence[Sequence[Point]]) -> bool:
    """Whether any two lines (or rings) of the two groups share a point."""
    others = [(box_of(line), line) for line in other]
    for line in one:
        box = box_of(line)
        for other_box, other_line in others:
            if boxes_meet(box, other_box) and _lines_meet(line, other_box, other_line):
                return True
    return False


def _lines_meet(line: Sequence[Point], other_box: Box, other: Sequence[Point]) -> bool:
    near = [segment for segment in pairwise(line) if boxes_meet(box_of(segment), other_box)]
    if not near:
        return False
    area = box_of([point for segment in near for point in segment])
    opposite = [segment for segment in pairwise(other) if boxes_meet(box_of(segment), area)]
    check_effort(len(near) * len(opposite))
    return any(segments_meet(segment, candidate) for segment in near for candidate in opposite)


def crosses_itself(ring: Sequence[Point]) -> bool:
    """Whether two edges of the ring cross; edges that only touch do not count."""
    edges = sorted(
        ((min(a[0], b[0]), max(a[0], b[0]), min(a[1], b[1]), max(a[1], b[1]), (a, b)) for a, b in pairwise(ring)),
    )
    lefts = [left for left, *_ in edges]
    looks = 0
    for index, (_, right, bottom, top, edge) in enumerate(edges):
        last = bisect_right(lefts, right)
        looks += last - index
        check_effort(looks)
        for _, _, other_bottom, other_top, other in edges[index + 1 : last]:
            if other_bottom <= top and bottom <= other_top and _cross(edge, other):
                return True
    return False


def is_on_rings(point: Point, rings: Iterable[Sequence[Point]]) -> bool:
    """Whether the point lies on the boundary of the polygon."""
    return any(is_on_segment(point, start, end) for ring in rings for start, end in pairwise(ring))


def is_inside_rings(point: Point, rings: Iterable[Sequence[Point]]) -> bool:
    """Whether the point lies inside of the outer ring and outside of the holes (even-odd rule)."""
    x, y = point
    is_inside = False
    for ring in rings:
        for (ax, ay), (bx, by) in pairwise(ring):
            if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
                is_inside = not is_inside
    return is_inside


def covers_point(rings: Sequence[Sequence[Point]], point: Point) -> bool:
    """Whether the point lies inside of the polygon or on its boundary."""
    left, bottom, right, top = box_of(rings[0])
    if not (left <= point[0] <= right and bottom <= point[1] <= top):
        return False
    return is_inside_rings(point, rings) or is_on_rings(point, rings)


def covers_line(rings: Sequence[Sequence[Point]], line: Sequence[Point]) -> bool:
    """Whether all of the line lies inside of the polygon or on its boundary."""
    check_effort(len(line) * sum(map(len, rings)))
    if not all(covers_point(rings, point) for point in line):
        return False
    for segment in pairwise(line):
        cuts = sorted({0.0, 1.0, *_cuts(segment, rings)})
        (ax, ay), (bx, by) = segment
        for before, after in pairwise(cuts):
            # Between two cuts the segment cannot change sides, so that one point speaks for the piece.
            middle = (before + after) / 2
            point = (ax + (bx - ax) * middle, ay + (by - ay) * middle)
            if after - before > 1e-12 and not covers_point(rings, point) and not _is_close(point, segment, rings):
                return False
    return True


def _cuts(segment: Segment, rings: Iterable[Sequence[Point]]) -> Iterator[float]:
    """Where along the segment (0 to 1) the boundary meets it."""
    (ax, ay), (bx, by) = segment
    dx, dy = bx - ax, by - ay
    box = box_of(segment)
    for ring in rings:
        for edge in pairwise(ring):
            if not boxes_meet(box, box_of(edge)):
                continue
            (cx, cy), (ex, ey) = edge
            across = dx * (ey - cy) - dy * (ex - cx)
            if across:
                along = ((cx - ax) * (ey - cy) - (cy - ay) * (ex - cx)) / across
                if 0 < along < 1:
                    yield along
            else:
                yield from (along for along in (_along(segment, edge[0]), _along(segment, edge[1])) if 0 < along < 1)


def _along(segment: Segment, point: Point) -> float:
    (ax, ay), (bx, by) = segment
    dx, dy = bx - ax, by - ay
    length = dx * dx + dy * dy
    return ((point[0] - ax) * dx + (point[1] - ay) * dy) / length if length else -1.0


def _is_close(point: Point, segment: Segment, rings: Iterable[Sequence[Point]]) -> bool:
    """Whether the point only seems to be off a boundary that the segment runs along, by rounding."""
    box = box_of(segment)
    scale = max(map(abs, box)) * 1e-12
    return any(
        abs(side_of(*edge, point)) <= scale * max(abs(edge[1][0] - edge[0][0]), abs(edge[1][1] - edge[0][1]))
        for ring in rings
        for edge in pairwise(ring)
        if boxes_meet(box, box_of(edge)) and _is_between(point, edge)
    )


def _is_between(point: Point, edge: Segment) -> bool:
    return 0 <= _along(edge, point) <= 1
