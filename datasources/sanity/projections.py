"""Fields of records that are read from the items of a projection, and queries that ask for these items alone."""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, Final, TypeVar

from datasources.record_parts import Part, RecordParts, Variant
from datasources.sanity.client import Perspective, SanityClient
from domain.selections import Fields

R = TypeVar("R")
T = TypeVar("T")

SHOWN: Final = "%shown%"
"""Where the projection stands in a query's text."""


def item(name: str, made: Callable[[Any], Any], *, of: str | None = None) -> Part[str]:
    """A field that `made` makes of an item; `of` is its expression where it is not the attribute of that name."""
    return Part((name if of is None else f'"{name}": {of}',), lambda row: made(row.get(name)))


def shown_for(
    client: SanityClient,
    parts: RecordParts[R, str],
    fields: Fields,
    perspective: Perspective = Perspective.PUBLISHED,
) -> Variant[R, str]:
    """The parts worth asking for: all of them where the answer is kept and shared by every selection."""
    is_kept = client.keeps_answers and perspective is Perspective.PUBLISHED
    return parts.whole if is_kept else parts.variant(fields)


@lru_cache(maxsize=512)
def written(groq: str, shown: Variant[Any, str]) -> str:
    """The query with its projection; both are made of constants of this package."""
    return groq.replace(SHOWN, f"{{{', '.join(shown.sources)}}}")


@lru_cache(maxsize=512)
def reading(read: Callable[[Variant[R, str], Any], T], shown: Variant[R, str]) -> Callable[[Any], T]:
    """`read` for the records of that projection; the same function for the same, as kept answers want it."""
    return partial(read, shown)
