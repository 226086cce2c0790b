"""The dataset's clock: one fixed reference moment, and the pure shift that brings it to any other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

REFERENCE_NOW = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
"""The moment at which the committed dataset is "now": its open auctions are open at this instant."""

_TIME_KEYS = frozenset({"_createdAt", "_updatedAt", "promotedUntil", "memberSince"})


def instant(moment: datetime) -> str:
    """An aware time as Sanity writes it: UTC, whole seconds, `Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def shift_times(document: dict[str, Any], delta: timedelta) -> dict[str, Any]:
    """A copy of a document whose times have moved by `delta`; everything else is untouched.

    A time is a string in ISO 8601 with an offset under `_createdAt`, `_updatedAt`, `promotedUntil`, `memberSince` or
    any key that ends in `At`, at any depth. What does not parse as a time is kept as it is.
    """
    return {key: _shifted(key, value, delta) for key, value in document.items()}


def _shifted(key: str, value: Any, delta: timedelta) -> Any:  # any JSON value may stand in a document
    if isinstance(value, dict):
        return shift_times(value, delta)
    if isinstance(value, list):
        return [_shifted(key, item, delta) for item in value]
    if isinstance(value, str) and (key in _TIME_KEYS or key.endswith("At")):
        return _moved(value, delta)
    return value


def _moved(text: str, delta: timedelta) -> str:
    try:
        moment = datetime.fromisoformat(text)
        return instant(moment + delta) if moment.tzinfo else text
    except (ValueError, OverflowError):
        return text
