"""The compiler itself: which function compiles which kind of node, and what they share while they do."""

from __future__ import annotations

import copy
from collections.abc import Callable
from itertools import count

from engines.groq.compiler import simple
from engines.groq.compiler.calls import compile_call
from engines.groq.compiler.closures import Compiled
from engines.groq.compiler.custom import CustomFunctions, compile_custom
from engines.groq.compiler.pipes import compile_pipe
from engines.groq.compiler.traversals import compile_traversal
from engines.groq.nodes import (
    And,
    Array,
    Binary,
    CustomCall,
    Everything,
    Expression,
    FunctionCall,
    FunctionDeclaration,
    Group,
    InRange,
    Literal,
    Object,
    Or,
    Parameter,
    Parent,
    PipeCall,
    Program,
    Select,
    This,
    ThisAttribute,
    Traversal,
    Unary,
)
from engines.groq.scopes import Run, Scope
from engines.groq.values import Value


class Compiler:
    """Compiles the expressions of one query."""

    def __init__(self, functions: tuple[FunctionDeclaration, ...]) -> None:
        self.functions = CustomFunctions({declaration.name: declaration for declaration in functions})
        # The parameter of the custom function whose body is being compiled.
        self.function_parameter: str | None = None
        # How many scopes stand between the query and the expression being compiled.
        self.loops = 0
        self.plan: list[str] = []
        self._memories = count()

    def compile(self, node: Expression) -> Compiled:
        """The closure of an expression."""
        return _COMPILE[type(node)](self, node)

    def compile_inner(self, node: Expression) -> Compiled:
        """The closure of an expression that runs once per element, in a scope of its own."""
        self.loops += 1
        try:
            return self.compile(node)
        finally:
            self.loops -= 1

    def silently(self) -> Compiler:
        """A compiler that stands at the same place of the query and adds nothing to its plan."""
        other = copy.copy(self)
        other.plan = []
        return other

    def note(self, line: str) -> None:
        """Add a line to the plan, indented by the scopes around it."""
        self.plan.append("  " * self.loops + line)

    def new_memory(self) -> int:
        """A key under which an evaluation may remember something."""
        return next(self._memories)

    def remembered(self, compiled: Compiled) -> Compiled:
        """Runs at most once per evaluation, when it depends on nothing around it but would run again and again."""
        if compiled.reads or not self.loops:
            return compiled
        key = self.new_memory()
        run = compiled.run

        def recall(this: Value, scope: Scope) -> Value:
            memory = scope.context.memory
            if key not in memory:
                memory[key] = run(this, scope)
            return memory[key]

        if self.plan:
            self.plan[-1] += " (once per evaluation)"
        return Compiled(recall, 0)


_COMPILE: dict[type, Callable[..., Compiled]] = {
    Literal: simple.compile_literal,
    This: simple.compile_this,
    Everything: simple.compile_everything,
    Parent: simple.compile_parent,
    ThisAttribute: simple.compile_attribute,
    Parameter: simple.compile_parameter,
    Group: simple.compile_group,
    Array: simple.compile_array,
    Object: simple.compile_object,
    Unary: simple.compile_unary,
    Binary: simple.compile_binary,
    And: simple.compile_and,
    Or: simple.compile_or,
    InRange: simple.compile_in_range,
    Select: simple.compile_select,
    FunctionCall: compile_call,
    CustomCall: compile_custom,
    PipeCall: compile_pipe,
    Traversal: compile_traversal,
}


def compile_program(program: Program) -> tuple[Run, list[str]]:
    """The whole query as one closure, and the plan it follows."""
    compiler = Compiler(program.functions)
    return compiler.compile(program.expression).run, compiler.plan
