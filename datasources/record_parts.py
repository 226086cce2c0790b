"""Records in parts: what of its source each field is read from, so that nothing else has to be fetched."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, Generic, TypeVar

from domain.selections import Fields, partial

R = TypeVar("R")
S = TypeVar("S", bound=Hashable)

MOST_VARIANTS: Final = 16
"""So many choices of fields are told apart, so that the statements that a server prepares stay few."""


@dataclass(frozen=True, slots=True)
class Part(Generic[S]):
    """One field: what it is read from (columns, or the items of a projection), and how."""

    sources: tuple[S, ...]
    read: Callable[[Any], Any]


class Variant(Generic[R, S]):
    """A record with some of its fields: `sources` is what to fetch, each once and always in the same order."""

    def __init__(self, record: type[R], parts: Mapping[str, Part[S]], inner: Mapping[str, type[Any]]) -> None:
        self.fields = frozenset(parts)
        self.sources: tuple[S, ...] = tuple(dict.fromkeys(each for part in parts.values() for each in part.sources))
        self._record = record
        self._own = [(name, part.read) for name, part in parts.items() if "." not in name]
        self._inner = [
            (name, kind, reads)
            for name, kind in inner.items()
            if (reads := [(key.partition(".")[2], parts[key].read) for key in parts if key.startswith(f"{name}.")])
        ]

    def record(self, row: Any) -> R:
        """The record of a row that has all sources."""
        values = {name: read(row) for name, read in self._own}
        for name, kind, reads in self._inner:
            values[name] = partial(kind, {key: read(row) for key, read in reads})
        return partial(self._record, values)


class RecordParts(Generic[R, S]):
    """All parts of a record.

    `always` are fetched whatever is asked for: its identity, its place in lists, and what decides who may see it.
    `inner` are fields whose records are fetched in parts themselves.
    """

    def __init__(
        self,
        record: type[R],
        parts: Mapping[str, Part[S]],
        *,
        always: Sequence[str],
        inner: Mapping[str, type[Any]] | None = None,
    ) -> None:
        self._record = record
        self._parts = dict(parts)
        self._inner = dict(inner or {})
        self._always = frozenset(always)
        names = {each.name for each in fields(record)} - set(self._inner)  # type: ignore[arg-type]  # any dataclass
        for name, kind in self._inner.items():
            names |= {f"{name}.{each.name}" for each in fields(kind)}
        if names != set(parts) or not self._always <= names:
            raise TypeError(f"The parts of {record.__name__} are not its fields: {sorted(names ^ set(parts))}.")
        self.whole: Variant[R, S] = Variant(record, self._parts, self._inner)
        self._variants: dict[frozenset[str], Variant[R, S]] = {self.whole.fields: self.whole}
        self._known: dict[frozenset[str], Variant[R, S]] = {}

    def variant(self, wanted: Fields) -> Variant[R, S]:
        """The smallest known variant with these fields, or one more while there are few; the whole record for None."""
        if wanted is None:
            return self.whole
        found = self._known.get(wanted)
        if found is None:
            found = self._chosen(wanted)
            if len(self._known) < MOST_VARIANTS * MOST_VARIANTS:
                self._known[wanted] = found
        return found

    def _chosen(self, wanted: frozenset[str]) -> Variant[R, S]:
        needed = self._always | {each for each in self._parts if each in wanted or each.partition(".")[0] in wanted}
        if needed not in self._variants and len(self._variants) < MOST_VARIANTS:
            chosen = {name: part for name, part in self._parts.items() if name in needed}
            self._variants[needed] = Variant(self._record, chosen, self._inner)
        fitting = [each for each in self._variants.values() if needed <= each.fields]
        return min(fitting, key=lambda each: len(each.sources))
