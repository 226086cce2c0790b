"""The arithmetic operators; what has no answer is null, never an error."""

from __future__ import annotations

import math
from collections.abc import Callable

from engines.groq.errors import GroqLimitError
from engines.groq.values import NUMBER_TYPES, DateTime, Value, finite

# Repeated doubling would otherwise fill the memory within one short query.
LARGEST_TEXT = 10_000_000
LARGEST_ARRAY = 5_000_000


def add(left: Value, right: Value) -> Value:
    """`+`: numbers, strings, arrays, objects, and a datetime plus seconds."""
    kind = type(left)
    other = type(right)
    if kind in NUMBER_TYPES and other in NUMBER_TYPES:
        return finite(left + right)
    if kind is other:
        return _join(left, right)
    if kind is DateTime and other in NUMBER_TYPES:
        return left.plus(right)
    if other is DateTime and kind in NUMBER_TYPES:
        return right.plus(left)
    return None


def _join(left: Value, right: Value) -> Value:
    kind = type(left)
    if kind is str:
        if len(left) + len(right) > LARGEST_TEXT:
            raise GroqLimitError(f"A string grew beyond {LARGEST_TEXT:,} characters")
        return left + right
    if kind is list:
        if len(left) + len(right) > LARGEST_ARRAY:
            raise GroqLimitError(f"An array grew beyond {LARGEST_ARRAY:,} elements")
        return left + right
    if kind is dict:
        return left | right
    return None


def subtract(left: Value, right: Value) -> Value:
    """`-`: numbers, two datetimes (seconds between them), and a datetime minus seconds."""
    kind = type(left)
    other = type(right)
    if kind in NUMBER_TYPES and other in NUMBER_TYPES:
        return finite(left - right)
    if kind is DateTime:
        if other is DateTime:
            return finite((left.milliseconds - right.milliseconds) / 1000)
        if other in NUMBER_TYPES:
            return left.plus(-right)
    return None


def _multiply(left: Value, right: Value) -> Value:
    return finite(left * right)


def _divide(left: Value, right: Value) -> Value:
    return finite(left / right) if right else None


def _remainder(left: Value, right: Value) -> Value:
    # The sign follows the dividend, as IEEE 754 and not as Python's own operator has it.
    return finite(math.fmod(left, right)) if right else None


def _power(left: Value, right: Value) -> Value:
    try:
        return finite(math.pow(left, right))
    except (OverflowError, ValueError):
        return None


_NUMERIC: dict[str, Callable[[Value, Value], Value]] = {
    "*": _multiply,
    "/": _divide,
    "%": _remainder,
    "**": _power,
}


def apply_arithmetic(operator: str, left: Value, right: Value) -> Value:
    """The result of one of + - * / % **; null when the operands do not fit it."""
    if operator == "+":
        return add(left, right)
    if operator == "-":
        return subtract(left, right)
    if type(left) in NUMBER_TYPES and type(right) in NUMBER_TYPES:
        return _NUMERIC[operator](left, right)
    return None


def negate(value: Value) -> Value:
    """Prefix `-`."""
    return -value if type(value) in NUMBER_TYPES else None
