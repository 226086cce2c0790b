"""Custom functions: `fn namespace::name($parameter) = body;` ahead of the query."""

from __future__ import annotations

from engines.groq.grammar.primaries import PrimaryGrammar
from engines.groq.lexer import Token
from engines.groq.nodes import Expression, FunctionDeclaration, Parameter, Traversal
from engines.groq.steps import ArrayPostfix, Dereference, Projection

_MOST_FUNCTIONS = 50


class DeclarationGrammar(PrimaryGrammar):
    """Rules for declarations of functions."""

    def parse_declarations(self) -> tuple[FunctionDeclaration, ...]:
        """Every declaration at the head of the query; calls in a circle are refused."""
        self.custom_functions = self._find_declared_names()
        declarations: list[FunctionDeclaration] = []
        calls: dict[str, set[str]] = {}
        while self._is_at_declaration():
            start = self.token
            self.called_functions = set()
            declaration = self._parse_declaration()
            if len(calls) >= _MOST_FUNCTIONS:
                self.refuse(f"A query cannot declare more than {_MOST_FUNCTIONS} functions", since=start)
            if declaration.name in calls:
                self.refuse(f"{declaration.name}() is declared twice", since=start)
            declarations.append(declaration)
            calls[declaration.name] = self.called_functions
            self._refuse_circles(declaration.name, calls, start)
        return tuple(declarations)

    def _is_at_declaration(self) -> bool:
        return self.token.kind == "name" and self.token.text == "fn" and self.peek().kind == "name"

    def _find_declared_names(self) -> set[str]:
        names: set[str] = set()
        for index in range(len(self._tokens) - 4):
            first, namespace, colons, name = self._tokens[index : index + 4]
            if (first.text, first.kind, namespace.kind, colons.kind, name.kind) == ("fn", "name", "name", "::", "name"):
                names.add(f"{namespace.text}::{name.text}")
        return names

    def _refuse_circles(self, name: str, calls: dict[str, set[str]], start: Token) -> None:
        reached: set[str] = set()
        waiting = list(calls[name])
        while waiting:
            called = waiting.pop()
            if called == name:
                self.refuse(f"{name}() calls itself", since=start)
            if called not in reached:
                reached.add(called)
                waiting.extend(calls.get(called, ()))

    def _parse_declaration(self) -> FunctionDeclaration:
        start = self.advance()
        namespace = self.expect("name").text
        self.expect("::")
        name = self.expect("name").text
        self.expect("(")
        self.expect("$")
        parameter = self.expect("name").text
        self.expect(")")
        self.expect("=")
        self.function_parameter = parameter
        self.function_scopes = 0
        body = self.as_value(self.parse_expression(), since=start)
        self.function_parameter = None
        self.function_scopes = None
        self.expect(";")
        if not _is_projection_of(body, parameter):
            self.refuse("The body of a function must project its parameter, as in $p{...} or $p[]->{...}", since=start)
        return FunctionDeclaration(f"{namespace}::{name}", (parameter,), body)


def _is_projection_of(body: Expression, parameter: str) -> bool:
    if not isinstance(body, Traversal) or body.base != Parameter(parameter):
        return False
    kinds = [type(step) for step in body.steps]
    return kinds[-1] is Projection and kinds[:-1] in ([], [Dereference], [ArrayPostfix], [ArrayPostfix, Dereference])
