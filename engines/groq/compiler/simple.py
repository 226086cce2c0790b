"""Closures for literals, names and operators."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from engines.groq.arithmetic import apply_arithmetic, negate
from engines.groq.compiler.closures import FRAME, THIS, Compiled, parent_bit
from engines.groq.compiler.literals import array_builder, constant, object_builder
from engines.groq.compiler.logic import all_of, any_of, in_range, negation
from engines.groq.compiler.operators import compile_operator
from engines.groq.errors import GroqParameterError
from engines.groq.nodes import (
    And,
    Array,
    Binary,
    Everything,
    Group,
    InRange,
    Literal,
    NamedEntry,
    Object,
    Or,
    Parameter,
    Parent,
    Select,
    This,
    ThisAttribute,
    Unary,
)
from engines.groq.scopes import Run, Scope
from engines.groq.values import NUMBER_TYPES, Value

if TYPE_CHECKING:
    from engines.groq.compiler.program import Compiler


def _union(parts: Iterable[Compiled]) -> int:
    reads = 0
    for part in parts:
        reads |= part.reads
    return reads


def compile_literal(_compiler: Compiler, node: Literal) -> Compiled:
    """A constant."""
    return constant(node.value)


def compile_this(_compiler: Compiler, _node: This) -> Compiled:
    """`@`."""
    return Compiled(lambda this, _scope: this, THIS)


def compile_everything(_compiler: Compiler, _node: Everything) -> Compiled:
    """`*` with nothing after it."""
    return Compiled(lambda _this, scope: scope.context.source.all(), 0)


def compile_parent(_compiler: Compiler, node: Parent) -> Compiled:
    """`^`: the value of a scope further up, null above the last one."""
    level = node.level
    if level == 1:
        return Compiled(lambda _this, scope: scope.this, parent_bit(1))

    def climb(_this: Value, scope: Scope) -> Value:
        current: Scope | None = scope
        for _ in range(level - 1):
            current = current.parent if current is not None else None
        return current.this if current is not None else None

    return Compiled(climb, parent_bit(level))


def compile_attribute(_compiler: Compiler, node: ThisAttribute) -> Compiled:
    """An attribute of the current value."""
    name = node.name
    return Compiled(lambda this, _scope: this.get(name) if type(this) is dict else None, THIS)


def compile_parameter(compiler: Compiler, node: Parameter) -> Compiled:
    """A parameter of the query, or of the custom function around."""
    name = node.name
    if name == compiler.function_parameter:
        return Compiled(lambda _this, scope: scope.arguments[name] if scope.arguments else None, FRAME)

    def read(_this: Value, scope: Scope) -> Value:
        try:
            return scope.context.parameters[name]
        except KeyError:
            raise GroqParameterError(f"Parameter ${name} is used but was not given") from None

    return Compiled(read, 0)


def compile_group(compiler: Compiler, node: Group) -> Compiled:
    """Parentheses."""
    return compiler.compile(node.inner)


def compile_array(compiler: Compiler, node: Array) -> Compiled:
    """An array literal."""
    elements = [(compiler.compile(element.value), element.is_splat) for element in node.elements]
    run = array_builder([(element.run, is_splat) for element, is_splat in elements])
    return Compiled(run, _union(element for element, _ in elements))


def compile_object(compiler: Compiler, node: Object) -> Compiled:
    """An object literal, or the body of a projection."""
    runs: list[tuple[str | None, Run, Run | None]] = []
    reads = 0
    for entry in node.entries:
        value = compiler.compile(entry.value)
        reads |= value.reads
        if isinstance(entry, NamedEntry):
            runs.append((entry.name, value.run, None))
        elif entry.condition is None:
            runs.append((None, value.run, None))
        else:
            condition = compiler.compile(entry.condition)
            reads |= condition.reads
            runs.append((None, value.run, condition.run))
    return Compiled(object_builder(runs), reads)


def compile_unary(compiler: Compiler, node: Unary) -> Compiled:
    """A prefix operator."""
    run, reads = compiler.compile(node.operand)
    if node.operator == "!":
        return Compiled(negation(run), reads)
    if node.operator == "-":
        return Compiled(lambda this, scope: negate(run(this, scope)), reads)
    return Compiled(lambda this, scope: _keep_number(run(this, scope)), reads)


def _keep_number(value: Value) -> Value:
    return value if type(value) in NUMBER_TYPES else None


def compile_binary(compiler: Compiler, node: Binary) -> Compiled:
    """Operators of one level, from left to right."""
    first = compiler.compile(node.first)
    if len(node.rest) == 1:
        ((operator, operand),) = node.rest
        return compile_operator(operator, first, compiler.compile(operand), operand)
    # Left-nested closures would be as deep as the sum is long.
    steps = [(operator, compiler.compile(operand)) for operator, operand in node.rest]
    return Compiled(
        _chain(first.run, [(operator, step.run) for operator, step in steps]), first.reads | _union(s for _, s in steps)
    )


def _chain(first: Run, steps: list[tuple[str, Run]]) -> Run:
    def run(this: Value, scope: Scope) -> Value:
        value = first(this, scope)
        for operator, operand in steps:
            value = scope.context.grow_by(apply_arithmetic(operator, value, operand(this, scope)))
        return value

    return run


def compile_and(compiler: Compiler, node: And) -> Compiled:
    """`&&`."""
    operands = [compiler.compile(operand) for operand in node.operands]
    return Compiled(all_of([operand.run for operand in operands]), _union(operands))


def compile_or(compiler: Compiler, node: Or) -> Compiled:
    """`||`."""
    operands = [compiler.compile(operand) for operand in node.operands]
    return Compiled(any_of([operand.run for operand in operands]), _union(operands))


def compile_in_range(compiler: Compiler, node: InRange) -> Compiled:
    """`in` with a range."""
    value, low, high = (compiler.compile(part) for part in (node.value, node.range.low, node.range.high))
    run = in_range(value.run, low.run, high.run, is_inclusive=node.range.is_inclusive)
    return Compiled(run, value.reads | low.reads | high.reads)


def compile_select(compiler: Compiler, node: Select) -> Compiled:
    """`select()`: the first alternative whose condition is true."""
    pairs = [(compiler.compile(pair.condition), compiler.compile(pair.value)) for pair in node.alternatives]
    fallback = constant(None) if node.fallback is None else compiler.compile(node.fallback)
    alternatives = [(condition.run, value.run) for condition, value in pairs]
    otherwise = fallback.run

    def select(this: Value, scope: Scope) -> Value:
        for condition, value in alternatives:
            if condition(this, scope) is True:
                return value(this, scope)
        return otherwise(this, scope)

    return Compiled(select, _union(part for pair in pairs for part in pair) | fallback.reads)
