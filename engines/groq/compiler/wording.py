"""An expression as text again, short enough for a line of a plan."""

from __future__ import annotations

import json

from engines.groq.nodes import (
    And,
    Array,
    Binary,
    CustomCall,
    Everything,
    Expression,
    FunctionCall,
    Group,
    InRange,
    Literal,
    Or,
    Parameter,
    Parent,
    PipeCall,
    This,
    ThisAttribute,
    Traversal,
    Unary,
)
from engines.groq.steps import ArrayPostfix, Attribute, Dereference, Element, Filter, Projection, Slice, Step

_LONGEST = 80


def write(node: Expression) -> str:
    """The expression in GROQ, with `...` for what would not fit."""
    text = _write(node, 0)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _write(node: Expression, depth: int) -> str:  # noqa: C901, PLR0912 - one case for each kind of node
    if depth > 6:
        return "..."
    below = depth + 1
    match node:
        case Literal(value):
            return json.dumps(value, ensure_ascii=False)
        case This():
            return "@"
        case Everything():
            return "*"
        case Parent(level):
            return ".".join("^" * level)
        case ThisAttribute(name):
            return name
        case Parameter(name):
            return f"${name}"
        case Group(inner):
            return f"({_write(inner, below)})"
        case Array(elements):
            return f"[{', '.join(_write(element.value, below) for element in elements[:9])}]"
        case Unary(operator, operand):
            return f"{operator}{_write(operand, below)}"
        case Binary(first, rest):
            return _write(first, below) + "".join(f" {sign} {_write(other, below)}" for sign, other in rest[:9])
        case And(operands):
            return " && ".join(_write(operand, below) for operand in operands[:9])
        case Or(operands):
            return " || ".join(_write(operand, below) for operand in operands[:9])
        case InRange(value, bounds):
            dots = ".." if bounds.is_inclusive else "..."
            return f"{_write(value, below)} in {_write(bounds.low, below)}{dots}{_write(bounds.high, below)}"
        case FunctionCall(namespace, name, arguments):
            prefix = "" if namespace == "global" else f"{namespace}::"
            inside = [_write(item, below) for item in arguments]
            return f"{prefix}{name}({', '.join(inside)})"
        case CustomCall(name, arguments):
            return f"{name}({', '.join(_write(item, below) for item in arguments)})"
        case PipeCall(base, name, _):
            return f"{_write(base, below)} | {name}(...)"
        case Traversal(base, steps):
            return _write(base, below) + "".join(_write_step(step, below) for step in steps[:9])
        case _:
            return "{...}"


def _write_step(step: Step, depth: int) -> str:
    match step:
        case Attribute(name):
            return f".{name}"
        case Element(index):
            return f"[{index}]"
        case Slice(left, right, is_inclusive):
            return f"[{left}{'..' if is_inclusive else '...'}{right}]"
        case Filter(condition):
            return f"[{_write(condition, depth)}]"
        case ArrayPostfix():
            return "[]"
        case Dereference():
            return "->"
        case Projection():
            return "{...}"
