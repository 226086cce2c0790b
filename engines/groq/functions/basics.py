"""Functions of the global namespace that fit nowhere else."""

from __future__ import annotations

from engines.groq.values import NUMBER_TYPES, DateTime, Path, Value, parse_date_time


def count(value: Value) -> Value:
    """The number of elements of an array."""
    return len(value) if type(value) is list else None


def length(value: Value) -> Value:
    """The number of elements of an array, or of code points of a string."""
    return len(value) if type(value) is list or type(value) is str else None


def defined(value: Value) -> bool:
    """Whether the value is not null."""
    return value is not None


def date_time(value: Value) -> Value:
    """A datetime from RFC 3339 text; a datetime stays what it is."""
    if type(value) is str:
        return parse_date_time(value)
    return value if type(value) is DateTime else None


def path(value: Value) -> Value:
    """A pattern for `in`."""
    return Path(value) if type(value) is str else None


def boost(value: Value, amount: Value) -> Value:
    """The condition itself; only score() makes use of the amount."""
    return value if type(amount) in NUMBER_TYPES and amount >= 0 else None
