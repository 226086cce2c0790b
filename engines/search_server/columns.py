"""One filterable or sortable path of an index: equality and range bitmaps, and the values of each document."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

from engines.search_server.bitmaps import Postings, bitmap_of
from engines.search_server.flattening import Leaves
from engines.search_server.words import fold

BLOCK = 512
MOST_RECENT = 1_000  # additions kept beside the sorted order before it is rebuilt

Key = str | float


def facet_key(value: Key) -> Key:
    """How equality compares: numbers as they are, text without case, accents and outer spaces."""
    if not isinstance(value, str):
        return value
    trimmed = value.strip()
    if trimmed.isascii():
        return trimmed.lower()
    return " ".join(fold(part) or part.lower() for part in trimmed.split(" "))


class SortedNumbers:
    """(value, document) pairs in order, in blocks with a bitmap each, plus a short unsorted tail of recent ones."""

    __slots__ = ("_blocks", "_documents", "_recent", "_values")

    def __init__(self) -> None:
        self._values: list[float] = []
        self._documents: list[int] = []
        self._blocks: list[int] = []
        self._recent: list[tuple[float, int]] = []

    def add(self, value: float, number: int) -> None:
        """Add one pair; it is found at once and sorted later."""
        self._recent.append((value, number))

    def between(self, low: float, high: float, *, open_low: bool = False, open_high: bool = False) -> int:
        """The bitmap of documents with a value in the interval."""
        self._settle()
        start = bisect_right(self._values, low) if open_low else bisect_left(self._values, low)
        stop = bisect_left(self._values, high) if open_high else bisect_right(self._values, high)
        result = 0
        if stop > start:
            first, last = -(-start // BLOCK), stop // BLOCK
            if first >= last:
                result = self._slice(start, stop)
            else:
                result = self._slice(start, first * BLOCK) | self._slice(last * BLOCK, stop)
                for block in self._blocks[first:last]:
                    result |= block
        for value, number in self._recent:
            if (low < value if open_low else low <= value) and (value < high if open_high else value <= high):
                result |= 1 << number
        return result

    def in_order(self, *, descending: bool) -> Iterator[tuple[float, int]]:
        """Every pair by value; the tail is merged in first."""
        self._merge()
        pairs = zip(self._values, self._documents, strict=True)
        if descending:
            return zip(reversed(self._values), reversed(self._documents), strict=True)
        return pairs

    def _slice(self, start: int, stop: int) -> int:
        part = self._documents[start:stop]
        return bitmap_of(part, max(part) + 1) if part else 0

    def _settle(self) -> None:
        if len(self._recent) > MOST_RECENT + len(self._values) // 16:
            self._merge()

    def _merge(self) -> None:
        if not self._recent:
            return
        pairs = sorted([*zip(self._values, self._documents, strict=True), *self._recent])
        self._recent = []
        self._values = [value for value, _ in pairs]
        self._documents = [number for _, number in pairs]
        self._blocks = [self._slice(place, place + BLOCK) for place in range(0, len(pairs), BLOCK)]


class Column:
    """What every document holds at one path."""

    def __init__(self) -> None:
        self.by_value: dict[Key, Postings] = {}
        self.labels: dict[str, str] = {}  # the first spelling seen of each text value
        self.by_document: dict[int, tuple[Key, ...]] = {}
        self.present = Postings()
        self.null = Postings()
        self.empty = Postings()
        self.numbers = SortedNumbers()

    def add(self, number: int, leaves: Leaves) -> None:
        """Record one document, in ascending order of document numbers."""
        self.present.add(number)
        if leaves.is_null:
            self.null.add(number)
        if leaves.is_empty:
            self.empty.add(number)
        keys: list[Key] = []
        for value in leaves.values:
            key = facet_key(value)
            if key in keys:
                continue
            keys.append(key)
            postings = self.by_value.get(key)
            if postings is None:
                postings = self.by_value[key] = Postings()
            postings.add(number)
            if isinstance(key, str):
                self.labels.setdefault(key, str(value))
            else:
                self.numbers.add(key, number)
        if keys:
            self.by_document[number] = tuple(keys)

    def equal_to(self, text: str) -> int:
        """Documents with this value, read both as text and as a number."""
        keys: list[Key] = [facet_key(text)]
        number = as_number(text)
        if number is not None:
            keys.append(number)
        result = 0
        for key in keys:
            postings = self.by_value.get(key)
            if postings is not None:
                result |= postings.bits()
        return result

    def compared(self, operator: str, text: str) -> int:
        """Documents with a value `<`, `<=`, `>` or `>=` the given one: numbers by size, text by code points."""
        number = as_number(text)
        is_open = operator in {"<", ">"}
        if number is not None:
            if operator in {"<", "<="}:
                return self.numbers.between(-math.inf, number, open_high=is_open)
            return self.numbers.between(number, math.inf, open_low=is_open)
        bound = facet_key(text)
        assert isinstance(bound, str)  # noqa: S101 - facet_key keeps text text; this tells the type checker
        wanted = {"<": bound.__gt__, "<=": bound.__ge__, ">": bound.__lt__, ">=": bound.__le__}[operator]
        return self.any_text(key for key in list(self.labels) if wanted(key))

    def between(self, low: str, high: str) -> int:
        """Documents with a value in a closed interval."""
        return self._between_numbers(low, high) | (
            self.compared(">=", low) & self.compared("<=", high) if as_number(low) is None else 0
        )

    def _between_numbers(self, low: str, high: str) -> int:
        start, stop = as_number(low), as_number(high)
        return 0 if start is None or stop is None else self.numbers.between(start, stop)

    def any_text(self, keys: Iterable[str]) -> int:
        """Documents with one of these text keys."""
        result = 0
        for key in keys:
            result |= self.by_value[key].bits()
        return result

    def sort_value(self, number: int, *, descending: bool) -> Key | None:
        """The value a document is sorted by: its least one ascending, its greatest descending."""
        keys = self.by_document.get(number)
        if keys is None:
            return None
        if len(keys) == 1:
            return keys[0]
        numbers = [key for key in keys if not isinstance(key, str)]
        if numbers:
            return max(numbers) if descending else min(numbers)
        texts = [key for key in keys if isinstance(key, str)]
        return max(texts) if descending else min(texts)


def as_number(text: str) -> float | None:
    """The finite number a filter value spells, if it does."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and "_" not in text else None
