"""The math namespace, and round()."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation, localcontext

from engines.groq.values import NUMBER_TYPES, Value, finite

_MOST_DIGITS = 100


def _numbers(value: Value) -> list[float] | None:
    """The numbers of an array without its nulls; None when something else is in it."""
    if type(value) is not list:
        return None
    numbers = [item for item in value if item is not None]
    return numbers if all(type(item) in NUMBER_TYPES for item in numbers) else None


def total(value: Value) -> Value:
    """The sum; 0 for no numbers."""
    numbers = _numbers(value)
    return None if numbers is None else finite(sum(numbers))


def average(value: Value) -> Value:
    """The mean; null for no numbers."""
    numbers = _numbers(value)
    return finite(sum(numbers) / len(numbers)) if numbers else None


def least(value: Value) -> Value:
    """The smallest number; null for no numbers."""
    numbers = _numbers(value)
    return min(numbers) if numbers else None


def greatest(value: Value) -> Value:
    """The greatest number; null for no numbers."""
    numbers = _numbers(value)
    return max(numbers) if numbers else None


def round_number(number: Value, digits: Value = 0) -> Value:
    """The number to that many decimal digits, halves away from zero; digits must be a whole number from 0."""
    if type(number) not in NUMBER_TYPES or type(digits) not in NUMBER_TYPES or digits < 0 or digits != int(digits):
        return None
    if digits > _MOST_DIGITS or type(number) is int:
        return number
    with localcontext() as context:
        context.prec = 500  # enough for every digit of the largest double and a hundred behind the point
        try:
            # The exact binary value is rounded: 1.005 is a little less than it looks and becomes 1.
            rounded = Decimal(number).quantize(Decimal(1).scaleb(-int(digits)), rounding=ROUND_HALF_UP)
        except InvalidOperation:
            return number
    return finite(float(rounded))
