"""Meilisearch filters as trees of values; text is made here and nowhere else, with every value quoted."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*")

Value = str | int | float | bool


@dataclass(frozen=True, slots=True)
class OneOf:
    """The field has one of these values."""

    field: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """The field's number against a bound; the sign is one of ``=``, ``<``, ``<=``, ``>``, ``>=``."""

    field: str
    sign: str
    bound: float


@dataclass(frozen=True, slots=True)
class Missing:
    """The document has no such field, or null in it."""

    field: str


@dataclass(frozen=True, slots=True)
class Within:
    """The document lies in a circle."""

    latitude: float
    longitude: float
    metres: float


@dataclass(frozen=True, slots=True)
class Every:
    """All parts hold."""

    parts: tuple["SearchFilter", ...]


@dataclass(frozen=True, slots=True)
class Some:
    """At least one part holds."""

    parts: tuple["SearchFilter", ...]


SearchFilter = OneOf | Compared | Missing | Within | Every | Some
_SIGNS = frozenset({"=", "<", "<=", ">", ">="})


def is_field(name: str) -> bool:
    """Whether a name can be a field of a filter: letters, digits and underscores, in parts joined by dots."""
    return _FIELD.fullmatch(name) is not None


def render(node: SearchFilter) -> str:
    """The filter's text.

    Raises:
        ValueError: a field or sign that cannot be one; callers pass constants and checked attribute keys.
    """
    if isinstance(node, Every | Some):
        if not node.parts:
            raise ValueError("A group of conditions needs at least one.")
        word = " AND " if isinstance(node, Every) else " OR "
        return "(" + word.join(render(part) for part in node.parts) + ")"
    if isinstance(node, Within):
        return f"_geoRadius({node.latitude!r}, {node.longitude!r}, {node.metres!r})"
    if not is_field(node.field):
        raise ValueError(f"'{node.field}' cannot be a field of a filter.")
    if isinstance(node, OneOf):
        return f"{node.field} IN [{', '.join(quoted(value) for value in node.values)}]"
    if isinstance(node, Missing):
        return f"({node.field} NOT EXISTS OR {node.field} IS NULL)"
    if node.sign not in _SIGNS:
        raise ValueError(f"'{node.sign}' is not a comparison.")
    return f"{node.field} {node.sign} {quoted(node.bound)}"


def quoted(value: Value) -> str:
    """A value between double quotes.

    Only a quote can end the text, and a backslash takes the next character with it, so both get a backslash. (The
    server keeps a doubled backslash doubled: a value that holds one finds nothing rather than something else.)
    """
    if isinstance(value, bool):
        return '"true"' if value else '"false"'
    if isinstance(value, int | float):
        return f'"{value!r}"'
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def every(parts: Sequence[SearchFilter]) -> SearchFilter | None:
    """All parts joined; None when there are none."""
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else Every(tuple(parts))
