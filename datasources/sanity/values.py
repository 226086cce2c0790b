"""Reading the plain values of content documents, where any field may be missing or of another kind."""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Any, TypeVar

from domain.money import Money, MoneyError

E = TypeVar("E", bound=Enum)

Row = Mapping[str, Any]


def text(value: Any) -> str | None:
    """The text, or None for anything else and for the empty text."""
    return value if isinstance(value, str) and value else None


def whole_number(value: Any) -> int | None:
    """The number cut to an integer, or None."""
    return int(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def number(value: Any) -> float | None:
    """The number, or None."""
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def moment(value: Any) -> datetime | None:
    """An aware UTC time from an RFC 3339 text, or None."""
    if not isinstance(value, str):
        return None
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        return None
    return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def moment_or_epoch(value: Any) -> datetime:
    """A time that every document carries; the epoch where an import left it out."""
    return moment(value) or datetime.fromtimestamp(0, UTC)


def one_of(kind: type[E], value: Any) -> E | None:
    """The enum member of that value, or None."""
    try:
        return kind(value)
    except ValueError:
        return None


def texts(value: Any) -> tuple[str, ...]:
    """Every text of a list; empty for anything else."""
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def rows(value: Any) -> tuple[Row, ...]:
    """Every object of a list; empty for anything else."""
    return tuple(each for each in value if isinstance(each, dict)) if isinstance(value, list) else ()


def row(value: Any) -> Row | None:
    """The object, or None."""
    return value if isinstance(value, dict) else None


def money(value: Any) -> Money | None:
    """Money from ``{amountMinor, currency}``, or None where either is unusable."""
    if not isinstance(value, dict):
        return None
    amount, currency = value.get("amountMinor"), value.get("currency")
    if not isinstance(amount, int) or isinstance(amount, bool) or not isinstance(currency, str):
        return None
    try:
        return Money(amount, currency)
    except MoneyError:
        return None
