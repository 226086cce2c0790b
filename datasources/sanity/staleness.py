"""How old the oldest answer was that stood in for a content store that did not answer."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class Staleness:
    """Filled while an operation runs; `seconds` is None as long as every answer was a good one."""

    seconds: float | None = None

    def note(self, age: float) -> None:
        """Remember the greatest age."""
        self.seconds = max(age, self.seconds or 0.0)


current_staleness: ContextVar[Staleness | None] = ContextVar("current_staleness", default=None)
