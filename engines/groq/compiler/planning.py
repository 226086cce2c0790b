"""How `*[...]` finds its documents: by an index where a condition allows it, else by reading all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from engines.groq.compiler.access import Find, find_accesses
from engines.groq.compiler.closures import Compiled, seen_from_outside
from engines.groq.compiler.stages import Tiered
from engines.groq.compiler.wording import write
from engines.groq.nodes import And, Expression, Group
from engines.groq.scopes import Run, Scope
from engines.groq.steps import Filter, Step
from engines.groq.values import Value

if TYPE_CHECKING:
    from engines.groq.compiler.program import Compiler

_MOST_WAYS = 3


def compile_everything(compiler: Compiler, steps: Sequence[Step]) -> tuple[Compiled, Sequence[Step]]:
    """The closure that yields the documents (the first filter applied), and the steps that are left to do."""
    if not steps or not isinstance(steps[0], Filter):
        compiler.note("* : every document")
        return Compiled(lambda _this, scope: scope.context.source.all(), 0), steps
    condition = steps[0].condition
    whole = compiler.compile_inner(condition)
    scan = Tiered(compiler, condition, whole.run)
    conditions = _conditions(condition)
    accesses = find_accesses(compiler, conditions)
    reads = seen_from_outside(whole.reads)
    text = f"*[{write(condition)}]"
    if not accesses:
        compiler.note(f"{text} : every document, filtered")
        return Compiled(lambda this, scope: scan(scope.context.source.all(), this, scope), reads), steps[1:]
    ways = []
    for access in accesses[:_MOST_WAYS]:
        rest = [other for other in conditions if other is not access.condition]
        ways.append((access.find, _filter_of(compiler, rest)))
        filtered = f", then filtered by {' && '.join(map(write, rest))}" if rest else ""
        compiler.note(f"{text} : {access.name} index for {write(access.condition)}{filtered}")
        text = " " * (len(text) - 4) + "else"
    return Compiled(_indexed(ways, scan), reads), steps[1:]


def _conditions(node: Expression) -> list[Expression]:
    """The conditions that all have to be true."""
    if isinstance(node, Group):
        return _conditions(node.inner)
    if isinstance(node, And):
        return [condition for operand in node.operands for condition in _conditions(operand)]
    return [node]


def _filter_of(compiler: Compiler, rest: list[Expression]) -> Tiered | None:
    if not rest:
        return None
    condition = rest[0] if len(rest) == 1 else And(tuple(rest))
    return Tiered(compiler, condition, compiler.silently().compile_inner(condition).run)


def _indexed(ways: list[tuple[Find, Tiered | None]], scan: Tiered) -> Run:
    def run(this: Value, scope: Scope) -> Value:
        inside = scope.inside(this)
        for find, rest in ways:
            documents = find(inside)
            if documents is not None:
                scope.context.spend(1)
                return documents if rest is None else rest(documents, this, scope)
        return scan(scope.context.source.all(), this, scope)

    return run
