"""Loops over long arrays: what they are, and when one is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from engines.groq.scopes import Scope
from engines.groq.values import Value

Bulk: TypeAlias = Callable[[list[Value], Scope], list[Value]]

# Shorter arrays are not worth the 0.2 ms that compiling takes.
BULK_FROM = 48


class Loop(NamedTuple):
    """A generated loop, and how many elements it takes about a tenth of a second for."""

    run: Bulk
    stretch: int


class LazyLoop:
    """A generated loop, made when the first long array comes along."""

    __slots__ = ("_generate", "_loop")

    def __init__(self, generate: Callable[[], Loop]) -> None:
        self._generate = generate
        self._loop: Loop | None = None

    def run(self, items: list[Value], scope: Scope) -> list[Value]:
        """What the loop makes of the items, with a look at the clock between long stretches."""
        if self._loop is None:
            self._loop = self._generate()
        run, stretch = self._loop
        if len(items) <= stretch:
            return run(items, scope)
        result: list[Value] = []
        for start in range(0, len(items), stretch):
            scope.context.spend(stretch)
            result += run(items[start : start + stretch], scope)
        return result
