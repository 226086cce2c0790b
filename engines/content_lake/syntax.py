"""What the lake has to know of a GROQ query besides its answer: the nodes in it, and the filter it begins with."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from engines.groq.lexer import tokenize
from engines.groq.nodes import Program

_OPENING = frozenset("([{")
_CLOSING = frozenset(")]}")


def walk(node: object) -> Iterator[object]:
    """The node itself and every node below it."""
    pending = [node]
    while pending:
        current = pending.pop()
        if isinstance(current, tuple):
            pending.extend(current)
        elif is_dataclass(current):
            yield current
            pending.extend(getattr(current, field.name) for field in fields(current))


def contains(program: Program, kind: type) -> bool:
    """Whether a query has a node of a kind anywhere."""
    return any(isinstance(node, kind) for node in walk(program))


def filter_source(source: str) -> str:
    """The `*[...]` that a query begins with; the query itself when it begins otherwise.

    What follows (slices, order, projections) shapes a result but does not decide whether one document belongs to it.
    """
    depth = 0
    for place, token in enumerate(tokenize(source)):
        if (place == 0 and token.kind != "*") or (place == 1 and token.kind != "["):
            break
        depth += (token.kind in _OPENING) - (token.kind in _CLOSING)
        if place and depth == 0:
            return source[: token.end]
    return source
