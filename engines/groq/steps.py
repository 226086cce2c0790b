"""The parts of the syntax tree that follow a value (steps of a traversal) or pick from one (selectors)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from engines.groq.nodes import Expression, Object


@dataclass(frozen=True, slots=True)
class Attribute:
    """`.name` or `["name"]`."""

    name: str


@dataclass(frozen=True, slots=True)
class Element:
    """`[3]`."""

    index: int


@dataclass(frozen=True, slots=True)
class Slice:
    """`[2..4]`."""

    left: int
    right: int
    is_inclusive: bool


@dataclass(frozen=True, slots=True)
class Filter:
    """`[condition]`."""

    condition: Expression


@dataclass(frozen=True, slots=True)
class ArrayPostfix:
    """`[]`."""


@dataclass(frozen=True, slots=True)
class Projection:
    """`{...}` after a value."""

    body: Object


@dataclass(frozen=True, slots=True)
class Dereference:
    """`->`."""


Step: TypeAlias = Attribute | Element | Slice | Filter | ArrayPostfix | Projection | Dereference


@dataclass(frozen=True, slots=True)
class SelectorAttribute:
    """An attribute of the value, or of everything that `base` selects."""

    base: Selector | None
    name: str


@dataclass(frozen=True, slots=True)
class SelectorItems:
    """Every element of the arrays that `base` selects, or those that satisfy `condition`."""

    base: Selector
    condition: Expression | None


@dataclass(frozen=True, slots=True)
class SelectorTuple:
    """`(a, b)`: everything that one of the members selects."""

    members: tuple[Selector, ...]


@dataclass(frozen=True, slots=True)
class SelectorNested:
    """`base.(inner)`: `inner` applied to everything that `base` selects."""

    base: Selector
    inner: Selector


@dataclass(frozen=True, slots=True)
class SelectorAnywhere:
    """`anywhere(condition)`: every object at any depth that satisfies the condition."""

    condition: Expression


Selector: TypeAlias = SelectorAttribute | SelectorItems | SelectorTuple | SelectorNested | SelectorAnywhere
