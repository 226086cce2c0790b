"""Applies the operations of one patch to a document, in the order Sanity applies them.

The order is setIfMissing, set, unset, diffMatchPatch, inc, dec, insert; unknown members are refused by name.
"""

import copy
import math
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

from engines.content_lake.faults import MutationFailedError
from engines.content_lake.json_paths import Every, Index, Key, PathSyntaxError, Span, parse_path
from engines.content_lake.locations import Location, locate
from engines.content_lake.text_patches import TextPatchError, apply_text_patch

Document = dict[str, Any]

_NOT_OPERATIONS = frozenset({"id", "query", "params", "ifRevisionID", "ifRevisionId"})
_PROTECTED = frozenset({"_id", "_type", "_createdAt", "_updatedAt", "_rev"})
_EDGES = ("before", "after", "replace")


def apply_patch(document: Document, patch: Mapping[str, object]) -> Document:
    """A new document with the patch applied; raises MutationFailedError when an operation makes no sense."""
    for name in patch:
        if name not in _NOT_OPERATIONS and name not in _OPERATIONS:
            raise MutationFailedError("invalidPatchError", f'A patch has no operation "{name}"')
    try:
        result: Document = copy.deepcopy(document)
        for name, operation in _OPERATIONS.items():
            if name in patch:
                operation(result, patch[name])
    except (PathSyntaxError, TextPatchError) as fault:
        raise MutationFailedError("invalidPatchError", str(fault)) from fault
    except RecursionError as fault:
        raise MutationFailedError("invalidPatchError", "The patch is nested too deeply") from fault
    if result.get("_id") != document.get("_id"):
        raise MutationFailedError("invalidPatchError", 'The attribute "_id" cannot be changed by a patch')
    if not isinstance(result.get("_type"), str) or not result["_type"]:
        raise MutationFailedError("invalidPatchError", 'The attribute "_type" must stay a non-empty string')
    return result


def _assignments(name: str, operand: object) -> Mapping[str, object]:
    if not isinstance(operand, dict):
        raise MutationFailedError("invalidPatchError", f'The operation "{name}" takes an object of path to value')
    return operand


def _set_if_missing(document: Document, operand: object) -> None:
    for path, value in _assignments("setIfMissing", operand).items():
        for location in locate(document, parse_path(path)):
            if _read(document, location) is None:
                _write(document, location, value)


def _set(document: Document, operand: object) -> None:
    for path, value in _assignments("set", operand).items():
        for location in locate(document, parse_path(path)):
            _write(document, location, value)


def _unset(document: Document, operand: object) -> None:
    if not isinstance(operand, list) or not all(isinstance(path, str) for path in operand):
        raise MutationFailedError("invalidPatchError", 'The operation "unset" takes an array of paths')
    for path in operand:
        for location in reversed(_sorted(locate(document, parse_path(path)))):
            _remove(document, location)


def _diff_match_patch(document: Document, operand: object) -> None:
    for path, patch in _assignments("diffMatchPatch", operand).items():
        for location in locate(document, parse_path(path)):
            text = _read(document, location)
            if not isinstance(text, str) or not isinstance(patch, str):
                raise MutationFailedError("invalidPatchError", f'diffMatchPatch of "{path}" needs a string to patch')
            _write(document, location, apply_text_patch(text, patch))


def _add(sign: int) -> Callable[[Document, object], None]:
    name = "inc" if sign > 0 else "dec"

    def operation(document: Document, operand: object) -> None:
        for path, amount in _assignments(name, operand).items():
            for location in locate(document, parse_path(path)):
                value = _read(document, location)
                if not _is_number(value) or not _is_number(amount):
                    raise MutationFailedError("invalidPatchError", f'{name} of "{path}" needs a number on both sides')
                _write(document, location, _sum(value, sign * amount))  # type: ignore[arg-type, operator]  # numbers

    return operation


def _insert(document: Document, operand: object) -> None:
    body = _assignments("insert", operand)
    edges = [edge for edge in _EDGES if edge in body]
    items = body.get("items")
    if len(edges) != 1 or not isinstance(items, list):
        raise MutationFailedError(
            "invalidPatchError", 'insert takes "items" and exactly one of "before", "after" and "replace"'
        )
    edge = edges[0]
    path = body[edge]
    steps = parse_path(path) if isinstance(path, str) else ()
    if not steps or isinstance(steps[-1], Key):
        raise MutationFailedError("invalidPatchError", f'The path of "{edge}" must end in an array element')
    for parent in locate(document, steps[:-1]):
        target = _read(document, parent)
        if isinstance(target, list):
            chosen = [place[0] for place in locate(target, steps[-1:]) if isinstance(place[0], int)]
            is_open = not target and isinstance(steps[-1], Index | Span | Every)
            if chosen or is_open:
                _splice(target, edge, chosen, items)


def _splice(target: list[object], edge: str, chosen: list[int], items: list[object]) -> None:
    added = copy.deepcopy(items)
    if edge == "before":
        at = min(chosen, default=0)
        target[at:at] = added
    elif edge == "after":
        at = max(chosen, default=-1) + 1
        target[at:at] = added
    else:
        at = min(chosen, default=0)
        removed = set(chosen)
        target[:] = [item for place, item in enumerate(target) if place not in removed]
        target[at:at] = added


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _sum(left: float, right: float) -> float:
    """Integers stay exact as long as they fit into 64 bits; then they become floating point, as in JSON's home."""
    total = left + right
    if isinstance(total, int) and abs(total) >= 2**63:
        total = float(total)
    if not math.isfinite(total):
        raise MutationFailedError("invalidPatchError", "The number became too large")
    return total


def _read(document: object, location: Location) -> object:
    value = document
    for step in location:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def _write(document: Document, location: Location, value: object) -> None:
    """Puts a value at a location and creates the objects that lead there."""
    if not location:
        raise MutationFailedError("invalidPatchError", "A patch cannot replace the document itself")
    target: Any = document
    for step, following in pairwise(location):
        child = target[step] if isinstance(step, int) else target.get(step)
        if child is None and isinstance(following, str):
            child = target[step] = {}
        if not isinstance(child, dict if isinstance(following, str) else list):
            raise MutationFailedError("invalidPatchError", f'Cannot set "{following}" of a value that has no members')
        target = child
    target[location[-1]] = copy.deepcopy(value)


def _remove(document: Document, location: Location) -> None:
    if len(location) == 1 and location[0] in _PROTECTED:
        raise MutationFailedError("invalidPatchError", f'The attribute "{location[0]}" cannot be unset')
    parent = _read(document, location[:-1])
    step = location[-1] if location else None
    if isinstance(parent, dict) and isinstance(step, str):
        parent.pop(step, None)
    elif isinstance(parent, list) and isinstance(step, int) and step < len(parent):
        del parent[step]


def _sorted(locations: list[Location]) -> list[Location]:
    """By depth-first document position, so that removing from the end keeps the other positions valid."""
    return sorted(locations, key=lambda location: [(isinstance(step, str), step) for step in location])


_OPERATIONS: dict[str, Callable[[Document, object], None]] = {
    "setIfMissing": _set_if_missing,
    "set": _set,
    "unset": _unset,
    "diffMatchPatch": _diff_match_patch,
    "inc": _add(1),
    "dec": _add(-1),
    "insert": _insert,
}
