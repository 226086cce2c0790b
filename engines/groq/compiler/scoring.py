"""Scores: how strongly a value satisfies a condition (spec: Score evaluation)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from engines.groq.compiler.conditions import Writer
from engines.groq.compiler.loops import Loop
from engines.groq.matching import scorer
from engines.groq.nodes import And, Binary, Expression, FunctionCall, Group, Or
from engines.groq.scopes import Scope
from engines.groq.values import NUMBER_TYPES, Value

if TYPE_CHECKING:
    from engines.groq.compiler.program import Compiler

Score: TypeAlias = Callable[[Value, Scope], float]


def compile_score(compiler: Compiler, node: Expression) -> tuple[Score, int]:
    """The closure of a score, and what it reads (told from inside its scope)."""
    match node:
        case Group(inner):
            return compile_score(compiler, inner)
        case Or(operands):
            return _sum_of(compiler, operands, needs_all=False)
        case And(operands):
            return _sum_of(compiler, operands, needs_all=True)
        case Binary(first, (("match", second),)):
            return _match_score(compiler, first, second)
        case FunctionCall("global", "boost", arguments):
            return _boosted(compiler, arguments)
        case _:
            condition = compiler.compile_inner(node)
            run = condition.run
            return (lambda this, scope: 1.0 if run(this, scope) is True else 0.0), condition.reads


def _sum_of(compiler: Compiler, operands: tuple[Expression, ...], *, needs_all: bool) -> tuple[Score, int]:
    parts = [compile_score(compiler, operand) for operand in operands]
    scores = [score for score, _ in parts]
    reads = 0
    for _, part in parts:
        reads |= part

    def run(this: Value, scope: Scope) -> float:
        values = [score(this, scope) for score in scores]
        return 0.0 if needs_all and 0.0 in values else sum(values)

    return run, reads


def _match_score(compiler: Compiler, first: Expression, second: Expression) -> tuple[Score, int]:
    text = compiler.compile_inner(first)
    pattern = compiler.compile_inner(second)
    return (
        lambda this, scope: scorer(pattern.run(this, scope))(text.run(this, scope)),
        text.reads | pattern.reads,
    )


def _boosted(compiler: Compiler, arguments: tuple[Expression, ...]) -> tuple[Score, int]:
    condition, number = arguments
    score, reads = compile_score(compiler, condition)
    amount = compiler.compile_inner(number)

    def run(this: Value, scope: Scope) -> float:
        value = score(this, scope)
        extra: Value = amount.run(this, scope)
        return value + extra if value > 0 and type(extra) in NUMBER_TYPES and extra >= 0 else 0.0

    return run, reads | amount.reads


def generate_scores(compiler: Compiler, arguments: Sequence[Expression]) -> Loop:
    """A loop that copies every object among the elements with its score."""
    writer = Writer(compiler)
    numbers = writer.bind(NUMBER_TYPES)
    total = " + ".join(_write_score(writer, argument, 0) for argument in arguments)
    return writer.finish(
        "        if get is nothing:\n            continue\n        before = get('_score')\n"
        f"        append({{**this, '_score': (before if type(before) in {numbers} else 0.0) + {total}}})\n"
    )


def _write_score(writer: Writer, node: Expression, depth: int) -> str:
    """Python that yields the score of the element `this`; the same rules as compile_score()."""
    match node:
        case Group(inner):
            return _write_score(writer, inner, depth + 1)
        case Or(operands):
            return "(" + " + ".join(_write_score(writer, operand, depth + 1) for operand in operands) + ")"
        case And(operands):
            names = [writer.temporary() for _ in operands]
            tests = [
                f"({name} := {_write_score(writer, operand, depth + 1)})"
                for name, operand in zip(names, operands, strict=True)
            ]
            return f"({' + '.join(names)} if {' and '.join(tests)} else 0.0)"
        case Binary(first, (("match", second),)):
            pattern = writer.invariant(second)
            if pattern is not None:
                return f"{writer.hoist(f'{writer.bind(scorer)}({pattern})')}({writer.value(first, depth + 1)})"
    run = compile_score(writer.compiler, node)[0]
    return f"{writer.bind(run)}(this, scope)"
