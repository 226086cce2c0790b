"""Closures for pipe functions: order() and score()."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING

from engines.groq.compiler.closures import Compiled, seen_from_outside
from engines.groq.compiler.generation import generate_values
from engines.groq.compiler.loops import BULK_FROM, Bulk, LazyLoop
from engines.groq.compiler.scoring import Score, compile_score, generate_scores
from engines.groq.nodes import Expression, Ordering, PipeCall
from engines.groq.scopes import Run, Scope
from engines.groq.values import NUMBER_TYPES, Value, sort_key

if TYPE_CHECKING:
    from engines.groq.compiler.program import Compiler


def compile_pipe(compiler: Compiler, node: PipeCall) -> Compiled:
    """The closure of a pipe function over its base."""
    base = compiler.compile(node.base)
    if node.name == "order":
        run, reads = _compile_order(compiler, node, base.run)
    else:
        run, reads = _compile_scoring(compiler, node, base.run)
    return compiler.remembered(Compiled(run, base.reads | seen_from_outside(reads)))


def _compile_order(compiler: Compiler, node: PipeCall, base: Run) -> tuple[Run, int]:
    keys: list[tuple[Bulk, bool]] = []
    reads = 0
    for argument in node.arguments:
        is_descending = isinstance(argument, Ordering) and argument.is_descending
        node_value = argument.value if isinstance(argument, Ordering) else argument
        compiled = compiler.compile_inner(node_value)
        keys.append((_key_values(compiler, node_value, compiled.run), is_descending))
        reads |= compiled.reads

    def run(this: Value, scope: Scope) -> Value:
        items = base(this, scope)
        if type(items) is not list:
            return None
        scope.context.spend(len(items) * len(keys) * 2)
        scope.context.grow(8 * len(items))
        inside = scope.inside(this)
        # Sorting by the last key first keeps every earlier key in charge, because the sort is stable.
        for key, is_descending in reversed(keys):
            items = _sort(items, key(items, inside), is_descending=is_descending)
        return items

    return run, reads


def _key_values(compiler: Compiler, node: Expression, run: Run) -> Bulk:
    quiet = compiler.silently()
    bulk = LazyLoop(lambda: generate_values(quiet, node))

    def values(items: list[Value], inside: Scope) -> list[Value]:
        if len(items) < BULK_FROM:
            return [run(item, inside) for item in items]
        return bulk.run(items, inside)

    return values


def _sort(items: list[Value], values: list[Value], *, is_descending: bool) -> list[Value]:
    kinds = set(map(type, values))
    rank: Callable[[Value], Value] = _first
    if not kinds <= NUMBER_TYPES and (len(kinds) > 1 or not kinds <= _SORTED_AS_THEY_ARE):
        values = [sort_key(value) for value in values]
    pairs = sorted(zip(values, items, strict=True), key=rank, reverse=is_descending)
    return [item for _, item in pairs]


# A scored document is a copy of its attributes.
_SCORED_BYTES = 1_000
_first = itemgetter(0)
_SORTED_AS_THEY_ARE = frozenset([str, bool])


def _compile_scoring(compiler: Compiler, node: PipeCall, base: Run) -> tuple[Run, int]:
    compiled = [compile_score(compiler, argument) for argument in node.arguments]
    quiet = compiler.silently()
    bulk = LazyLoop(lambda: generate_scores(quiet, node.arguments))
    scores: Sequence[Score] = [score for score, _ in compiled]
    reads = 0
    for _, part in compiled:
        reads |= part

    def run(this: Value, scope: Scope) -> Value:
        items = base(this, scope)
        if type(items) is not list:
            return None
        scope.context.spend(len(items) * len(scores))
        scope.context.grow(_SCORED_BYTES * len(items))
        inside = scope.inside(this)
        if len(items) < BULK_FROM:
            scored = [_scored(item, scores, inside) for item in items if type(item) is dict]
        else:
            scored = bulk.run(items, inside)
        scored.sort(key=itemgetter("_score"), reverse=True)
        return scored

    return run, reads


def _scored(item: dict[str, Value], scores: Sequence[Score], inside: Scope) -> Value:
    before = item.get("_score")
    total: float = sum(score(item, inside) for score in scores)
    if before is not None and type(before) in NUMBER_TYPES:
        total += before
    return {**item, "_score": float(total)}
