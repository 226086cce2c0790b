"""The conditions a filter is made of."""

from dataclasses import dataclass
from typing import Literal

Operator = Literal["=", "!=", "<", "<=", ">", ">=", "TO", "IN", "EXISTS", "NULL", "EMPTY", "CONTAINS", "STARTS WITH"]


@dataclass(frozen=True, slots=True)
class Condition:
    """An attribute compared with values."""

    attribute: str
    operator: Operator
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WithinRadius:
    """Within a distance in metres of a point."""

    latitude: float
    longitude: float
    metres: float


@dataclass(frozen=True, slots=True)
class WithinBox:
    """Inside a box given by its top right and bottom left corners."""

    top: float
    right: float
    bottom: float
    left: float


@dataclass(frozen=True, slots=True)
class Not:
    """The documents outside a filter."""

    inner: "Filter"


@dataclass(frozen=True, slots=True)
class All:
    """The documents in every part."""

    parts: tuple["Filter", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """The documents in at least one part."""

    parts: tuple["Filter", ...]


Filter = Condition | WithinRadius | WithinBox | Not | All | AnyOf
