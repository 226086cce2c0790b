"""What a kind of job is: its name, what does the work, and how it is repeated."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from datasources.sources import Sources

Payload = Mapping[str, Any]
Work = Callable[[Sources, Payload], Awaitable[None]]


class UnusablePayloadError(Exception):
    """The payload lacks what the work needs; no repetition can mend that."""


@dataclass(frozen=True, slots=True)
class JobKind:
    """One kind of job. Its work may run twice and must then have the effect of once (J2)."""

    name: str
    work: Work
    seconds: float = 60.0
    """The longest one attempt may take."""
    concurrency: int = 0
    """The most that run at once over all workers; 0 for any number."""
    every: timedelta | None = None
    """How often a worker asks for it; such a job comes again by itself, so a failed one is not parked."""
    cron: str | None = None
    """When it is asked for once for all workers; not parked either."""

    @property
    def is_recurring(self) -> bool:
        """Whether the job comes again by itself."""
        return self.every is not None or self.cron is not None


def text_of(payload: Payload, name: str) -> str:
    """A text that the payload must hold."""
    value = payload.get(name)
    if not isinstance(value, str) or not value:
        raise UnusablePayloadError(f"The payload has no '{name}'.")
    return value
