"""Function calls, checked against their signatures while they are read."""

from __future__ import annotations

from engines.groq.grammar.selectors import SelectorGrammar
from engines.groq.grammar.signatures import FUNCTIONS, PIPE_FUNCTIONS
from engines.groq.lexer import Token
from engines.groq.nodes import CustomCall, Expression, FunctionCall, Group, Ordering, Pair, PipeCall, Select, Traversal
from engines.groq.steps import Projection, Selector


class CallGrammar(SelectorGrammar):
    """Rules for calls."""

    def parse_call(self) -> Expression:
        """A call of a function, checked against its signature."""
        start = self.token
        namespace, name = self._parse_function_name()
        qualified = f"{namespace}::{name}"
        if qualified in self.custom_functions:
            return self._parse_custom_call(qualified, start)
        if qualified == "global::select":
            return self._parse_select()
        functions = FUNCTIONS.get(namespace)
        if functions is None:
            self.refuse(f"There is no namespace {namespace!r}", since=start)
        signature = functions.get(name)
        if signature is None or (signature.needs_delta and not self.is_delta):
            self.refuse(f"There is no function {qualified}()", since=start)
        if qualified == "global::boost" and not self.is_boost_allowed:
            self.refuse("boost() is only allowed inside score()", since=start)
        arguments, selector = self._parse_arguments(selector_at=signature.selector_at)
        count = len(arguments) + (selector is not None)
        self._check_count(name, count, signature.least, signature.greatest, start)
        return FunctionCall(namespace, name, arguments, selector)

    def _parse_custom_call(self, qualified: str, start: Token) -> Expression:
        self.called_functions.add(qualified)
        arguments = tuple(self._parse_values())
        self._check_count(qualified, len(arguments), 1, 1, start)
        return CustomCall(qualified, arguments)

    def _parse_function_name(self) -> tuple[str, str]:
        first = self.expect("name").text
        if not self.accept("::"):
            return "global", first
        return first, self.expect("name").text

    def _check_count(self, name: str, count: int, least: int, greatest: int, start: Token) -> None:
        if not least <= count <= greatest:
            self.refuse(f"{name}() cannot take {count} argument{'' if count == 1 else 's'}", since=start)

    def _parse_arguments(self, *, selector_at: int | None) -> tuple[tuple[Expression, ...], Selector | None]:
        arguments: list[Expression] = []
        selector: Selector | None = None
        self.expect("(")
        self.descend()
        while self.token.kind != ")":
            start = self.token
            if len(arguments) == selector_at and selector is None:
                selector = self.parse_selector()
            else:
                arguments.append(self.as_value(self.parse_expression(), since=start))
            if not self.accept(","):
                break
        self.ascend()
        self.expect(")")
        return tuple(arguments), selector

    def _parse_values(self) -> list[Expression]:
        """Arguments of a call, pairs and orderings included."""
        arguments: list[Expression] = []
        self.expect("(")
        self.descend()
        while self.token.kind != ")":
            arguments.append(self.parse_expression())
            if not self.accept(","):
                break
        self.ascend()
        self.expect(")")
        return arguments

    def _parse_select(self) -> Expression:
        start = self.token
        pairs: list[Pair] = []
        fallback: Expression | None = None
        for argument in self._parse_values():
            if fallback is not None:
                self.refuse("select() takes nothing after its fallback", since=start)
            if isinstance(argument, Pair):
                pairs.append(argument)
            else:
                fallback = self.as_value(argument, since=start)
        return Select(tuple(pairs), fallback)

    def parse_pipe_call(self, base: Expression) -> Expression:
        """`| order(...)` or `| score(...)`; the `|` has been read."""
        start = self.token
        namespace, name = self._parse_function_name()
        signature = PIPE_FUNCTIONS.get(name) if namespace == "global" else None
        if signature is None:
            self.refuse(f"There is no pipe function {name}()", since=start)
        was_boost_allowed = self.is_boost_allowed
        self.is_boost_allowed = was_boost_allowed or name == "score"
        self.enter_scope()
        arguments = tuple(self._parse_values())
        self.leave_scope()
        self.is_boost_allowed = was_boost_allowed
        self._check_count(name, len(arguments), signature.least, signature.greatest, start)
        for argument in arguments:
            if not (name == "order" and isinstance(argument, Ordering)):
                self.as_value(argument, since=start)
        if name == "score" and _is_projected(base):
            self.refuse("score() works on documents, not on projected objects", since=start)
        return PipeCall(base, name, arguments)


def _is_projected(node: Expression) -> bool:
    while True:
        if isinstance(node, Traversal):
            if any(isinstance(step, Projection) for step in node.steps):
                return True
            node = node.base
        elif isinstance(node, PipeCall):
            node = node.base
        elif isinstance(node, Group):
            node = node.inner
        else:
            return False
