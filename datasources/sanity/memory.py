"""Published answers in this process: bounded, the least recently used leave first."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

from datasources.sanity.changes import Change
from datasources.sanity.questions import Answer, Question

_MOST_ANSWERS = 4_000
_MOST_BYTES = 16 * 1024 * 1024
"""Of JSON; as objects, with the records read from them, it is some eight times as much."""


@dataclass(slots=True)
class Kept:
    """An answer. `asked_at` is in Unix seconds; an outdated one only stands in when the store does not answer."""

    question: Question
    answer: Answer
    tags: tuple[str, ...]
    asked_at: float
    size: int
    is_outdated: bool = False


class Memory:
    """Answers by key, found by their tags when these change."""

    def __init__(self, *, most_answers: int = _MOST_ANSWERS, most_bytes: int = _MOST_BYTES) -> None:
        self._most_answers = most_answers
        self._most_bytes = most_bytes
        self._kept: OrderedDict[bytes, Kept] = OrderedDict()
        self._keys_by_tag: dict[str, set[bytes]] = {}
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, key: bytes) -> Kept | None:
        """The answer of that key, however old."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def put(self, key: bytes, kept: Kept) -> None:
        """Keep an answer; one that is larger than an eighth of the room is not."""
        self._remove(key)
        if kept.size * 8 > self._most_bytes:
            return
        self._kept[key] = kept
        self._bytes += kept.size
        for tag in kept.tags:
            self._keys_by_tag.setdefault(tag, set()).add(key)
        while len(self._kept) > self._most_answers or self._bytes > self._most_bytes:
            self._remove(next(iter(self._kept)))

    def outdate(self, change: Change) -> None:
        """Mark every answer that the change may have made wrong."""
        for kept in self._touched(change):
            kept.is_outdated = True

    def _touched(self, change: Change) -> Iterable[Kept]:
        if change.is_everything:
            return self._kept.values()
        if change.written:
            return [each for each in self._kept.values() if change.touches(each.question, each.tags)]
        return [self._kept[key] for tag in change.tags for key in self._keys_by_tag.get(tag, ())]

    def _remove(self, key: bytes) -> None:
        kept = self._kept.pop(key, None)
        if kept is None:
            return
        self._bytes -= kept.size
        for tag in kept.tags:
            keys = self._keys_by_tag[tag]
            keys.discard(key)
            if not keys:
                del self._keys_by_tag[tag]
