"""Clocks that tests move."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

NOON: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
"""A fixed time to begin at."""


@dataclass(slots=True)
class Clock:
    """The time, as a test sets it."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
