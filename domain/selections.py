"""Which fields of which records an operation needs."""

from collections.abc import Mapping
from typing import Any, Final

Fields = frozenset[str] | None
"""Names of a record's fields, `outer.inner` for one field of a record within it; None for all there are."""
Needed = Mapping[type[Any], Fields]
"""The fields that are needed, by record; of a record that is not named here, none is."""

NOTHING: Final[frozenset[str]] = frozenset()


def merged(one: Fields, other: Fields) -> Fields:
    """What serves both."""
    return None if one is None or other is None else one | other


class Selection:
    """What one operation needs of all records that it reads; everything, until somebody who knows says less.

    It is one answer for the whole operation: whichever place reads a record first, it has what every place shows of it.
    """

    __slots__ = ("_needed",)

    def __init__(self) -> None:
        self._needed: Needed | None = None

    def narrow(self, needed: Needed | None) -> None:
        """Say what is needed; None for everything. To be called before anything is read."""
        self._needed = needed

    def of(self, record: type[Any]) -> Fields:
        """The fields of that record."""
        return None if self._needed is None else self._needed.get(record, NOTHING)
