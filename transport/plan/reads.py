"""The reads of one level: one call of each loader for all that name it, and where its values go."""

from collections.abc import Sequence
from inspect import iscoroutine
from typing import Any

import orjson

from transport.deadlines import stepped

from .frames import Group, Region
from .selected import Complete, Path, SelectedField
from .writers import NotPlainError, write_all

Wanted = tuple[Any, Path | None, dict[str, Any]]
"""A loader's key, the path of the object that has it, and the object's result."""


class LoadedField:
    """A field read for a whole level: its reader and how each value is completed.

    `complete_plain` takes values of plain classes. `is_shareable` tells that nothing below depends on where the value
    stands, so that places with the same key show the same result.
    """

    __slots__ = ("complete", "complete_plain", "field", "is_shareable", "read", "write")

    def __init__(
        self, field: SelectedField, complete: Complete, complete_plain: Complete, *, read: Any, is_shareable: bool
    ) -> None:
        self.field = field
        self.complete = complete
        self.complete_plain = complete_plain
        self.read = read
        self.is_shareable = is_shareable
        self.write = write_all(field, complete)


class Read:
    """One call of a loader: its outcome where that is known already, else what is awaited for it."""

    __slots__ = ("fields", "groups", "is_known", "keys", "outcome", "read")

    def __init__(self, read: Any) -> None:
        self.read = read
        self.fields: list[tuple[LoadedField, list[Wanted]]] = []
        self.groups: list[Group] = []
        self.keys: list[Any] = []
        self.outcome: Any = None
        self.is_known = True

    def begin(self, context: Any) -> None:
        """Call the loader with the distinct keys of all who want something of it."""
        if not self.fields and len(self.groups) == 1:
            self.keys = self.groups[0].keys
        else:
            keys = [entry[0] for _, entries in self.fields for entry in entries]
            for group in self.groups:
                keys += group.keys
            self.keys = list(dict.fromkeys(keys))
        try:
            awaitable = self.read.read(context, self.keys)
            if awaitable is None:
                self.outcome = [None] * len(self.keys)
            elif getattr(self.read, "is_kept", False) and iscoroutine(awaitable):
                self.is_known, self.outcome = stepped(awaitable)
            else:
                self.is_known, self.outcome = False, awaitable
        except Exception as error:  # noqa: BLE001  # a resolver's failure is the field's error
            self.outcome = error

    def ended(self, outcome: Any) -> None:
        """Take what was awaited: values, or the exception of all."""
        if not isinstance(outcome, BaseException) and len(outcome) != len(self.keys):
            outcome = TypeError("The loader must answer every key.")
        if isinstance(outcome, BaseException) and not isinstance(outcome, Exception):
            raise outcome
        self.outcome = outcome

    def by_key(self) -> dict[Any, Any]:
        """The value, or what went wrong, of each key."""
        if isinstance(self.outcome, Exception):
            return dict.fromkeys(self.keys, self.outcome)
        return dict(zip(self.keys, self.outcome, strict=True))


def reads_of(wanted: dict[LoadedField, list[Wanted]], regions: Sequence[Region], context: Any) -> dict[str, Read]:
    """The calls of a level, begun; one for all fields that name the same loader."""
    reads: dict[str, Read] = {}
    for field, entries in wanted.items():
        name = field.read.by
        found = reads.get(name)
        if found is None:
            found = reads[name] = Read(field.read)
        found.fields.append((field, entries))
    for region in regions:
        for group in region.frame.groups:
            found = reads.get(group.read.by)
            if found is None:
                found = reads[group.read.by] = Read(group.read)
            found.groups.append(group)
    for found in reads.values():
        found.begin(context)
    return reads


def splice(regions: Sequence[Region], reads: dict[str, Read], run: Any) -> None:
    """Join the bytes of objects whose holes were read, each into its place; what is not plain is made anew."""
    by_key: dict[str, dict[Any, Any]] = {}

    def values_of(group: Group) -> Sequence[Any]:
        read = reads[group.read.by]
        if isinstance(read.outcome, Exception):
            raise NotPlainError
        if read.keys is group.keys:
            values: Sequence[Any] = read.outcome
            return values
        name = group.read.by
        if name not in by_key:
            by_key[name] = read.by_key()
        known = by_key[name]
        return [known[key] for key in group.keys]

    for region in regions:
        if run.nulled and run.is_nulled(region.path):
            continue
        frame = region.frame
        try:
            text = frame.joined([values_of(group) for group in frame.groups], run)
        except NotPlainError:
            run.make_again(region, reads)
        else:
            run.put(region.path, orjson.Fragment(text))
