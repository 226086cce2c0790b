"""Writes conditions as Python source; only true counts, so that false and null need no telling apart."""

from __future__ import annotations

from engines.groq.compiler.hoisting import comparable_types, equality_types, membership
from engines.groq.compiler.writing import DEEPEST, ValueWriter
from engines.groq.matching import matcher
from engines.groq.nodes import And, Binary, Expression, FunctionCall, Group, Literal, Or, Unary

_COMPARISONS = frozenset(["<", "<=", ">", ">="])
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


class Writer(ValueWriter):
    """Writes one loop: values, and conditions on them."""

    def condition(self, node: Expression, depth: int) -> str:
        """Python that is true exactly when the expression is true."""
        if depth > DEEPEST:
            return f"{self.fallback(node)} is True"
        match node:
            case Group(inner):
                return self.condition(inner, depth + 1)
            case And(operands):
                return "(" + " and ".join(self.condition(operand, depth + 1) for operand in operands) + ")"
            case Or(operands):
                return "(" + " or ".join(self.condition(operand, depth + 1) for operand in operands) + ")"
            case Unary("!", operand):
                return self.refutation(operand, depth + 1)
            case FunctionCall("global", "defined", (argument,)):
                return f"({self.value(argument, depth + 1)} is not None)"
            case Binary(first, ((operator, second),)):
                return self._comparison(first, operator, second, depth) or f"{self.fallback(node)} is True"
            case _:
                return f"{self.fallback(node)} is True"

    def refutation(self, node: Expression, depth: int) -> str:
        """Python that is true exactly when the expression is false, which is not the same as null."""
        if depth > DEEPEST:
            return f"{self.fallback(node)} is False"
        match node:
            case Group(inner):
                return self.refutation(inner, depth + 1)
            case Unary("!", operand):
                return self.condition(operand, depth + 1)
            case And(operands):
                return "(" + " or ".join(self.refutation(operand, depth + 1) for operand in operands) + ")"
            case Or(operands):
                return "(" + " and ".join(self.refutation(operand, depth + 1) for operand in operands) + ")"
            case FunctionCall("global", "defined" | "references") | Binary(_, (("==" | "!=" | "match", _),)):
                return f"(not {self.condition(node, depth + 1)})"
            case Binary(first, (("in", second),)):
                fixed = self.invariant(second)
                if fixed is not None:
                    members = self.hoist(f"{self.bind(membership)}({fixed})")
                    return f"({members}({self.value(first, depth + 1)}) is False)"
        return f"{self.fallback(node)} is False"

    def _comparison(self, first: Expression, operator: str, second: Expression, depth: int) -> str | None:
        if operator in ("==", "!="):
            return self._equality(first, operator, second, depth)
        if operator in _COMPARISONS:
            fixed = self.invariant(second)
            if fixed is None:
                first, second, operator = second, first, _MIRRORED[operator]
                fixed = self.invariant(second)
            if fixed is None:
                return None
            kinds = self.hoist(f"{self.bind(comparable_types)}({fixed})")
            kept = self.temporary()
            return f"(type({kept} := {self.value(first, depth + 1)}) in {kinds} and {kept} {operator} {fixed})"
        if operator == "match":
            fixed = self.invariant(second)
            if fixed is not None:
                fits = self.hoist(f"{self.bind(matcher)}({fixed})")
                return f"{fits}({self.value(first, depth + 1)})"
        if operator == "in":
            fixed = self.invariant(second)
            if fixed is not None:
                members = self.hoist(f"{self.bind(membership)}({fixed})")
                return f"{members}({self.value(first, depth + 1)})"
        return None

    def _equality(self, first: Expression, operator: str, second: Expression, depth: int) -> str | None:
        if isinstance(first, Literal):
            first, second = second, first
        if isinstance(second, Literal) and type(second.value) is str:
            return f"({self.value(first, depth + 1)} {operator} {second.value!r})"
        if isinstance(second, Literal) and (second.value is None or type(second.value) is bool):
            # Named first: Python warns of `is` between two literals, and a query may well compare two.
            sign = "is" if operator == "==" else "is not"
            return f"(({self.temporary()} := {self.value(first, depth + 1)}) {sign} {second.value!r})"
        fixed = self.invariant(second)
        if fixed is None:
            first, second = second, first
            fixed = self.invariant(second)
        if fixed is None:
            return None
        kinds = self.hoist(f"{self.bind(equality_types)}({fixed})")
        kept = self.temporary()
        text = f"(type({kept} := {self.value(first, depth + 1)}) in {kinds} and {kept} == {fixed})"
        return text if operator == "==" else f"(not {text})"
