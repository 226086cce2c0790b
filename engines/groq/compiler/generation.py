"""Long arrays are worth a Python function of their own: loops generated from conditions and projections.

A closure per node costs a Python call per node and element. For arrays beyond a few dozen elements the same
expression is written out once as Python source.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engines.groq.compiler.conditions import Writer
from engines.groq.compiler.loops import Loop
from engines.groq.nodes import Expression, Object

if TYPE_CHECKING:
    from engines.groq.compiler.program import Compiler


def generate_filter(compiler: Compiler, condition: Expression) -> Loop:
    """A loop that keeps the elements for which the condition is true."""
    writer = Writer(compiler)
    test = writer.condition(condition, 0)
    return writer.finish(f"        if {test}:\n            append(this)\n")


def generate_values(compiler: Compiler, node: Expression) -> Loop:
    """A loop that evaluates an expression for every element."""
    writer = Writer(compiler)
    return writer.finish(f"        append({writer.value(node, 0)})\n")


def generate_projection(compiler: Compiler, body: Object) -> Loop:
    """A loop that makes a new object of every element; null where the element is none."""
    writer = Writer(compiler)
    return writer.finish(f"        append({writer.object(body, 0)} if get is not nothing else None)\n")
