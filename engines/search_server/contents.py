"""The searchable form of an index's documents under one set of settings, held in memory.

Documents have numbers that only grow: a new version gets a new number, and one assignment of `alive` makes a whole
batch visible at once. Each document also keeps, per searchable attribute, a string with one character a word, so that
phrases and distances between words are plain substring searches.
"""

import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from engines.search_server.bitmaps import Postings
from engines.search_server.columns import Column, SortedNumbers
from engines.search_server.flattening import Leaves, covers, flatten, number_text
from engines.search_server.geography import point_of
from engines.search_server.settings import filterable_patterns, typos_of
from engines.search_server.vocabulary import Vocabulary
from engines.search_server.words import LONGEST_FIELD, words_of

GAP = "\0" * 8  # between the elements of an array: too far apart for a phrase or for nearness
GEO = "_geo"
CACHED_TERMS = 512


@dataclass(frozen=True, slots=True)
class Entry:
    """A document ready to be added: its id, its JSON text, and its parsed form."""

    document_id: str
    body: bytes
    document: dict[str, Any]


class Contents:
    """Words, columns and bodies of the documents of one index."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.lock = threading.RLock()
        self.cache: dict[Any, Any] = {}
        self.adopt(settings)
        self.filterable = filterable_patterns(settings)
        self.sortable: tuple[str, ...] = tuple(settings["sortableAttributes"])
        rules = [rule.rsplit(":", 1)[0] for rule in settings["rankingRules"] if ":" in rule]
        distinct = [settings["distinctAttribute"]] if settings["distinctAttribute"] else []
        self._column_patterns = (*self.filterable, *self.sortable, *rules, *distinct)
        self.alive = 0
        self.generation = 0
        self.bodies: list[bytes] = []
        self.texts: list[tuple[str, ...]] = []
        self.number_by_id: dict[str, int] = {}
        self.vocabulary = Vocabulary()
        self.postings: list[Postings] = [Postings()]
        searchable: list[str] = settings["searchableAttributes"]
        self._finds_fields = "*" in searchable
        self.fields: list[str] = [] if self._finds_fields else list(searchable)
        self._ranks: dict[str, int | None] = {}
        self.columns: dict[str, Column] = {}
        self._columnless: set[str] = set()
        self.points: dict[int, tuple[float, float]] = {}
        self.latitudes = SortedNumbers()
        self.longitudes = SortedNumbers()
        self.field_distribution: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self.number_by_id)

    def adopt(self, settings: Mapping[str, Any]) -> None:
        """Take on settings that need no rebuilding: all but those that name the attributes to index."""
        with self.lock:
            self.settings = settings
            self.typos = typos_of(settings)
            self.stop_words = frozenset(word.lower() for word in settings["stopWords"])
            self.cache = {}

    def change(self, entries: Iterable[Entry], removed_ids: Iterable[str] = ()) -> None:
        """Add or replace documents and remove others; searches see all of it or nothing of it."""
        latest = {entry.document_id: entry for entry in entries}
        numbers: dict[str, int] = {}
        for entry in latest.values():
            with self.lock:
                numbers[entry.document_id] = self._add(entry)
        self.vocabulary.publish()  # slow, and outside the lock: searches go on
        with self.lock:
            alive = self.alive
            for document_id in {*removed_ids, *numbers}:
                old = self.number_by_id.pop(document_id, None)
                if old is not None:
                    alive &= ~(1 << old)
                    self.field_distribution.subtract(orjson.loads(self.bodies[old]).keys())
                    self.bodies[old] = b""
                    self.texts[old] = ()
            for document_id, number in numbers.items():
                alive |= 1 << number
                self.number_by_id[document_id] = number
                self.field_distribution.update(latest[document_id].document.keys())
            self.alive = alive
            self.generation += 1
            self.cache = {}

    def needs_compaction(self) -> bool:
        """Whether most numbers belong to documents replaced or removed since."""
        return len(self.bodies) > 1_000 and len(self.bodies) > 2 * len(self.number_by_id)

    def compacted(self, settings: Mapping[str, Any]) -> "Contents":
        """The same documents, numbered afresh, under the given settings."""
        fresh = Contents(settings)
        ordered = sorted(self.number_by_id.items(), key=lambda pair: pair[1])
        fresh.change(Entry(key, self.bodies[number], orjson.loads(self.bodies[number])) for key, number in ordered)
        return fresh

    def document(self, number: int) -> dict[str, Any]:
        """The parsed document with this number."""
        found: dict[str, Any] = orjson.loads(self.bodies[number])
        return found

    def remembered(self, key: Any, value: Any) -> Any:
        """Keep a result until the next change."""
        if len(self.cache) >= CACHED_TERMS:
            self.cache.clear()
        self.cache[key] = value
        return value

    def _add(self, entry: Entry) -> int:
        number = len(self.bodies)
        paths = flatten(entry.document)
        self.bodies.append(entry.body)
        self.texts.append(self._text(number, paths))
        for path, leaves in paths.items():
            column = self._column(path)
            if column is not None:
                column.add(number, leaves)
        point = point_of(entry.document.get(GEO))
        if point is not None:
            self.points[number] = point
            self.latitudes.add(point[0], number)
            self.longitudes.add(point[1], number)
        return number

    def _text(self, number: int, paths: Mapping[str, Leaves]) -> tuple[str, ...]:
        parts: dict[int, list[str]] = {}
        seen: set[int] = set()
        for path, leaves in paths.items():
            rank = self._rank(path) if leaves.values else None
            if rank is None:
                continue
            for value in leaves.values:
                words = words_of(value if isinstance(value, str) else number_text(value))
                numbers = [self.vocabulary.number(word) for word in words]
                seen.update(numbers)
                parts.setdefault(rank, []).append("".join(map(chr, numbers)))
        while len(self.postings) < len(self.vocabulary.words):
            self.postings.append(Postings())
        for word in seen:
            self.postings[word].numbers.append(number)
        if not parts:
            return ()
        return tuple(GAP.join(parts.get(rank, ()))[:LONGEST_FIELD] for rank in range(max(parts) + 1))

    def _column(self, path: str) -> Column | None:
        column = self.columns.get(path)
        if column is None and path not in self._columnless:
            if not _is_geo(path) and any(covers(pattern, path) for pattern in self._column_patterns):
                column = self.columns[path] = Column()
            else:
                self._columnless.add(path)
        return column

    def _rank(self, path: str) -> int | None:
        if path not in self._ranks:
            self._ranks[path] = self._new_rank(path)
        return self._ranks[path]

    def _new_rank(self, path: str) -> int | None:
        if _is_geo(path):
            return None
        if self._finds_fields:
            self.fields.append(path)
            return len(self.fields) - 1
        return next((rank for rank, pattern in enumerate(self.fields) if covers(pattern, path)), None)


def _is_geo(path: str) -> bool:
    return path == GEO or path.startswith(f"{GEO}.")
