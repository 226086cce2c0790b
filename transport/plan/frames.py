"""Objects of kept records as bytes: what follows from the record is encoded once, with holes for what loaders give.

A page whose records are kept is so joined from bytes: no object of it is made again, nor encoded again. What was loaded
from kept content too is put in for as long as it is the same records. A hole that cannot be filled plainly - an error,
a null where none may be, a value of an odd class - sends the whole object back to the functions that make it from
the start, with the values that were loaded.
"""

import re
import secrets
from collections.abc import Sequence
from operator import is_
from typing import Any, Final

import orjson

from .prototypes import Prototypes
from .selected import LATER, Complete, Path, SelectedField

_MARK: Final = secrets.token_hex(16)
"""Stands where a hole is while a frame is encoded; no text of anybody's can hold it."""
_HOLES: Final = re.compile(f'"{_MARK}:(\\d+)"'.encode())
_BYTES_OF_ONE: Final = 2_000
"""A frame of so many bytes is kept in the room of one prototype."""


class Group:
    """The holes of one loader: its distinct keys, and for each field where the bytes of which key go."""

    __slots__ = ("fields", "is_kept", "keys", "read")

    def __init__(self, read: Any) -> None:
        self.read = read
        self.is_kept = bool(getattr(read, "is_kept", False))
        self.keys: list[Any] = []
        self.fields: list[tuple[Any, list[tuple[int, int]]]] = []

    def fill(self, pieces: list[bytes], values: Sequence[Any], run: Any) -> None:
        """Put the bytes of the values, in the order of the keys, where they belong."""
        for field, places in self.fields:
            made = field.write(values, run)
            for place, number in places:
                pieces[place] = made[number]


class Frame:
    """The bytes of one record: fixed ones at even places, holes at odd ones, and the loaders that fill them."""

    __slots__ = ("_basis", "_filled", "groups", "pieces")

    def __init__(self, pieces: list[bytes], groups: list[Group]) -> None:
        self.pieces = pieces
        self.groups = groups
        self._basis: list[Any] | None = None
        self._filled: Frame | None = None

    @property
    def size(self) -> int:
        """Bytes, twice: those of kept content come to stand in it as well."""
        return 2 * sum(map(len, self.pieces))

    def joined(self, found: Sequence[Sequence[Any]], run: Any) -> bytes:
        """The object as JSON; `found` holds the values of each group. NotPlainError where that cannot be told."""
        basis = [value for group, values in zip(self.groups, found, strict=True) if group.is_kept for value in values]
        if not basis:
            return self._join(found, run)
        if self._basis is None or len(basis) != len(self._basis) or not all(map(is_, basis, self._basis)):
            self._filled, self._basis = self._with_kept(found, run), basis
        filled: Any = self._filled
        rest = [values for group, values in zip(self.groups, found, strict=True) if not group.is_kept]
        joined: bytes = filled._join(rest, run)  # noqa: SLF001  # of the same class
        return joined

    def _join(self, found: Sequence[Sequence[Any]], run: Any) -> bytes:
        pieces = self.pieces.copy()
        for group, values in zip(self.groups, found, strict=True):
            group.fill(pieces, values, run)
        return b"".join(pieces)

    def _with_kept(self, found: Sequence[Sequence[Any]], run: Any) -> "Frame":
        """This frame with the bytes of kept records in it; only the other holes stay."""
        pieces = self.pieces.copy()
        for group, values in zip(self.groups, found, strict=True):
            if group.is_kept:
                group.fill(pieces, values, run)
        rest = [group for group in self.groups if not group.is_kept]
        holes = sorted({place for group in rest for _, places in group.fields for place, _ in places})
        merged: list[bytes] = []
        moved: dict[int, int] = {}
        start = 0
        for hole in holes:
            merged += (b"".join(pieces[start:hole]), b"")
            moved[hole] = len(merged) - 1
            start = hole + 1
        merged.append(b"".join(pieces[start:]))
        groups = []
        for group in rest:
            made = Group(group.read)
            made.keys = group.keys
            made.fields = [
                (field, [(moved[place], number) for place, number in places]) for field, places in group.fields
            ]
            groups.append(made)
        return Frame(merged, groups)


_NEVER: Final = Frame([], [])


class Region:
    """An object whose holes are being read."""

    __slots__ = ("field", "frame", "make", "path", "record")

    def __init__(self, field: SelectedField, make: Complete, frame: Frame, record: Any, path: Path) -> None:
        self.field = field
        self.make = make
        self.frame = frame
        self.record = record
        self.path = path


class Frames:
    """The frames of one selection of one type, by the id of their record.

    A record that is seen for the first time is answered without: most of what is read once is not read again.
    """

    def __init__(self, field: SelectedField, make: Complete, prototypes: Prototypes) -> None:
        self._field = field
        self._make = make
        self._prototypes = prototypes
        self._table = prototypes.table()

    def complete(self, shown: type | None) -> Complete:
        """The completion of the object: bytes where its record is kept and the run may answer with bytes."""
        field, make, known_of = self._field, self._make, self._table.get

        def framed(value: Any, path: Path, run: Any) -> Any:
            if not run.is_spliced:
                return make(value, path, run)
            if (
                value.__class__ is not shown
                if shown is not None
                else getattr(value.__class__, "is_kept", None) is not True
            ):
                return make(value, path, run)
            known = known_of(id(value))
            frame = known[1] if known is not None and known[0] is value else self._seen(value)
            if frame is None:
                frame = self._built(value, run)
            if frame is _NEVER:
                return make(value, path, run)
            if not frame.groups:
                return orjson.Fragment(frame.pieces[0])
            run.regions.append(Region(field, make, frame, value, path))
            return LATER

        return framed

    def _seen(self, record: Any) -> Frame:
        self._prototypes.keep(self._table, record, None)
        return _NEVER

    def _built(self, record: Any, run: Any) -> Frame:
        frame = _frame_of(self._make, self._field, record, run.scratch()) or _NEVER
        self._prototypes.keep(self._table, record, frame, size=1 + frame.size // _BYTES_OF_ONE)
        return frame


def _frame_of(make: Complete, field: SelectedField, record: Any, scratch: Any) -> Frame | None:
    """The frame of a record; None where making it fails or is not done at once."""
    try:
        data = make(record, (None, field.key, field.parent_type.name), scratch)
        if scratch.is_touched:
            return None
        groups: dict[str, Group] = {}
        holes: list[tuple[Any, Any]] = []
        for loaded, entries in scratch.wanted.items():
            for key, _, container in entries:
                container[loaded.field.key] = f"{_MARK}:{len(holes)}"
                holes.append((loaded, key))
        text = orjson.dumps(data)
    except Exception:  # noqa: BLE001  # made again in its place, the error is told there
        return None
    pieces = _HOLES.split(text)
    places: dict[Any, list[tuple[int, int]]] = {}
    numbers: dict[tuple[str, Any], int] = {}
    for place in range(1, len(pieces), 2):
        loaded, key = holes[int(pieces[place])]
        pieces[place] = b""
        group = groups.get(loaded.read.by)
        if group is None:
            group = groups[loaded.read.by] = Group(loaded.read)
        if loaded not in places:
            places[loaded] = []
            group.fields.append((loaded, places[loaded]))
        number = numbers.setdefault((loaded.read.by, key), len(group.keys))
        if number == len(group.keys):
            group.keys.append(key)
        places[loaded].append((place, number))
    return Frame(pieces, list(groups.values()))
