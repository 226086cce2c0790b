"""Values beyond JSON (datetimes, paths) and the comparisons that the language defines on all of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

# JSON values, datetimes and paths. Which of them it is gets decided at run time, by the language's own rules.
Value: TypeAlias = Any

NUMBER_TYPES = frozenset([int, float])
_RFC3339 = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:Z|([+-])(\d\d):(\d\d))", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
LARGEST_EXACT = 2**53
_ENDLESS = (float("inf"), float("-inf"))


@dataclass(frozen=True, slots=True, order=True)
class DateTime:
    """A point in time, in whole milliseconds since 1970 UTC (spec: Datetime)."""

    milliseconds: int

    @staticmethod
    def of(moment: datetime) -> DateTime:
        """The same point in time, from an aware datetime."""
        return DateTime((moment - _EPOCH) // _MILLISECOND)

    def plus(self, seconds: float) -> DateTime | None:
        """Moved by a number of seconds; None outside of the years 0 to 9999, which cannot be written."""
        moved = DateTime(int(self.milliseconds + seconds * 1000))
        return moved if _EARLIEST <= moved.milliseconds <= _LATEST else None

    def with_milliseconds(self) -> str:
        """RFC 3339 with three digits of a second, as now() writes it."""
        moment = _EPOCH + timedelta(milliseconds=self.milliseconds)
        return moment.isoformat(timespec="milliseconds")[:-6] + "Z"

    def __str__(self) -> str:
        text = self.with_milliseconds()
        return text if self.milliseconds % 1000 else f"{text[:-5]}Z"


_EARLIEST = DateTime.of(datetime(1, 1, 1, tzinfo=UTC)).milliseconds
_LATEST = DateTime.of(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)).milliseconds


def parse_date_time(text: str) -> DateTime | None:
    """A datetime from RFC 3339 text, or None when it is not one."""
    found = _RFC3339.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    milliseconds = DateTime.of(moment).milliseconds + int(((found.group(7) or "") + "000")[:3])
    if found.group(8):
        hours, minutes = int(found.group(9)), int(found.group(10))
        if hours > 23 or minutes > 59:
            return None
        offset = (hours * 60 + minutes) * 60_000
        milliseconds -= offset if found.group(8) == "+" else -offset
    return DateTime(milliseconds) if _EARLIEST <= milliseconds <= _LATEST else None


@dataclass(frozen=True, slots=True)
class Path:
    """A pattern over dotted ids: `*` stands for one part, `**` for any number of them."""

    pattern: str

    def matches(self, text: str) -> bool:
        """Whether the id fits the pattern; the effort is bounded by the product of their lengths."""
        wanted, given = self.pattern.split("."), text.split(".")
        at = place = 0
        resume: tuple[int, int] | None = None
        while place < len(given):
            if at < len(wanted) and wanted[at] == "**":
                # Takes one part for now, and more of them when the rest does not fit.
                resume = (at + 1, place + 1)
            elif not (at < len(wanted) and (wanted[at] == given[place] or (wanted[at] == "*" and given[place]))):
                if resume is None:
                    return False
                at, place = resume
                resume = (at, place + 1)
                continue
            at, place = at + 1, place + 1
        return at == len(wanted)

    def __str__(self) -> str:
        return self.pattern


def is_number(value: Value) -> bool:
    """Whether the value is a number; in this language a boolean is none."""
    return type(value) in NUMBER_TYPES


def finite(number: float) -> Value:
    """The number as the language keeps it: endless and undefined ones become null, whole ones stay exact."""
    if type(number) is int:
        if -LARGEST_EXACT <= number <= LARGEST_EXACT:
            return number
        try:
            return float(number)
        except OverflowError:
            return None
    if number != number or number in _ENDLESS:  # noqa: PLR0124 - the quickest test for "not a number"
        return None
    if -LARGEST_EXACT <= number <= LARGEST_EXACT and number == int(number):
        return int(number)
    return number


def equal(left: Value, right: Value) -> bool:
    """Equality of the specification: only simple values can be equal, and never across types."""
    kind = type(left)
    if kind is type(right):
        return kind is not dict and kind is not list and kind is not Path and left == right
    return kind in NUMBER_TYPES and type(right) in NUMBER_TYPES and left == right


def compare(left: Value, right: Value) -> int | None:
    """-1, 0 or 1; None when the two cannot be compared (spec: PartialCompare)."""
    kind = type(left)
    if kind is type(right):
        if kind is dict or kind is list or kind is Path or left is None:
            return None
    elif kind not in NUMBER_TYPES or type(right) not in NUMBER_TYPES:
        return None
    if left < right:
        return -1
    return 1 if left > right else 0


_TYPE_ORDER = {DateTime: 1, int: 2, float: 2, str: 3, bool: 4}


def sort_key(value: Value) -> tuple[int, Value]:
    """A key that sorts like TotalCompare: datetimes, numbers, strings, booleans, then all the rest as equals."""
    rank = _TYPE_ORDER.get(type(value), 5)
    return (rank, value) if rank < 5 else _LAST


_LAST = (5, 0)
