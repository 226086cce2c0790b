"""The locations in a document that the steps of a JSONMatch path select.

A location may end in attributes that do not exist yet, so that a patch can set them; what an index, a slice or a
condition selects has to exist. The behaviour was compared with the language's own reference matcher.
"""

from collections.abc import Iterator

from engines.content_lake.json_paths import (
    Choice,
    Condition,
    Descend,
    Every,
    Index,
    Key,
    PathSyntaxError,
    Step,
)

Location = tuple[str | int, ...]

MAX_LOCATIONS = 10_000


class _MissingType:
    """What stands where a document has nothing."""


_MISSING = _MissingType()
_Found = tuple[Location, object]


def locate(document: object, steps: tuple[Step, ...]) -> list[Location]:
    """The distinct locations that `steps` select, in document order; at most MAX_LOCATIONS."""
    distinct: dict[Location, None] = {}
    for location, _ in _select(((), document), steps):
        distinct[location] = None
        if len(distinct) > MAX_LOCATIONS:
            raise PathSyntaxError(f"The path selects more than {MAX_LOCATIONS} values")
    return list(distinct)


def _select(start: _Found, steps: tuple[Step, ...]) -> Iterator[_Found]:
    if not steps:
        yield start
        return
    step, rest = steps[0], steps[1:]
    is_deep = isinstance(step, Descend)
    for found in _step(start, step):
        for selected in _select(found, rest):
            if not is_deep or not isinstance(selected[1], _MissingType):
                yield selected


def _step(found: _Found, step: Step) -> Iterator[_Found]:
    location, value = found
    if isinstance(step, Key):
        yield from _attribute(found, step.name)
    elif isinstance(step, Descend):
        yield from _containers(found)
    elif isinstance(step, Choice):
        for option in step.options:
            yield from _select(found, option)
    elif isinstance(step, Every):
        yield from _children(found)
    elif isinstance(step, Condition):
        candidates = _elements(found)
        yield from (candidate for candidate in candidates if _passes(candidate[1], step))
    elif isinstance(value, list):
        positions = range(len(value))
        if isinstance(step, Index):
            is_inside = -len(value) <= step.position < len(value)
            positions = positions[step.position :][:1] if is_inside else positions[:0]
        else:
            positions = positions[step.start : step.end]
        yield from (((*location, position), value[position]) for position in positions)


def _attribute(found: _Found, name: str) -> Iterator[_Found]:
    location, value = found
    if isinstance(value, list):
        for position, element in enumerate(value):
            if isinstance(element, dict | list):
                yield from _attribute(((*location, position), element), name)
    elif isinstance(value, dict):
        yield (*location, name), value.get(name, _MISSING)
    else:
        yield (*location, name), _MISSING


def _elements(found: _Found) -> Iterator[_Found]:
    """What a condition is asked of: the value itself, or each element of an array and of arrays inside it."""
    location, value = found
    if isinstance(value, list):
        for position, element in enumerate(value):
            yield from _elements(((*location, position), element))
    else:
        yield found


def _children(found: _Found) -> Iterator[_Found]:
    location, value = found
    if isinstance(value, list):
        yield from (((*location, position), element) for position, element in enumerate(value))
    elif isinstance(value, dict):
        yield from (((*location, name), element) for name, element in value.items())


def _containers(found: _Found) -> Iterator[_Found]:
    if isinstance(found[1], dict | list):
        yield found
        for child in _children(found):
            yield from _containers(child)


def _passes(value: object, condition: Condition) -> bool:
    for _, operand in _select(((), value), condition.operand):
        if isinstance(operand, _MissingType):
            continue
        if condition.operator == "?" or _compares(operand, condition.operator, condition.literal):
            return True
    return False


def _compares(left: object, operator: str, right: str | float | bool | None) -> bool:  # noqa: FBT001 - a literal of the path
    is_number = isinstance(left, int | float) and not isinstance(left, bool)
    is_same_kind = is_number if isinstance(right, float) else type(left) is type(right)
    if operator == "==":
        return is_same_kind and left == right
    if operator == "!=":
        return not (is_same_kind and left == right)
    if not is_same_kind or not isinstance(right, str | float) or not isinstance(left, str | int | float):
        return False
    order = (left > right) - (left < right)  # type: ignore[operator]  # both are strings or both are numbers here
    return {"<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0}[operator]
