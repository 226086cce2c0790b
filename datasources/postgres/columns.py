"""Fields of records that are read from columns of a row."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from datasources.record_parts import Part

Column = sa.Column[Any]


def column(read_from: sa.Column[Any], made: Callable[[Any], Any] | None = None) -> Part[Column]:
    """A field that is a column's value, or what `made` makes of it where it is not null."""
    value = attrgetter(read_from.key)
    if made is None:
        return Part((read_from,), value)

    def read(row: Any) -> Any:
        found = value(row)
        return None if found is None else made(found)

    return Part((read_from,), read)


def as_uuid(found: Any) -> UUID:
    """The driver's own kind of UUID as Python's."""
    return UUID(str(found))
