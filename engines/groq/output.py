"""The result of an evaluation as plain JSON, within the limits of size and depth."""

from __future__ import annotations

from engines.groq.errors import GroqLimitError
from engines.groq.scopes import Limits
from engines.groq.values import DateTime, Path, Value


def to_json(value: Value, limits: Limits) -> Value:
    """The value with datetimes and paths written out; what needs no change is passed on, not copied."""
    return _Writer(limits).write(value, 0)


_DEEPER = frozenset([dict, list, DateTime, Path])


class _Writer:
    __slots__ = ("_depth", "_left", "_limits")

    def __init__(self, limits: Limits) -> None:
        self._left = limits.result_values
        self._depth = limits.result_depth
        self._limits = limits

    def write(self, value: Value, depth: int) -> Value:
        kind = type(value)
        if kind is list:
            return self._write_list(value, depth + 1)
        if kind is dict:
            return self._write_dict(value, depth + 1)
        return str(value) if kind is DateTime or kind is Path else value

    def _write_list(self, items: list[Value], depth: int) -> Value:
        self._count(len(items), depth)
        changed: list[Value] | None = None
        for index, item in enumerate(items):
            kind = type(item)
            if kind is str or kind is int or item is None:
                continue
            if kind is dict and depth < self._depth and _DEEPER.isdisjoint(map(type, item.values())):
                self._left -= len(item) + 1
                continue
            written = self.write(item, depth)
            if written is not item:
                if changed is None:
                    changed = list(items)
                changed[index] = written
        return items if changed is None else changed

    def _write_dict(self, record: dict[str, Value], depth: int) -> Value:
        self._count(len(record), depth)
        changed: dict[str, Value] | None = None
        for name, item in record.items():
            kind = type(item)
            if kind is str or kind is int or item is None:
                continue
            written = self.write(item, depth)
            if written is not item:
                if changed is None:
                    changed = dict(record)
                changed[name] = written
        return record if changed is None else changed

    def _count(self, size: int, depth: int) -> None:
        self._left -= size + 1
        if self._left < 0:
            raise GroqLimitError(f"The result holds more than {self._limits.result_values:,} values")
        if depth > self._depth:
            raise GroqLimitError(f"The result is nested deeper than {self._depth} levels")
