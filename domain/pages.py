"""Keyset pages: slices asked for, records found, and the opaque cursors between them."""

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Generic, TypeVar

from domain.problems import BadInputError

T = TypeVar("T")

LARGEST_PAGE = 100
_LONGEST_CURSOR = 600

CursorValue = str | int | float | None


@dataclass(frozen=True, slots=True)
class Slice:
    """How many records are wanted, and the key values after which they start."""

    first: int
    after: tuple[CursorValue, ...] | None = None


@dataclass(frozen=True, slots=True)
class PageInfo:
    """Where a page stands in its list (Relay connection specification)."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@dataclass(frozen=True, slots=True)
class Edge(Generic[T]):
    """A record and the cursor that continues after it."""

    node: T
    cursor: str


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a keyset-ordered list; `total_count` only where counting is cheap."""

    edges: tuple[Edge[T], ...]
    page_info: PageInfo
    total_count: int | None = None


@dataclass(frozen=True, slots=True)
class KeptPage(Page[T]):
    """A page that is the same object for everybody until something in it changes; nothing of a viewer is in it."""

    is_kept: ClassVar[bool] = True
    """What follows from it alone may be kept for as long as it is the same object."""


def encode_cursor(values: Sequence[CursorValue]) -> str:
    """The opaque text of a position: its sort values, the last one unique."""
    return _encoded(*values)


@lru_cache(maxsize=10_000, typed=True)
def _encoded(*values: CursorValue) -> str:
    packed = json.dumps(values, separators=(",", ":"), ensure_ascii=False).encode()
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def decode_cursor(text: str, *, arity: int) -> tuple[CursorValue, ...]:
    """The sort values of a cursor made by :func:`encode_cursor`; BAD_CURSOR for anything else."""
    problem = BadInputError("BAD_CURSOR", "The cursor was not made by this list; leave it out to start again.")
    if len(text) > _LONGEST_CURSOR:
        raise problem
    try:
        values = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise problem from None
    if not isinstance(values, list) or len(values) != arity:
        raise problem
    if not all(
        value is None or (isinstance(value, (str, int, float)) and value is not True and value is not False)
        for value in values
    ):
        raise problem
    return tuple(values)


def slice_of(first: int, after: str | None, *, arity: int) -> Slice:
    """A checked slice; pages hold 1 to 100 records (BAD_PAGE_SIZE, BAD_CURSOR)."""
    if not 1 <= first <= LARGEST_PAGE:
        raise BadInputError("BAD_PAGE_SIZE", f"Ask for 1 to {LARGEST_PAGE} records at a time; {first} were asked for.")
    return Slice(first, decode_cursor(after, arity=arity) if after else None)


def keyed_page(
    found: Sequence[tuple[Sequence[CursorValue], T]], wanted: Slice, *, total_count: int | None = None
) -> Page[T]:
    """A page from up to ``wanted.first + 1`` keyed records: the spare one only proves that more follow."""
    edges = tuple(Edge(node, encode_cursor(key)) for key, node in found[: wanted.first])
    info = PageInfo(
        has_next_page=len(found) > wanted.first,
        has_previous_page=wanted.after is not None,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
    )
    return Page(edges, info, total_count)


class KeptRecords(list[tuple[tuple[CursorValue, ...], T]]):
    """Keyed records that are kept together, up to one more than a page of them wants; nobody changes them."""

    __slots__ = ("_page", "_wanted")

    _page: KeptPage[T]
    _wanted: Slice | None

    def __init__(self, found: Iterable[tuple[tuple[CursorValue, ...], T]]) -> None:
        super().__init__(found)
        self._wanted = None

    def page(self, wanted: Slice) -> KeptPage[T]:
        """Their page; the same object for everybody who wants the same."""
        if self._wanted != wanted:
            made = keyed_page(self, wanted)
            self._page, self._wanted = KeptPage(made.edges, made.page_info), wanted
        return self._page


def page_of(found: Sequence[T], wanted: Slice, *, key: Callable[[T], Sequence[CursorValue]]) -> Page[T]:
    """A page from up to ``wanted.first + 1`` records whose key is read from the record itself."""
    return keyed_page([(key(each), each) for each in found], wanted)


def map_page(page: Page[T], nodes: Sequence[T | None]) -> Page[T]:
    """The same page with its nodes replaced in order; positions whose node is gone are left out."""
    edges = tuple(Edge(node, edge.cursor) for edge, node in zip(page.edges, nodes, strict=True) if node is not None)
    return Page(edges, page.page_info, page.total_count)
