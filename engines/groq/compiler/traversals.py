"""Closures for traversals, combined by the four static classes of the specification."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING

from engines.groq.compiler.closures import Compiled, CompiledStep, seen_from_outside
from engines.groq.compiler.literals import weigh
from engines.groq.compiler.planning import compile_everything
from engines.groq.compiler.stages import (
    Tiered,
    dereference,
    element,
    flat_mapped,
    mapped,
    projected,
    projected_each,
    require_array,
    sliced,
)
from engines.groq.errors import GroqLimitError
from engines.groq.nodes import Array, Everything, PipeCall, Traversal
from engines.groq.scopes import Run, Scope, StepRun
from engines.groq.steps import ArrayPostfix, Attribute, Dereference, Element, Filter, Projection, Slice, Step
from engines.groq.values import Value

if TYPE_CHECKING:
    from engines.groq.compiler.program import Compiler

_DEEPEST_MAPS = 60


class Shape(Enum):
    """What a traversal works on and returns (spec: Combining traversal)."""

    PLAIN = "value to value"
    ARRAY = "array to array"
    SOURCE = "array to value"
    TARGET = "value to array"


def compile_traversal(compiler: Compiler, node: Traversal) -> Compiled:
    """The closure of a base value and its steps."""
    steps: Sequence[Step] = node.steps
    if isinstance(node.base, Everything):
        base, steps = compile_everything(compiler, steps)
        is_array = True
    else:
        base = compiler.compile(node.base)
        is_array = isinstance(node.base, Array | PipeCall)
    if not steps:
        return compiler.remembered(base)
    compiled = [compile_step(compiler, step) for step in steps]
    program = combine(list(zip(steps, compiled, strict=True)), is_array=is_array)
    reads = base.reads
    for step in compiled:
        reads |= step.reads
    result = Compiled(_start(base.run, program), reads)
    return compiler.remembered(result) if isinstance(node.base, Everything | PipeCall) else result


def _start(base: Run, program: list[StepRun]) -> Run:
    if len(program) == 1:
        only = program[0]
        return lambda this, scope: only(base(this, scope), this, scope)

    def run(this: Value, scope: Scope) -> Value:
        value = base(this, scope)
        for step in program:
            value = step(value, this, scope)
        return value

    return run


def combine(steps: list[tuple[Step, CompiledStep]], *, is_array: bool) -> list[StepRun]:
    """The steps as a list to run one after the other, those that map over an array folded into one.

    Args:
        steps: What follows the base, in reading order.
        is_array: Whether the base is read as if it were followed by `[]`.
    """
    backwards: list[StepRun] = []
    shape: Shape | None = None
    each: StepRun | None = None
    maps = 0
    for step, compiled in reversed(steps):
        run = compiled.run
        match step:
            case Attribute() | Dereference():
                shape = Shape.TARGET if shape in (Shape.ARRAY, Shape.TARGET) else Shape.PLAIN
            case Element():
                shape = Shape.ARRAY if shape in (Shape.ARRAY, Shape.TARGET) else Shape.SOURCE
            case Projection():
                if shape in (Shape.ARRAY, Shape.SOURCE):
                    run = compiled.each or mapped([run])
                else:
                    shape = shape or Shape.PLAIN
            case _:
                if shape in (Shape.PLAIN, Shape.TARGET):
                    backwards = _behind_array(backwards, shape, each)
                    maps += 1
                shape = Shape.SOURCE if shape is Shape.SOURCE else Shape.ARRAY
        backwards.append(run)
        each = compiled.each
        if maps > _DEEPEST_MAPS:
            raise GroqLimitError(f"The traversal goes through more than {_DEEPEST_MAPS} arrays within each other")
    if is_array:
        backwards = [*_behind_array(backwards, shape, each), require_array]
    return backwards[::-1]


def _behind_array(backwards: list[StepRun], shape: Shape | None, each: StepRun | None) -> list[StepRun]:
    """The steps after an array, last one first; `each` does the first of them to a whole array by itself."""
    if shape is Shape.PLAIN:
        if each is None:
            return [mapped(backwards[::-1])]
        return [mapped(backwards[-2::-1]), each] if backwards[1:] else [each]
    if shape is Shape.TARGET:
        return [flat_mapped(backwards[::-1])]
    return backwards


def compile_step(compiler: Compiler, step: Step) -> CompiledStep:
    """The closure of one step, given the value before it."""
    match step:
        case Attribute(name):
            return CompiledStep(lambda value, _this, _scope: value.get(name) if type(value) is dict else None, 0)
        case Element(index):
            return CompiledStep(element(index), 0)
        case Slice():
            return CompiledStep(sliced(step), 0)
        case ArrayPostfix():
            return CompiledStep(require_array, 0)
        case Dereference():
            return CompiledStep(dereference, 0)
        case Filter(condition):
            inner = compiler.compile_inner(condition)
            return CompiledStep(Tiered(compiler, condition, inner.run), seen_from_outside(inner.reads))
        case Projection(body):
            inner = compiler.compile_inner(body)
            weight = weigh(body)
            each = projected_each(compiler, body, inner.run, weight)
            return CompiledStep(projected(inner.run, weight), seen_from_outside(inner.reads), each)
