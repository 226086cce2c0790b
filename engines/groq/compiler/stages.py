"""Closures for the single steps of a traversal, and for mapping steps over arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engines.groq.compiler.generation import generate_filter, generate_projection
from engines.groq.compiler.loops import BULK_FROM, LazyLoop
from engines.groq.nodes import Expression, Object
from engines.groq.scopes import Run, Scope, StepRun
from engines.groq.steps import Slice
from engines.groq.values import Value

if TYPE_CHECKING:
    from engines.groq.compiler.program import Compiler


def require_array(value: Value, _this: Value, _scope: Scope) -> Value:
    """`[]`: the array itself, null for anything else."""
    return value if type(value) is list else None


def mapped(program: list[StepRun]) -> StepRun:
    """The steps applied to every element."""
    if len(program) == 1:
        only = program[0]

        def run_one(value: Value, this: Value, scope: Scope) -> Value:
            if type(value) is not list:
                return None
            scope.context.spend(len(value))
            scope.context.grow(8 * len(value))
            return [only(item, this, scope) for item in value]

        return run_one

    def run(value: Value, this: Value, scope: Scope) -> Value:
        if type(value) is not list:
            return None
        scope.context.spend(len(value))
        scope.context.grow(8 * len(value))
        result = []
        for element in value:
            scope.context.spend(len(program))
            item = element
            for step in program:
                item = step(item, this, scope)
            result.append(item)
        return result

    return run


def flat_mapped(program: list[StepRun]) -> StepRun:
    """The steps applied to every element; arrays among the answers are joined, other answers kept as they are."""
    each = mapped(program)

    def run(value: Value, this: Value, scope: Scope) -> Value:
        nested = each(value, this, scope)
        if nested is None:
            return None
        result: list[Value] = []
        for item in nested:
            if type(item) is list:
                result.extend(item)
            else:
                result.append(item)
        scope.context.spend(len(result))
        scope.context.grow(8 * len(result))
        return result

    return run


def element(index: int) -> StepRun:
    """`[3]`, counted from the end when negative."""

    def run(value: Value, _this: Value, _scope: Scope) -> Value:
        if type(value) is not list or not -len(value) <= index < len(value):
            return None
        return value[index]

    return run


def sliced(step: Slice) -> StepRun:
    """`[2..4]`, cut to what the array has."""
    left, right, extra = step.left, step.right, int(step.is_inclusive)

    def run(value: Value, _this: Value, _scope: Scope) -> Value:
        if type(value) is not list:
            return None
        size = len(value)
        begin = left if left >= 0 else max(left + size, 0)
        end = (right if right >= 0 else right + size) + extra
        return value[begin : max(end, 0)]

    return run


def dereference(value: Value, _this: Value, scope: Scope) -> Value:
    """`->`: the document that a reference names."""
    if type(value) is not dict:
        return None
    document_id = value.get("_ref")
    return scope.context.source.by_id(document_id) if type(document_id) is str else None


class Tiered:
    """A filter over an array: element by element while arrays are short, by a generated loop for long ones."""

    __slots__ = ("_bulk", "_condition")

    def __init__(self, compiler: Compiler, node: Expression, condition: Run) -> None:
        self._condition = condition
        quiet = compiler.silently()
        self._bulk = LazyLoop(lambda: generate_filter(quiet, node))

    def __call__(self, value: Value, this: Value, scope: Scope) -> Value:
        """The elements of the value that are kept; null when it is no array."""
        if type(value) is not list:
            return None
        context = scope.context
        context.spend(len(value))
        inside = scope.inside(this)
        if len(value) < BULK_FROM:
            condition = self._condition
            kept = [item for item in value if condition(item, inside) is True]
        else:
            kept = self._bulk.run(value, inside)
        context.grow(8 * len(kept))
        return kept


def projected(body: Run, weight: int) -> StepRun:
    """`{...}`: a new object from the attributes of one; `weight` is about its size in bytes."""

    def run(value: Value, this: Value, scope: Scope) -> Value:
        if type(value) is not dict:
            return None
        scope.context.grow(weight)
        return body(value, scope.inside(this))

    return run


def projected_each(compiler: Compiler, node: Object, body: Run, weight: int) -> StepRun:
    """`{...}` on every element of an array."""
    quiet = compiler.silently()
    bulk = LazyLoop(lambda: generate_projection(quiet, node))

    def run(value: Value, this: Value, scope: Scope) -> Value:
        if type(value) is not list:
            return None
        scope.context.spend(len(value))
        scope.context.grow(weight * len(value))
        inside = scope.inside(this)
        if len(value) < BULK_FROM:
            return [body(item, inside) if type(item) is dict else None for item in value]
        return bulk.run(value, inside)

    return run
