"""What may follow a value: attributes, brackets, projections, dereferences."""

from __future__ import annotations

from engines.groq.grammar.constants import find_constant
from engines.groq.grammar.cursor import Cursor
from engines.groq.lexer import Token
from engines.groq.nodes import Expression, Object, Range
from engines.groq.steps import ArrayPostfix, Attribute, Dereference, Element, Filter, Projection, Slice, Step
from engines.groq.values import is_number

STEP_STARTS = frozenset([".", "[", "{", "->", "|"])


class TraversalGrammar(Cursor):
    """Rules for the steps of a traversal."""

    def parse_expression(self, minimum: int = 0) -> Expression:
        """An expression whose operators all bind at least as tightly as `minimum`."""
        raise NotImplementedError

    def parse_object(self) -> Object:
        """An object literal."""
        raise NotImplementedError

    def parse_steps(self) -> list[Step]:
        """Every step that stands here, in reading order."""
        steps: list[Step] = []
        while self.token.kind in STEP_STARTS:
            if self.token.kind == "|":
                if self.peek().kind != "{":
                    break
                self.advance()
            self._parse_step(steps)
        return steps

    def _parse_step(self, steps: list[Step]) -> None:
        opening = self.advance()
        if opening.kind == ".":
            steps.append(Attribute(self.expect("name").text))
        elif opening.kind == "->":
            steps.append(Dereference())
            if self.token.kind == "name" and not self._is_infix_word():
                steps.append(Attribute(self.advance().text))
        elif opening.kind == "[":
            steps.append(self.parse_bracket(opening))
        else:
            self.enter_scope()
            steps.append(Projection(self._parse_body()))
            self.leave_scope()

    def _parse_body(self) -> Object:
        # The brace has been read already; parse_object wants to see it.
        self._index -= 1
        self.token = self._tokens[self._index]
        return self.parse_object()

    def _is_infix_word(self) -> bool:
        """Whether a word after `->` is an operator: `a-> in b`, `a-> desc`."""
        if self.token.text in ("asc", "desc"):
            return self.peek().kind in (",", ")")
        return self.token.text in ("in", "match") and self.peek().kind in (
            "string",
            "number",
            "name",
            "$",
            "[",
            "*",
            "(",
        )

    def parse_bracket(self, opening: Token) -> Step:
        """What square brackets mean (spec: DisambiguateSquareBracketTraversal); the `[` has been read."""
        if self.accept("]"):
            return ArrayPostfix()
        self.enter_scope()
        inner = self.parse_expression()
        self.leave_scope()
        self.expect("]")
        if isinstance(inner, Range):
            return self._slice(inner, opening)
        inner = self.as_value(inner, since=opening)
        used: set[str] = set()
        constant = find_constant(inner, self.parameters or {}, used)
        if constant is not None:
            self.structural_parameters |= used
            if isinstance(constant.value, str):
                return Attribute(constant.value)
            if is_number(constant.value):
                return Element(self._whole(constant.value, opening))
        return Filter(inner)

    def _slice(self, node: Range, opening: Token) -> Step:
        bounds: list[int] = []
        for bound in (node.low, node.high):
            used: set[str] = set()
            constant = find_constant(bound, self.parameters or {}, used)
            self.structural_parameters |= used
            if constant is not None and used and self.parameters is None:
                bounds.append(0)  # the tree is only a sketch until the parameters are known
            elif constant is None or not is_number(constant.value):
                self.refuse("A slice needs constant numbers", since=opening)
            else:
                bounds.append(self._whole(constant.value, opening))
        return Slice(bounds[0], bounds[1], node.is_inclusive)

    def _whole(self, number: float, opening: Token) -> int:
        if number != int(number):
            self.refuse("An index must be a whole number", since=opening)
        return int(number)
