"""The abstract syntax tree: one frozen record per construct of the specification."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from engines.groq.steps import Selector, Step

JsonValue: TypeAlias = object


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant: null, boolean, number or string."""

    value: JsonValue


@dataclass(frozen=True, slots=True)
class This:
    """`@`."""


@dataclass(frozen=True, slots=True)
class Everything:
    """`*`."""


@dataclass(frozen=True, slots=True)
class Parent:
    """`^` (level 1), `^.^` (level 2) and so on."""

    level: int


@dataclass(frozen=True, slots=True)
class ThisAttribute:
    """A bare name: an attribute of the current value."""

    name: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """`$name`, of the query or of the custom function around it."""

    name: str


@dataclass(frozen=True, slots=True)
class Group:
    """Parentheses; kept because they end a traversal."""

    inner: Expression


@dataclass(frozen=True, slots=True)
class ArrayElement:
    """One element of an array literal."""

    value: Expression
    is_splat: bool


@dataclass(frozen=True, slots=True)
class Array:
    """`[a, ...b]`."""

    elements: tuple[ArrayElement, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """`condition => value`; valid only as an argument of select() and inside an object."""

    condition: Expression
    value: Expression


@dataclass(frozen=True, slots=True)
class NamedEntry:
    """`"name": value`, or a bare expression whose name was derived."""

    name: str
    value: Expression


@dataclass(frozen=True, slots=True)
class SplatEntry:
    """`...value`, or `...` for the current value; with a condition for `condition => value`."""

    value: Expression
    condition: Expression | None = None


Entry: TypeAlias = NamedEntry | SplatEntry


@dataclass(frozen=True, slots=True)
class Object:
    """`{...}`, as a value or as the body of a projection."""

    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Unary:
    """Prefix `+`, `-` or `!`."""

    operator: str
    operand: Expression


@dataclass(frozen=True, slots=True)
class Binary:
    """A chain of left-associative operators of one level, or a single operator of another.

    `rest` holds (operator, operand) in reading order, so that a long sum is a long tuple and not a deep tree.
    """

    first: Expression
    rest: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True, slots=True)
class And:
    """`a && b && c`."""

    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """`a || b || c`."""

    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """`low..high` or `low...high`; valid only after `in` and inside square brackets."""

    low: Expression
    high: Expression
    is_inclusive: bool


@dataclass(frozen=True, slots=True)
class InRange:
    """`value in low..high`."""

    value: Expression
    range: Range


@dataclass(frozen=True, slots=True)
class Ordering:
    """`value asc` or `value desc`; valid only as an argument of order()."""

    value: Expression
    is_descending: bool


@dataclass(frozen=True, slots=True)
class Select:
    """`select(condition => value, ..., fallback)`."""

    alternatives: tuple[Pair, ...]
    fallback: Expression | None


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """A call of a built-in function whose name and number of arguments have been checked."""

    namespace: str
    name: str
    arguments: tuple[Expression, ...]
    selector: Selector | None = None


@dataclass(frozen=True, slots=True)
class CustomCall:
    """A call of a function that the query declares."""

    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class PipeCall:
    """`base | order(...)` or `base | score(...)`."""

    base: Expression
    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Traversal:
    """A base value and everything that follows it: `.name`, `[...]`, `->`, `{...}`."""

    base: Expression
    steps: tuple[Step, ...]


Expression: TypeAlias = (
    Literal
    | This
    | Everything
    | Parent
    | ThisAttribute
    | Parameter
    | Group
    | Array
    | Object
    | Unary
    | Binary
    | And
    | Or
    | InRange
    | Range
    | Pair
    | Ordering
    | Select
    | FunctionCall
    | CustomCall
    | PipeCall
    | Traversal
)


@dataclass(frozen=True, slots=True)
class FunctionDeclaration:
    """`fn namespace::name($parameter) = body;`, name written with its namespace."""

    name: str
    parameters: tuple[str, ...]
    body: Expression


@dataclass(frozen=True, slots=True)
class Program:
    """A whole query: its own functions, then one expression."""

    functions: tuple[FunctionDeclaration, ...]
    expression: Expression
