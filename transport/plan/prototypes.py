"""What was made of kept records before: the part of their JSON that follows from the record alone.

Content is kept as records that stay the same objects until they change, and a change makes a new record: so what was
made of a record is good for as long as it is that object, for everybody.
"""

from collections.abc import Callable
from typing import Any, Final
from weakref import WeakValueDictionary

_MOST: Final = 20_000
Made = tuple[Any, Any]
"""The record and what was made of it; holding the record keeps its id its own."""


class Table(dict[int, Made]):
    """Prototypes of one selection by the id of their record."""

    __slots__ = ("__weakref__",)


class Prototypes:
    """All tables of a schema, bounded together: when they are full everything is made anew."""

    def __init__(self, *, most: int = _MOST) -> None:
        self._most = most
        self._tables: WeakValueDictionary[int, Table] = WeakValueDictionary()
        self._made = 0
        self._count = 0

    def __len__(self) -> int:
        return sum(map(len, self._tables.values()))

    def table(self) -> Table:
        """A table for one more selection."""
        made = Table()
        self._made += 1
        self._tables[self._made] = made
        return made

    def keep(self, table: Table, record: Any, made: Any, *, size: int = 1) -> None:
        """Remember what was made of a record; `size` says how many usual ones it takes the room of."""
        if self._count + size > self._most:
            for each in self._tables.values():
                each.clear()
            self._count = 0
        self._count += size
        table[id(record)] = (record, made)

    def maker(self, table: Table, make: Callable[[Any, Any, Any], dict[str, Any]]) -> Callable[..., dict[str, Any]]:
        """`make` that remembers what it made, unless that had errors or is not complete."""

        def first(record: Any, path: Any, run: Any) -> dict[str, Any]:
            before = len(run.errors) + len(run.pending)
            made = make(record, path, run)
            if len(run.errors) + len(run.pending) == before:
                self.keep(table, record, made)
            return made

        return first
