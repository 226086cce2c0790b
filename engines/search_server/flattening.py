"""Turning a JSON document into dotted paths with leaf values, the way filters and searchable attributes see it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

DEEPEST = 64


@dataclass(slots=True)
class Leaves:
    """What one path of a document holds: scalar values, and whether it was null or empty somewhere."""

    values: list[str | float] = field(default_factory=list)
    is_null: bool = False
    is_empty: bool = False


def flatten(document: dict[str, Any]) -> dict[str, Leaves]:
    """Every path of a document, parents included, in order of appearance."""
    paths: dict[str, Leaves] = {}
    for key, value in document.items():
        _walk(key, value, paths, 0)
    return paths


def _walk(path: str, value: object, paths: dict[str, Leaves], depth: int) -> None:
    leaves = paths.get(path)
    if leaves is None:
        leaves = paths[path] = Leaves()
    if isinstance(value, dict | list):
        leaves.is_empty = leaves.is_empty or not value
        if depth < DEEPEST:
            _walk_inside(path, value, paths, depth + 1)
    else:
        _add_leaf(leaves, value)


def _add_leaf(leaves: Leaves, value: object) -> None:
    if value is None:
        leaves.is_null = True
    elif isinstance(value, bool):
        leaves.values.append("true" if value else "false")
    elif isinstance(value, int | float):
        leaves.values.append(float(value))
    elif isinstance(value, str):
        leaves.values.append(value)
        leaves.is_empty = leaves.is_empty or not value


def _walk_inside(path: str, value: dict[str, Any] | list[Any], paths: dict[str, Leaves], depth: int) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            _walk(f"{path}.{key}", inner, paths, depth)
    else:
        for inner in value:
            _walk_element(path, inner, paths, depth)


def _walk_element(path: str, value: object, paths: dict[str, Leaves], depth: int) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            _walk(f"{path}.{key}", inner, paths, depth)
    elif isinstance(value, list):
        if depth < DEEPEST:
            for inner in value:
                _walk_element(path, inner, paths, depth + 1)
    elif value is not None and value != "":
        _walk(path, value, paths, depth)


def number_text(value: float) -> str:
    """A number as the API prints it: no trailing `.0`."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e16 else repr(value)


def covers(pattern: str, path: str) -> bool:
    """Whether an attribute pattern of the settings names a path or one of its parents."""
    if pattern in {"*", path} or path.startswith(f"{pattern}."):
        return True
    if pattern.endswith("*"):
        return path.startswith(pattern[:-1])
    return pattern.startswith("*") and path.endswith(pattern[1:])


def picked(document: dict[str, Any], patterns: list[str]) -> dict[str, Any]:
    """The part of a document that attribute patterns name, keeping its nesting."""
    if "*" in patterns:
        return document
    return dict(_picked_items(document, "", patterns))


def _picked_items(document: dict[str, Any], prefix: str, patterns: list[str]) -> Iterator[tuple[str, Any]]:
    for key, value in document.items():
        path = f"{prefix}{key}"
        if any(covers(pattern, path) for pattern in patterns):
            yield key, value
        elif isinstance(value, dict) and any(pattern.startswith(f"{path}.") for pattern in patterns):
            inner = dict(_picked_items(value, f"{path}.", patterns))
            if inner:
                yield key, inner
