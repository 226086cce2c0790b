"""What changed lately in the content store, so that an answer from before a change is not kept after it."""

from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from datasources.sanity.questions import Question, Written

_KEPT = 2_000
OWN_WRITE_SECONDS = 60.0
"""How long the CDN and other processes' copies may lag behind a write of ours."""


@dataclass(frozen=True, slots=True)
class Change:
    """Tags that a live event named, documents that a write of ours touched, or everything."""

    tags: frozenset[str] = frozenset()
    written: tuple[Written, ...] = ()
    is_everything: bool = False

    def touches(self, question: Question, tags: Collection[str]) -> bool:
        """Whether an answer with these tags may have become wrong."""
        return self.is_everything or not self.tags.isdisjoint(tags) or any(map(question.may_notice, self.written))


class Changes:
    """The newest changes, numbered; what was forgotten counts as having touched everything."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._log: deque[tuple[int, float, Change]] = deque(maxlen=_KEPT)
        self._next = 0

    def add(self, change: Change) -> None:
        """Remember a change."""
        self._log.append((self._next, self._clock(), change))
        self._next += 1

    def mark(self) -> int:
        """The place from which `has_touched` looks."""
        return self._next

    def has_touched(self, question: Question, tags: Sequence[str], *, since: int) -> bool:
        """Whether an answer that was asked for at that mark may have been overtaken."""
        if self._next - since > len(self._log):
            return True
        for number, _, change in reversed(self._log):
            if number < since:
                return False
            if change.touches(question, tags):
                return True
        return False

    def was_written_by_us(self, question: Question) -> bool:
        """Whether a write of ours may have changed the answer so lately that only the API itself is sure to know."""
        oldest_asked = self._clock() - OWN_WRITE_SECONDS
        for _, changed_at, change in reversed(self._log):
            if changed_at < oldest_asked:
                return False
            if any(map(question.may_notice, change.written)):
                return True
        return len(self._log) == _KEPT
