"""The string namespace, and string() itself."""

from __future__ import annotations

from decimal import Decimal

from engines.groq.values import DateTime, Value


def string(value: Value) -> Value:
    """The text of a scalar."""
    kind = type(value)
    if kind is str:
        return value
    if value is True:
        return "true"
    if value is False:
        return "false"
    if kind is DateTime:
        return str(value)
    return number_text(value) if kind is int or kind is float else None


def number_text(number: float) -> str:
    """The shortest text that reads back as the number: whole numbers plain up to 21 digits, then with an exponent."""
    if number == 0:
        return "0"
    sign, digits, exponent = Decimal(repr(float(number))).as_tuple()
    text = "".join(map(str, digits)).rstrip("0")
    point = len(digits) + int(exponent)  # where the decimal point stands, counted from the first digit
    if 0 < point <= 21:
        body = text.ljust(point, "0")
        body = body if len(body) == point else f"{body[:point]}.{body[point:]}"
    elif -6 < point <= 0:
        body = f"0.{'0' * -point}{text}"
    else:
        mantissa = text if len(text) == 1 else f"{text[0]}.{text[1:]}"
        body = f"{mantissa}e{point - 1:+d}"
    return f"-{body}" if sign else body


def lower(value: Value) -> Value:
    """The string in lower case."""
    return value.lower() if type(value) is str else None


def upper(value: Value) -> Value:
    """The string in upper case."""
    return value.upper() if type(value) is str else None


def split(value: Value, separator: Value) -> Value:
    """The parts of a string between separators; its code points when the separator is empty."""
    if type(value) is not str or type(separator) is not str:
        return None
    if not value:
        return []
    return value.split(separator) if separator else list(value)


def starts_with(value: Value, prefix: Value) -> Value:
    """Whether the string begins with the prefix."""
    return value.startswith(prefix) if type(value) is str and type(prefix) is str else None
