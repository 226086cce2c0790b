"""Closures for binary operators; comparisons with a constant get a shorter one."""

from __future__ import annotations

from collections.abc import Callable

from engines.groq.arithmetic import add, apply_arithmetic
from engines.groq.compiler.closures import Compiled
from engines.groq.matching import match_value
from engines.groq.nodes import Expression, Literal
from engines.groq.scopes import Run, Scope
from engines.groq.values import NUMBER_TYPES, Path, Value, compare, equal


def compile_operator(operator: str, left: Compiled, right: Compiled, operand: Expression) -> Compiled:
    """The closure of one operator between two compiled operands."""
    reads = left.reads | right.reads
    if operator in ("==", "!=") and isinstance(operand, Literal):
        return Compiled(_equality_with(left.run, operand.value, is_wanted=operator == "=="), reads)
    if operator == "+":
        return Compiled(_addition(left.run, right.run), reads)
    function = _FUNCTIONS.get(operator)
    if function is None:
        return Compiled(_arithmetic(operator, left.run, right.run), reads)
    return Compiled(_apply(function, left.run, right.run), reads)


def _addition(first: Run, second: Run) -> Run:
    return lambda this, scope: scope.context.grow_by(add(first(this, scope), second(this, scope)))


def _arithmetic(operator: str, first: Run, second: Run) -> Run:
    return lambda this, scope: apply_arithmetic(operator, first(this, scope), second(this, scope))


def _apply(function: Callable[[Value, Value], Value], first: Run, second: Run) -> Run:
    return lambda this, scope: function(first(this, scope), second(this, scope))


def _equality_with(run: Run, constant: Value, *, is_wanted: bool) -> Run:
    if type(constant) is str:
        # Only a string is equal to a string, in Python as in GROQ.
        if is_wanted:
            return lambda this, scope: run(this, scope) == constant
        return lambda this, scope: run(this, scope) != constant
    if constant is None or constant is True or constant is False:
        if is_wanted:
            return lambda this, scope: run(this, scope) is constant
        return lambda this, scope: run(this, scope) is not constant

    def compare_number(this: Value, scope: Scope) -> Value:
        value = run(this, scope)
        return (type(value) in NUMBER_TYPES and value == constant) is is_wanted

    return compare_number


def is_in(value: Value, members: Value) -> Value:
    """`in`: an element of an array, or an id that fits a path."""
    kind = type(members)
    if kind is list:
        if type(value) is str:
            return value in members
        return any(equal(value, member) for member in members)
    if kind is Path:
        return members.matches(str(value)) if type(value) is str or type(value) is Path else None
    return None


def _less(left: Value, right: Value) -> Value:
    order = compare(left, right)
    return None if order is None else order < 0


def _less_or_equal(left: Value, right: Value) -> Value:
    order = compare(left, right)
    return None if order is None else order <= 0


def _greater(left: Value, right: Value) -> Value:
    order = compare(left, right)
    return None if order is None else order > 0


def _greater_or_equal(left: Value, right: Value) -> Value:
    order = compare(left, right)
    return None if order is None else order >= 0


_FUNCTIONS: dict[str, Callable[[Value, Value], Value]] = {
    "==": equal,
    "!=": lambda left, right: not equal(left, right),
    "<": _less,
    "<=": _less_or_equal,
    ">": _greater,
    ">=": _greater_or_equal,
    "in": is_in,
    "match": match_value,
}
