"""Writes values as Python source, with everything that does not depend on the element taken out of the loop.

Only names made here and the `repr` of strings, integers, booleans and null reach the source; any other value is passed
in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engines.groq.compiler.closures import THIS
from engines.groq.compiler.loops import Bulk, Loop
from engines.groq.nodes import (
    Expression,
    FunctionCall,
    Group,
    Literal,
    NamedEntry,
    Object,
    SplatEntry,
    This,
    ThisAttribute,
    Traversal,
)
from engines.groq.steps import Attribute, Dereference, Step

if TYPE_CHECKING:
    from engines.groq.compiler.program import Compiler

DEEPEST = 8
# Python's own parser gives up on too many parentheses within each other.
_LONGEST_NEST = 8
_STEPS_IN_A_STRETCH = 1_000_000
_WRITABLE = frozenset([str, int, bool, type(None)])


def _nothing(_name: str) -> None:
    """What every attribute of a value is that is no object."""


class ValueWriter:
    """Writes one loop: text for the source, and the objects that it refers to by name."""

    def __init__(self, compiler: Compiler) -> None:
        self.compiler = compiler
        self._names: dict[str, object] = {"nothing": _nothing}
        self._before: list[str] = []
        self._temporaries = 0

    def finish(self, body: str) -> Loop:
        """The loop, given the lines that handle one element."""
        source = (
            "def loop(items, scope):\n"
            + "".join(f"    {line}\n" for line in self._before)
            + "    by_id = scope.context.source.by_id\n    result = []\n    append = result.append\n"
            + "    for this in items:\n        get = this.get if type(this) is dict else nothing\n"
            + body
            + "    return result\n"
        )
        exec(compile(source, "<groq>", "exec"), self._names)  # noqa: S102 - our own text; the query's values are bound
        loop: Bulk = self._names["loop"]  # type: ignore[assignment]  # what the source above defines
        return Loop(loop, max(_STEPS_IN_A_STRETCH // (len(source) // 20), 100))

    def bind(self, value: object) -> str:
        """A name for an object that the source needs."""
        name = f"k{len(self._names)}"
        self._names[name] = value
        return name

    def hoist(self, text: str) -> str:
        """A name for something computed once, ahead of the loop."""
        name = f"h{len(self._before)}"
        self._before.append(f"{name} = {text}")
        return name

    def temporary(self) -> str:
        """A name for a value within an expression."""
        self._temporaries += 1
        return f"t{self._temporaries}"

    def invariant(self, node: Expression) -> str | None:
        """A name for the value of an expression that is the same for every element, None when it may differ."""
        run, reads = self.compiler.compile_inner(node)
        if reads & THIS:
            return None
        return self.hoist(f"{self.bind(run)}(None, scope)")

    def fallback(self, node: Expression) -> str:
        """A call of the closure of an expression that is not written out."""
        return f"{self.bind(self.compiler.compile_inner(node).run)}(this, scope)"

    def value(self, node: Expression, depth: int) -> str:
        """Python that yields the value of an expression for the element `this`."""
        if depth > DEEPEST:
            return self.fallback(node)
        match node:
            case This():
                return "this"
            case ThisAttribute(name):
                return f"get({name!r})"
            case Literal(constant):
                return repr(constant) if type(constant) in _WRITABLE else self.bind(constant)
            case Group(inner):
                return self.value(inner, depth + 1)
            case Traversal(base, steps) if all(isinstance(step, Attribute | Dereference) for step in steps):
                return self._path(base, steps, depth)
            case FunctionCall("global", "coalesce", arguments) if 0 < len(arguments) <= _LONGEST_NEST:
                return self._coalesce(arguments, depth)
            case Object():
                return self.object(node, depth + 1)
            case _:
                return self.invariant(node) or self.fallback(node)

    def _path(self, base: Expression, steps: tuple[Step, ...], depth: int) -> str:
        if not isinstance(base, This | ThisAttribute) or len(steps) > _LONGEST_NEST:
            return self.fallback(Traversal(base, steps))
        text = self.value(base, depth + 1)
        for step in steps:
            if isinstance(step, Attribute):
                inner = self.temporary()
                text = f"({inner}.get({step.name!r}) if type({inner} := {text}) is dict else None)"
            else:
                reference, target = self.temporary(), self.temporary()
                known = f"type({reference} := {text}) is dict and type({target} := {reference}.get('_ref')) is str"
                text = f"(by_id({target}) if {known} else None)"
        return text

    def _coalesce(self, arguments: tuple[Expression, ...], depth: int) -> str:
        *firsts, last = arguments
        text = self.value(last, depth + 1)
        for argument in reversed(firsts):
            kept = self.temporary()
            first = self.value(argument, depth + 1)
            text = f"({kept} if ({kept} := {first}) is not None else {text})"
        return text

    def object(self, node: Object, depth: int) -> str:
        """Python that builds an object; later entries win and first ones keep their place, in Python as in GROQ."""
        parts = []
        for entry in node.entries:
            match entry:
                case NamedEntry(name, value):
                    parts.append(f"{name!r}: {self.value(value, depth + 1)}")
                case SplatEntry(This(), None):
                    parts.append("**(this if get is not nothing else {})")
                case SplatEntry(value, condition):
                    spread = self.temporary()
                    text = f"({spread} if type({spread} := {self.value(value, depth + 1)}) is dict else {{}})"
                    if condition is not None:
                        text = f"({text} if {self.condition(condition, depth + 1)} else {{}})"
                    parts.append(f"**{text}")
        return f"{{{', '.join(parts)}}}"

    def condition(self, node: Expression, depth: int) -> str:
        """Python that is true exactly when the expression is true."""
        raise NotImplementedError
