"""Constant evaluation: tells apart what square brackets mean before anything is executed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engines.groq.arithmetic import apply_arithmetic, negate
from engines.groq.nodes import Binary, Expression, Group, Literal, Parameter, Unary
from engines.groq.values import Value, is_number


@dataclass(frozen=True, slots=True)
class Constant:
    """A value known while parsing."""

    value: Value


def find_constant(node: Expression, parameters: Mapping[str, object], used: set[str]) -> Constant | None:
    """The constant value of an expression, or None when it has none.

    Names of parameters that the answer rests on are added to `used`.
    """
    match node:
        case Literal(value):
            return Constant(value)
        case Parameter(name):
            used.add(name)
            return Constant(parameters.get(name))
        case Group(inner):
            return find_constant(inner, parameters, used)
        case Unary(operator, operand) if operator != "!":
            inner_value = find_constant(operand, parameters, used)
            if inner_value is None:
                return None
            return Constant(negate(inner_value.value) if operator == "-" else _as_number(inner_value.value))
        case Binary(first, rest):
            return _fold(first, rest, parameters, used)
        case _:
            return None


def _fold(
    first: Expression, rest: tuple[tuple[str, Expression], ...], parameters: Mapping[str, object], used: set[str]
) -> Constant | None:
    left = find_constant(first, parameters, used)
    for operator, operand in rest:
        right = find_constant(operand, parameters, used)
        if left is None or right is None or operator not in _CONSTANT_OPERATORS:
            return None
        left = Constant(apply_arithmetic(operator, left.value, right.value))
    return left


def _as_number(value: Value) -> Value:
    return value if is_number(value) else None


_CONSTANT_OPERATORS = frozenset(["+", "-", "*", "/", "%", "**"])
