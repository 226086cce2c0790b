"""Closures for three-valued logic and ranges."""

from __future__ import annotations

from collections.abc import Sequence

from engines.groq.scopes import Run, Scope
from engines.groq.values import Value, compare


def all_of(operands: Sequence[Run]) -> Run:
    """`&&`: false when one is false, else null when one is no boolean, else true."""
    if len(operands) == 2:
        return _both(*operands)

    def run(this: Value, scope: Scope) -> Value:
        result: bool | None = True
        for operand in operands:
            value = operand(this, scope)
            if value is False:
                return False
            if value is not True:
                result = None
        return result

    return run


def _both(first: Run, second: Run) -> Run:
    def run(this: Value, scope: Scope) -> Value:
        left = first(this, scope)
        if left is False:
            return False
        right = second(this, scope)
        if right is False:
            return False
        return True if left is True and right is True else None

    return run


def any_of(operands: Sequence[Run]) -> Run:
    """`||`: true when one is true, else null when one is no boolean, else false."""

    def run(this: Value, scope: Scope) -> Value:
        result: bool | None = False
        for operand in operands:
            value = operand(this, scope)
            if value is True:
                return True
            if value is not False:
                result = None
        return result

    return run


def negation(operand: Run) -> Run:
    """`!`: null unless the value is a boolean."""

    def run(this: Value, scope: Scope) -> Value:
        value = operand(this, scope)
        if value is True:
            return False
        return True if value is False else None

    return run


def in_range(value: Run, low: Run, high: Run, *, is_inclusive: bool) -> Run:
    """`value in low..high`: null when the value cannot be compared with both ends."""
    most = 0 if is_inclusive else -1

    def run(this: Value, scope: Scope) -> Value:
        subject = value(this, scope)
        from_low = compare(subject, low(this, scope))
        to_high = compare(subject, high(this, scope))
        if from_low is None or to_high is None:
            return None
        return from_low >= 0 and to_high <= most

    return run
