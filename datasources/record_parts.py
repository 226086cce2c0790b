"""Records in parts: what of its source each field is read from, so that nothing else has to be fetched."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, Generic, TypeVar

from domain.selections import Fields

R = TypeVar("R")
S = TypeVar("S", bound=Hashable)

MOST_KEPT: Final = 64
"""So many choices of fields of one record are remembered."""


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
        self._own = [(_slot(record, name), part.read) for name, part in parts.items() if "." not in name]
        self._inner = [
            (_slot(record, name), kind, reads)
            for name, kind in inner.items()
            if (
                reads := [
                    (_slot(kind, key[len(name) + 1 :]), parts[key].read) for key in parts if key.startswith(f"{name}.")
                ]
            )
        ]

    def record(self, row: Any) -> R:
        """The record of a row that has all sources; whoever reads a field that is not among `fields` meets an error."""
        made = object.__new__(self._record)
        for put, read in self._own:
            put(made, read(row))
        for put, kind, reads in self._inner:
            within = object.__new__(kind)
            for put_within, read in reads:
                put_within(within, read(row))
            put(made, within)
        return made


def _slot(record: type[Any], name: str) -> Callable[[Any, Any], None]:
    """Gives the slot of a frozen record its value; a slot that is given none has no value at all, not even None."""
    put: Callable[[Any, Any], None] = getattr(record, name).__set__
    return put


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
        self._variants: OrderedDict[frozenset[str], Variant[R, S]] = OrderedDict()

    def variant(self, wanted: Fields) -> Variant[R, S]:
        """The record with these fields and those that it always has; the whole record for None.

        Equal fields have equal sources in the same order, so a server that prepares statements knows them again; how
        many it holds is the driver's business, which forgets the least recently used.
        """
        if wanted is None:
            return self.whole
        found = self._variants.get(wanted)
        if found is None:
            found = self._variants[wanted] = self._chosen(wanted)
            if len(self._variants) > MOST_KEPT:
                self._variants.popitem(last=False)
        else:
            self._variants.move_to_end(wanted)
        return found

    def _chosen(self, wanted: frozenset[str]) -> Variant[R, S]:
        needed = self._always | wanted
        chosen = {name: part for name, part in self._parts.items() if needed & {name, name.partition(".")[0]}}
        if len(chosen) == len(self._parts):
            return self.whole
        return Variant(self._record, chosen, self._inner)
