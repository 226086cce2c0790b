"""A compiled expression: what runs, and which scopes it looks at."""

from __future__ import annotations

from typing import NamedTuple

from engines.groq.scopes import Run, StepRun

# Bits of `reads`: the frame of a custom function, the current value, its parent, its grandparent and so on.
FRAME = 1
THIS = 2


class Compiled(NamedTuple):
    """An expression ready to run; `reads` says which scopes its value depends on."""

    run: Run
    reads: int


class CompiledStep(NamedTuple):
    """A step of a traversal ready to run; `reads` does not count the value that it is applied to.

    `each` does to every element of an array what `run` does to one value, where there is a faster way to do so.
    """

    run: StepRun
    reads: int
    each: StepRun | None = None


def parent_bit(level: int) -> int:
    """The bit of the scope `level` above the current one."""
    return THIS << level


def seen_from_outside(reads: int) -> int:
    """What an expression reads, told from the scope around the one it runs in."""
    return ((reads >> 1) & ~FRAME) | (reads & FRAME)
