"""What changed between two values: the diff namespace without its selectors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from engines.groq.values import NUMBER_TYPES, Value

KeyPath: TypeAlias = tuple[str | int, ...]
Selected: TypeAlias = Callable[[Value], list[KeyPath]]


class _Missing:
    """What stands at a key path that leads nowhere; null is something else, an attribute can be set to it."""


MISSING = _Missing()


def value_at(value: Value, path: KeyPath) -> Value:
    """The value at a key path, MISSING where there is none."""
    for key in path:
        if type(value) is dict:
            value = value.get(key, MISSING)
        elif type(value) is list and type(key) is int and key < len(value):
            value = value[key]
        else:
            return MISSING
    return value


def deep_equal(left: Value, right: Value) -> bool:
    """Whether two values hold the same, arrays and objects included."""
    waiting = [(left, right)]
    while waiting:
        one, other = waiting.pop()
        if type(one) is dict and type(other) is dict:
            if one.keys() != other.keys():
                return False
            waiting.extend((one[name], other[name]) for name in one)
        elif type(one) is list and type(other) is list:
            if len(one) != len(other):
                return False
            waiting.extend(zip(one, other, strict=True))
        elif type(one) in NUMBER_TYPES and type(other) in NUMBER_TYPES:
            if one != other:
                return False
        elif type(one) is not type(other) or one != other:
            return False
    return True


def changed_any(before: Value, after: Value, select: Selected) -> bool:
    """Whether anything that the selector picks differs between the two values."""
    paths = select(before)
    if len(paths) != len(select(after)):
        return True
    return any(
        _has_moved(before, after, path) or not deep_equal(value_at(before, path), value_at(after, path))
        for path in paths
    )


def _has_moved(before: Value, after: Value, path: KeyPath) -> bool:
    """Whether an array on the way has another length, so that positions no longer mean the same."""
    for depth, key in enumerate(path):
        if type(key) is int:
            one, other = value_at(before, path[:depth]), value_at(after, path[:depth])
            if type(one) is not list or type(other) is not list or len(one) != len(other):
                return True
    return False


def changed_only(before: Value, after: Value, select: Selected) -> bool:
    """Whether every difference lies within something that the selector picks."""
    selected = set(select(before))
    return all(any(path[:depth] in selected for depth in range(len(path) + 1)) for path in _differences(before, after))


def _differences(before: Value, after: Value) -> Iterator[KeyPath]:
    """The shortest key paths at which the values differ; here an attribute that is null is as good as none."""
    waiting: list[tuple[KeyPath, Value, Value]] = [((), before, after)]
    while waiting:
        path, one, other = waiting.pop()
        if type(one) is dict and type(other) is dict:
            waiting.extend(((*path, name), one.get(name), other.get(name)) for name in {**one, **other})
        elif type(one) is list and type(other) is list and len(one) == len(other):
            waiting.extend(((*path, index), one[index], other[index]) for index in range(len(one)))
        elif not deep_equal(one, other):
            yield path
