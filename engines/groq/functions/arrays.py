"""The array namespace."""

from __future__ import annotations

from engines.groq.arithmetic import LARGEST_TEXT
from engines.groq.errors import GroqLimitError
from engines.groq.functions.strings import string
from engines.groq.values import Path, Value

_COMPOUND = (dict, list, Path)


def join(value: Value, separator: Value) -> Value:
    """The elements as one string; null when one of them has no text."""
    if type(value) is not list or type(separator) is not str:
        return None
    parts = [string(item) for item in value]
    if any(part is None for part in parts):
        return None
    if sum(map(len, parts)) + len(separator) * len(parts) > LARGEST_TEXT:
        raise GroqLimitError(f"A string grew beyond {LARGEST_TEXT:,} characters")
    return separator.join(parts)


def compact(value: Value) -> Value:
    """The elements that are not null."""
    return [item for item in value if item is not None] if type(value) is list else None


def unique(value: Value) -> Value:
    """The elements, simple values once each; arrays and objects are never equal, so all of them stay."""
    if type(value) is not list:
        return None
    seen: set[Value] = set()
    result = []
    for item in value:
        if isinstance(item, _COMPOUND):
            result.append(item)
            continue
        key = _identity_of(item)
        if key not in seen:
            seen.add(key)
            result.append(item)
    return result


def intersects(left: Value, right: Value) -> Value:
    """Whether two arrays share a simple value."""
    if type(left) is not list or type(right) is not list:
        return None
    known = {_identity_of(item) for item in left if not isinstance(item, _COMPOUND)}
    return any(_identity_of(item) in known for item in right if not isinstance(item, _COMPOUND))


def _identity_of(value: Value) -> Value:
    # True and 1 are one key in Python and two values in GROQ.
    return ("boolean", value) if type(value) is bool else value
