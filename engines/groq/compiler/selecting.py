"""Closures for selectors: from a value to the key paths that a selector picks in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from engines.groq.compiler.closures import Compiled, seen_from_outside
from engines.groq.functions.differences import KeyPath, changed_any, changed_only, value_at
from engines.groq.nodes import Expression
from engines.groq.scopes import Run, Scope
from engines.groq.steps import (
    Selector,
    SelectorAnywhere,
    SelectorAttribute,
    SelectorItems,
    SelectorNested,
    SelectorTuple,
)
from engines.groq.values import Value

if TYPE_CHECKING:
    from engines.groq.compiler.program import Compiler

Select: TypeAlias = Callable[[Value, Scope], list[KeyPath]]


def compile_changed(
    compiler: Compiler, values: tuple[Expression, ...], selector: Selector, *, is_only: bool
) -> Compiled:
    """The closure of changedAny() or changedOnly(), of two values or of a change in delta mode."""
    select, reads = _compile_selector(compiler, selector)
    decide = changed_only if is_only else changed_any
    if not values:

        def run_delta(this: Value, scope: Scope) -> Value:
            inside = scope.inside(this)
            return decide(scope.context.before, scope.context.after, lambda value: select(value, inside))

        return Compiled(run_delta, seen_from_outside(reads))
    before, after = (compiler.compile(value) for value in values)

    def run(this: Value, scope: Scope) -> Value:
        inside = scope.inside(this)
        return decide(before.run(this, scope), after.run(this, scope), lambda value: select(value, inside))

    return Compiled(run, before.reads | after.reads | seen_from_outside(reads))


def _compile_selector(compiler: Compiler, node: Selector) -> tuple[Select, int]:
    match node:
        case SelectorAttribute(base, name) if base is not None:
            return _attribute_of(*_compile_selector(compiler, base), name)
        case SelectorItems(base, condition):
            return _items_of(compiler, base, condition)
        case SelectorTuple(members):
            return _tuple_of(compiler, members)
        case SelectorNested(base, inner):
            return _nested_in(compiler, base, inner)
        case SelectorAnywhere(condition):
            found = compiler.compile_inner(condition)
            return (lambda value, scope: _anywhere(value, found.run, scope)), found.reads
        case SelectorAttribute(_, name):
            # Named whether it is there or not: an attribute that appears or goes away has changed.
            return (lambda _value, _scope: [(name,)]), 0


def _attribute_of(base: Select, reads: int, name: str) -> tuple[Select, int]:
    return (lambda value, scope: [(*path, name) for path in base(value, scope)]), reads


def _items_of(compiler: Compiler, base_node: Selector, condition: Expression | None) -> tuple[Select, int]:
    base, reads = _compile_selector(compiler, base_node)
    test: Run | None = None
    if condition is not None:
        compiled = compiler.compile_inner(condition)
        test = compiled.run
        reads |= compiled.reads

    def select(value: Value, scope: Scope) -> list[KeyPath]:
        found: list[KeyPath] = []
        for path in base(value, scope):
            inner = value_at(value, path)
            if type(inner) is list:
                scope.context.spend(len(inner))
                found.extend(
                    (*path, index) for index, item in enumerate(inner) if test is None or test(item, scope) is True
                )
        return found

    return select, reads


def _tuple_of(compiler: Compiler, members: tuple[Selector, ...]) -> tuple[Select, int]:
    compiled = [_compile_selector(compiler, member) for member in members]
    reads = 0
    for _, part in compiled:
        reads |= part
    return (lambda value, scope: [path for member, _ in compiled for path in member(value, scope)]), reads


def _nested_in(compiler: Compiler, base_node: Selector, inner_node: Selector) -> tuple[Select, int]:
    base, reads = _compile_selector(compiler, base_node)
    inner, inner_reads = _compile_selector(compiler, inner_node)

    def select(value: Value, scope: Scope) -> list[KeyPath]:
        found: list[KeyPath] = []
        for path in base(value, scope):
            found.extend((*path, *rest) for rest in inner(value_at(value, path), scope))
        return found

    return select, reads | inner_reads


def _anywhere(root: Value, test: Run, scope: Scope) -> list[KeyPath]:
    found: list[KeyPath] = []
    waiting: list[tuple[Value, KeyPath]] = [(root, ())]
    while waiting:
        value, path = waiting.pop()
        scope.context.spend(1)
        if type(value) is dict:
            if test(value, scope) is True:
                found.append(path)
            waiting.extend((item, (*path, name)) for name, item in value.items())
        elif type(value) is list:
            waiting.extend((item, (*path, index)) for index, item in enumerate(value))
    return found
