"""Evaluating a filter tree over the columns of an index: a bitmap of the documents that pass."""

from engines.search_server.bitmaps import bitmap_of, numbers_of
from engines.search_server.columns import Column, facet_key
from engines.search_server.contents import GEO, Contents
from engines.search_server.filter_tree import All, AnyOf, Condition, Filter, Not, WithinBox, WithinRadius
from engines.search_server.flattening import covers
from engines.search_server.geography import distance, enclosed_box, enclosing_box
from engines.search_server.problems import ApiError

WIDE_METRES = 500_000.0  # beyond this a flat inner box is not safely inside the circle


def matching(contents: Contents, found: Filter | None) -> int:
    """The live documents that pass a filter; None passes them all.

    Raises:
        ApiError: the filter names an attribute that is not filterable.
    """
    return contents.alive if found is None else _bits(contents, found) & contents.alive


def _bits(contents: Contents, node: Filter) -> int:
    if isinstance(node, All):
        result = contents.alive
        for part in node.parts:
            result &= _bits(contents, part)
        return result
    if isinstance(node, AnyOf):
        result = 0
        for part in node.parts:
            result |= _bits(contents, part)
        return result
    if isinstance(node, Not):
        return contents.alive & ~_bits(contents, node.inner)
    if isinstance(node, WithinRadius):
        return _within_radius(contents, node)
    if isinstance(node, WithinBox):
        return _within_box(contents, node)
    return _condition(contents, node)


def demand_filterable(contents: Contents, attribute: str, code: str = "invalid_search_filter") -> None:
    """Refuse an attribute that the settings do not make filterable."""
    if not any(covers(pattern, attribute) for pattern in contents.filterable):
        known = ", ".join(sorted(contents.filterable)) or "none yet"
        raise ApiError(code, f"Attribute `{attribute}` is not filterable. Available filterable attributes: `{known}`.")


def _condition(contents: Contents, node: Condition) -> int:
    demand_filterable(contents, node.attribute)
    column = contents.columns.get(node.attribute)
    if column is None:
        return contents.alive if node.operator == "!=" else 0
    if node.operator == "=":
        return column.equal_to(node.values[0])
    if node.operator == "!=":
        return contents.alive & ~column.equal_to(node.values[0])
    if node.operator == "IN":
        result = 0
        for value in node.values:
            result |= column.equal_to(value)
        return result
    if node.operator == "TO":
        return column.between(*node.values)
    if node.operator in {"<", "<=", ">", ">="}:
        return column.compared(node.operator, node.values[0])
    return _shape(column, node)


def _shape(column: Column, node: Condition) -> int:
    if node.operator == "EXISTS":
        return column.present.bits()
    if node.operator == "NULL":
        return column.null.bits()
    if node.operator == "EMPTY":
        return column.empty.bits()
    wanted = str(facet_key(node.values[0]))
    if node.operator == "CONTAINS":
        return column.any_text(key for key in column.labels if wanted in key)
    return column.any_text(key for key in column.labels if key.startswith(wanted))


def _box_bits(contents: Contents, bottom: float, top: float, left: float, right: float) -> int:
    rows = contents.latitudes.between(bottom, top)
    if left <= right:
        return rows & contents.longitudes.between(left, right)
    # The box spans the date line.
    return rows & (contents.longitudes.between(left, 180.0) | contents.longitudes.between(-180.0, right))


def _within_box(contents: Contents, node: WithinBox) -> int:
    demand_filterable(contents, GEO)
    return _box_bits(contents, node.bottom, node.top, node.left, node.right)


def _within_radius(contents: Contents, node: WithinRadius) -> int:
    demand_filterable(contents, GEO)
    key = ("radius", node)
    known = contents.cache.get(key)
    if isinstance(known, int):
        return known
    box = enclosing_box(node.latitude, node.longitude, node.metres)
    sure = 0
    if box is None:
        candidates = bitmap_of(contents.points, len(contents.bodies))
    else:
        candidates = _box_bits(contents, *box)
        if node.metres < WIDE_METRES:
            sure = _box_bits(contents, *enclosed_box(node.latitude, node.longitude, node.metres))
    inside = [
        number
        for number in numbers_of(candidates & ~sure & contents.alive)
        if distance(node.latitude, node.longitude, *contents.points[number]) <= node.metres
    ]
    result: int = contents.remembered(key, sure | bitmap_of(inside, len(contents.bodies)))
    return result
