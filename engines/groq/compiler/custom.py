"""Closures for functions that the query declares: each body is compiled once, however often it is called."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engines.groq.compiler.closures import Compiled
from engines.groq.nodes import CustomCall, FunctionDeclaration
from engines.groq.scopes import Run, Scope
from engines.groq.values import Value

if TYPE_CHECKING:
    from engines.groq.compiler.program import Compiler


@dataclass(frozen=True, slots=True)
class CustomFunctions:
    """The declarations of a query, and the bodies compiled so far."""

    declarations: dict[str, FunctionDeclaration]
    bodies: dict[str, Run] = field(default_factory=dict)


def compile_custom(compiler: Compiler, node: CustomCall) -> Compiled:
    """The closure of a call: the body runs in a root scope of its own that knows the argument only."""
    functions = compiler.functions
    declaration = functions.declarations[node.name]
    argument = compiler.compile(node.arguments[0])
    if node.name not in functions.bodies:
        functions.bodies[node.name] = _compile_body(compiler, declaration)
    body, give, name = functions.bodies[node.name], argument.run, declaration.parameters[0]

    def call(this: Value, scope: Scope) -> Value:
        scope.context.spend(10)
        return body(None, Scope(None, None, scope.context, {name: give(this, scope)}))

    return Compiled(call, argument.reads)


def _compile_body(compiler: Compiler, declaration: FunctionDeclaration) -> Run:
    inside = compiler.silently()
    inside.plan = compiler.plan
    inside.function_parameter = declaration.parameters[0]
    return inside.compile_inner(declaration.body).run
