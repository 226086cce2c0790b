"""What a loop works out once about a value that stays the same for all of its elements."""

from __future__ import annotations

from collections.abc import Callable
from types import NoneType

from engines.groq.compiler.operators import is_in
from engines.groq.values import NUMBER_TYPES, DateTime, Path, Value

_NONE: frozenset[type] = frozenset()
_COMPARABLE = {
    int: NUMBER_TYPES,
    float: NUMBER_TYPES,
    str: frozenset([str]),
    bool: frozenset([bool]),
    DateTime: frozenset([DateTime]),
}
_EQUATABLE = {**_COMPARABLE, NoneType: frozenset([NoneType])}


def comparable_types(value: Value) -> frozenset[type]:
    """The types whose values can be ordered against this one."""
    return _COMPARABLE.get(type(value), _NONE)


def equality_types(value: Value) -> frozenset[type]:
    """The types whose values can be equal to this one."""
    return _EQUATABLE.get(type(value), _NONE)


def membership(members: Value) -> Callable[[Value], bool | None]:
    """The operator `in` for members that stay the same."""
    if type(members) is list:
        texts = frozenset(member for member in members if type(member) is str)
        if len(texts) == len(members):
            return lambda value: type(value) is str and value in texts
        return lambda value: value in texts if type(value) is str else is_in(value, members)
    if type(members) is Path and members.pattern.endswith(".**") and "*" not in members.pattern[:-2]:
        # `drafts.**`, the pattern of nearly every query that has one.
        prefix = members.pattern[:-2]
        return lambda value: value.startswith(prefix) if type(value) is str else is_in(value, members)
    return lambda value: is_in(value, members)
