"""Operators, by precedence climbing; and the query around them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from engines.groq.grammar.declarations import DeclarationGrammar
from engines.groq.lexer import tokenize
from engines.groq.nodes import (
    And,
    Binary,
    Expression,
    Group,
    InRange,
    Or,
    Ordering,
    Pair,
    Program,
    Range,
    Traversal,
    Unary,
)

_PAIR, _OR, _AND, _COMPARISON, _RANGE, _POWER, _PIPE, _PRIMARY = 1, 2, 3, 4, 5, 8, 11, 12
_PREFIX = {"+": 10, "!": 10, "-": 8}
_CHAINS = {"||": _OR, "&&": _AND, "+": 6, "-": 6, "*": 7, "/": 7, "%": 7}
_COMPARISONS = frozenset(["==", "!=", "<", "<=", ">", ">=", "match"])
_MOST_PIPES = 50
_INFIX_WORDS = frozenset(["in", "match", "asc", "desc"])


class ExpressionGrammar(DeclarationGrammar):
    """Rules for operators."""

    def parse_expression(self, minimum: int = 0) -> Expression:
        """An expression whose operators all bind at least as tightly as `minimum` (spec: Precedence)."""
        start = self.token
        self.descend()
        left = self._parse_operand()
        self.ascend()
        level = _PRIMARY
        chain: list[tuple[str, Expression]] = []
        while True:
            token = self.token
            operator = token.text if token.kind == "name" and token.text in _INFIX_WORDS else token.kind
            chain_level = _CHAINS.get(operator)
            if chain_level is not None:
                if chain_level < minimum or level < chain_level:
                    break
                if level != chain_level:
                    left, chain = _close(left, chain, level), []
                    self.as_value(left, since=start)
                self.advance()
                chain.append((operator, self._parse_right(chain_level + 1)))
                level = chain_level
                continue
            following = self._level_of(operator)
            if following is None or following < minimum or level < following:
                break
            if level == following and operator not in ("asc", "desc", "|"):
                break
            left, chain = _close(left, chain, level), []
            left = self._parse_infix(operator, self.as_value(left, since=start))
            level = following
        return _close(left, chain, level)

    def _level_of(self, operator: str) -> int | None:
        if operator in _COMPARISONS or operator in ("in", "asc", "desc"):
            return _COMPARISON
        return {"=>": _PAIR, "..": _RANGE, "...": _RANGE, "**": _POWER}.get(operator)

    def _parse_right(self, minimum: int) -> Expression:
        start = self.token
        self.descend()
        result = self.as_value(self.parse_expression(minimum), since=start)
        self.ascend()
        return result

    def _parse_infix(self, operator: str, left: Expression) -> Expression:
        self.advance()
        if operator in ("asc", "desc"):
            return Ordering(left, operator == "desc")
        if operator == "in":
            return self._parse_in(left)
        if operator == "=>":
            return Pair(left, self._parse_right(_PAIR + 1))
        if operator in ("..", "..."):
            return Range(left, self._parse_right(_RANGE + 1), operator == "..")
        if operator == "**":
            return Binary(left, ((operator, self._parse_right(_POWER)),))
        return Binary(left, ((operator, self._parse_right(_COMPARISON + 1)),))

    def _parse_in(self, left: Expression) -> Expression:
        self.descend()
        right = self.parse_expression(_RANGE)
        self.ascend()
        bare = right.inner if isinstance(right, Group) else right
        return InRange(left, bare) if isinstance(bare, Range) else Binary(left, (("in", right),))

    def _parse_operand(self) -> Expression:
        prefix = _PREFIX.get(self.token.kind)
        if prefix is not None:
            operator = self.advance().kind
            return Unary(operator, self._parse_right(prefix))
        start = self.token
        node = self.parse_primary()
        pipes = 0
        while True:
            steps = self.parse_steps()
            if steps:
                node = Traversal(self.as_value(node, since=start), tuple(steps))
            elif self.token.kind == "|" and self.peek().kind == "name":
                pipes += 1
                if pipes > _MOST_PIPES:
                    self.refuse(f"A value cannot go through more than {_MOST_PIPES} pipe functions", since=start)
                self.advance()
                node = self.parse_pipe_call(self.as_value(node, since=start))
            else:
                return node

    def parse_program(self) -> Program:
        """The whole query: declarations, one expression, and nothing after it."""
        functions = self.parse_declarations()
        start = self.token
        expression = self.as_value(self.parse_expression(), since=start)
        if self.token.kind != "end":
            self.refuse("Expected the query to end here")
        return Program(functions, expression)


def _close(left: Expression, chain: list[tuple[str, Expression]], level: int) -> Expression:
    if not chain:
        return left
    if level == _AND:
        return And((left, *(operand for _, operand in chain)))
    if level == _OR:
        return Or((left, *(operand for _, operand in chain)))
    return Binary(left, tuple(chain))


class Parsed(NamedTuple):
    """The syntax tree of a query, the parameters it uses, and those of them that its shape rests on."""

    program: Program
    parameters: frozenset[str]
    structural: frozenset[str]


def parse_source(source: str, parameters: Mapping[str, object] | None, *, is_delta: bool) -> Parsed:
    """Read and check a query; without parameters, none is missed."""
    grammar = ExpressionGrammar(tokenize(source), parameters, is_delta=is_delta)
    program = grammar.parse_program()
    return Parsed(program, frozenset(grammar.used_parameters), frozenset(grammar.structural_parameters))
