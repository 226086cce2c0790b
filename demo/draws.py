"""Seeded choices: named random streams, weighted tables and prices that people would really ask."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import TypeVar

T = TypeVar("T")
Row = tuple[str, ...]

_TABLES = Path(__file__).parent / "tables"


def stream(seed: int, name: str) -> Random:
    """A random stream of its own for each name, so that adding one document never changes another."""
    return Random(f"{seed}/{name}")


@cache
def table(name: str) -> tuple[Row, ...]:
    """The rows of `tables/NAME.txt`: fields parted by `;`, lines that begin with `#` are notes."""
    lines = (_TABLES / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return tuple(tuple(split(line, ";")) for line in lines if line and not line.startswith("#"))


def split(text: str, mark: str) -> list[str]:
    """The trimmed parts of a table field."""
    return [part.strip() for part in text.split(mark)]


def between(rng: Random, span: str) -> int:
    """A whole number within `low-high`."""
    low, _, high = span.partition("-")
    return rng.randint(int(low), int(high or low))


def weighted(rng: Random, rows: Sequence[Row], column: int) -> Row:
    """One row of a table, drawn by the weight in its column."""
    return pick(rng, rows, [int(row[column]) for row in rows])


def pick(rng: Random, items: Sequence[T], weights: Sequence[int]) -> T:
    """One item, drawn by weight."""
    totals = list(accumulate(weights))
    mark = rng.randrange(totals[-1])
    return next(item for item, total in zip(items, totals, strict=True) if mark < total)


def some(rng: Random, items: Sequence[T], low: int, high: int) -> tuple[T, ...]:
    """Between `low` and `high` different items, in random order."""
    return tuple(rng.sample(items, min(len(items), rng.randint(low, high))))


def asking(rng: Random, rand: float) -> int:
    """A believable asking price in rand near an amount: 289 900 rather than 291 337."""
    step = next(step for limit, step in _STEPS if rand < limit)
    price = max(step, round(rand / step) * step)
    if price >= 1_000 and rng.random() < 0.45:
        price -= max(1, step // 10) if step >= 100 else 1
    return price


def voiced(lines: Sequence[str], *, is_dealer: bool) -> list[str]:
    """The sentences that this seller would say: `D:` marks those of dealers alone, `P:` those of private people."""
    other = "P:" if is_dealer else "D:"
    return [line.removeprefix("D:").removeprefix("P:") for line in lines if not line.startswith(other)]


_STEPS = ((200, 5), (1_000, 10), (5_000, 50), (20_000, 100), (200_000, 1_000), (1_000_000, 5_000), (1e12, 50_000))
