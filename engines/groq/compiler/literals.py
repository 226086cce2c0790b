"""Closures for literals: constants, arrays and objects."""

from __future__ import annotations

from collections.abc import Sequence

from engines.groq.arithmetic import LARGEST_ARRAY
from engines.groq.compiler.closures import Compiled
from engines.groq.errors import GroqLimitError
from engines.groq.nodes import Array, Expression, NamedEntry, Object
from engines.groq.scopes import Run, Scope
from engines.groq.values import Value


def constant(value: Value) -> Compiled:
    """Always the same value."""
    return Compiled(lambda _this, _scope: value, 0)


def array_builder(elements: Sequence[tuple[Run, bool]]) -> Run:
    """An array of (element, whether its own elements are spread out)."""
    if not any(is_splat for _, is_splat in elements):
        runs = [run for run, _ in elements]
        return lambda this, scope: [run(this, scope) for run in runs]

    def build(this: Value, scope: Scope) -> Value:
        result: list[Value] = []
        for run, is_splat in elements:
            value = run(this, scope)
            if not is_splat:
                result.append(value)
            elif type(value) is list:
                result.extend(value)
                if len(result) > LARGEST_ARRAY:
                    raise GroqLimitError(f"An array grew beyond {LARGEST_ARRAY:,} elements")
        scope.context.grow(8 * len(result))
        return result

    return build


def object_builder(entries: Sequence[tuple[str | None, Run, Run | None]]) -> Run:
    """An object of (name, value, condition) entries; no name means that the value's attributes are spread out."""
    if all(name is not None for name, _, _ in entries):
        named = [(name, run) for name, run, _ in entries]
        return lambda this, scope: {name: run(this, scope) for name, run in named}

    def build(this: Value, scope: Scope) -> Value:
        result: dict[str, Value] = {}
        for name, run, condition in entries:
            if name is not None:
                result[name] = run(this, scope)
            elif condition is None or condition(this, scope) is True:
                value = run(this, scope)
                if type(value) is dict:
                    result.update(value)
        return result

    return build


def weigh(node: Object) -> int:
    """About how many bytes an object of this form takes, the literals inside of it included."""
    weight = 0
    waiting: list[Expression] = [node]
    while waiting:
        current = waiting.pop()
        weight += _ENTRY
        if isinstance(current, Object):
            weight += sum(_ENTRY if isinstance(entry, NamedEntry) else _SPLAT for entry in current.entries)
            waiting.extend(entry.value for entry in current.entries if isinstance(entry.value, Object | Array))
        elif isinstance(current, Array):
            weight += _ENTRY * len(current.elements)
            waiting.extend(item.value for item in current.elements if isinstance(item.value, Object | Array))
    return weight


_ENTRY = 64
_SPLAT = 16 * _ENTRY
