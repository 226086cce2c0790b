"""The smallest expressions: literals, names, groups, arrays, objects and function calls."""

from __future__ import annotations

from collections.abc import Callable

from engines.groq.grammar.calls import CallGrammar
from engines.groq.lexer import Token
from engines.groq.nodes import (
    Array,
    ArrayElement,
    Entry,
    Everything,
    Expression,
    Group,
    Literal,
    NamedEntry,
    Object,
    Pair,
    Parameter,
    Parent,
    PipeCall,
    Range,
    SplatEntry,
    This,
    ThisAttribute,
    Traversal,
)
from engines.groq.steps import Attribute
from engines.groq.values import finite

_WORDS: dict[str, object] = {"null": None, "true": True, "false": False}


class PrimaryGrammar(CallGrammar):
    """Rules for everything that is not built with an operator."""

    def parse_primary(self) -> Expression:
        """A literal, name, group, array, object or call, without what follows it."""
        rule = _RULES.get(self.token.kind)
        if rule is None:
            self.refuse("Expected an expression")
        return rule(self)

    def read_number(self) -> Expression:
        """A number."""
        return Literal(_number_from(self.advance().text))

    def read_string(self) -> Expression:
        """A string."""
        return Literal(self.advance().text)

    def read_everything(self) -> Expression:
        """`*`."""
        self.advance()
        return Everything()

    def read_this(self) -> Expression:
        """`@`."""
        self.advance()
        return This()

    def read_word(self) -> Expression:
        """A name: a call, a constant word or an attribute."""
        following = self.peek().kind
        if following in ("(", "::"):
            return self.parse_call()
        word = self.advance().text
        return Literal(_WORDS[word]) if word in _WORDS else ThisAttribute(word)

    def read_parent(self) -> Expression:
        """`^`, `^.^` and so on."""
        start = self.advance()
        level = 1
        while self.token.kind == "." and self.peek().kind == "^":
            self.advance()
            self.advance()
            level += 1
        if self.function_scopes is not None and level >= self.function_scopes:
            self.refuse("A function cannot look outside of itself with '^'", since=start)
        return Parent(level)

    def read_parameter(self) -> Expression:
        """`$name`."""
        start = self.advance()
        if self.token.start != start.end:
            self.refuse("Expected the name of a parameter")
        name = self.expect("name").text
        if name == self.function_parameter and self.function_scopes:
            self.refuse(f"${name} may only be used as the base of the function's projection", since=start)
        if self.parameters is not None and name != self.function_parameter and name not in self.parameters:
            self.refuse(f"Parameter ${name} is used but was not given", since=start)
        if name != self.function_parameter:
            self.used_parameters.add(name)
        return Parameter(name)

    def read_group(self) -> Expression:
        """Parentheses."""
        opening = self.advance()
        self.descend()
        inner = self.parse_expression()
        self.ascend()
        self.expect(")")
        return Group(inner if isinstance(inner, Range) else self.as_value(inner, since=opening))

    def read_array(self) -> Expression:
        """An array literal."""
        self.advance()
        elements: list[ArrayElement] = []
        self.descend()
        while self.token.kind != "]":
            start = self.token
            is_splat = self.accept("...")
            elements.append(ArrayElement(self.as_value(self.parse_expression(), since=start), is_splat))
            if not self.accept(","):
                break
        self.ascend()
        self.expect("]")
        return Array(tuple(elements))

    def parse_object(self) -> Object:
        """An object literal, or the body of a projection."""
        self.expect("{")
        entries: list[Entry] = []
        self.descend()
        while self.token.kind != "}":
            entries.append(self._parse_entry())
            if not self.accept(","):
                break
        self.ascend()
        self.expect("}")
        return Object(tuple(entries))

    def _parse_entry(self) -> Entry:
        start = self.token
        if self.accept("..."):
            if self.token.kind in ("}", ","):
                return SplatEntry(This())
            return SplatEntry(self.as_value(self.parse_expression(), since=start))
        if start.kind == "string" and self.peek().kind == ":":
            name = self.advance().text
            self.advance()
            return NamedEntry(name, self.as_value(self.parse_expression(), since=start))
        value = self.parse_expression()
        if isinstance(value, Pair):
            return SplatEntry(value.value, value.condition)
        name = self._derive_name(self.as_value(value, since=start), start)
        return NamedEntry(name, value)

    def _derive_name(self, node: Expression, start: Token) -> str:
        """The name of an unnamed attribute (spec: DetermineName)."""
        while not isinstance(node, ThisAttribute):
            if isinstance(node, Group):
                node = node.inner
            elif isinstance(node, PipeCall) or (
                isinstance(node, Traversal) and not any(isinstance(step, Attribute) for step in node.steps)
            ):
                node = node.base
            else:
                self.refuse("This attribute needs a name", since=start)
        return node.name


def _number_from(text: str) -> object:
    if text.isdigit() and len(text) < 16:
        return int(text)
    return finite(float(text))


_RULES: dict[str, Callable[[PrimaryGrammar], Expression]] = {
    "name": PrimaryGrammar.read_word,
    "number": PrimaryGrammar.read_number,
    "string": PrimaryGrammar.read_string,
    "*": PrimaryGrammar.read_everything,
    "@": PrimaryGrammar.read_this,
    "^": PrimaryGrammar.read_parent,
    "$": PrimaryGrammar.read_parameter,
    "(": PrimaryGrammar.read_group,
    "[": PrimaryGrammar.read_array,
    "{": PrimaryGrammar.parse_object,
}
