"""The Relay node interface, and `view`, which ties a GraphQL type to the record it shows."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import strawberry

from resolvers import nodes as resolve
from schema.fields import resolved
from schema.lifetimes import ALWAYS

T = TypeVar("T")


@strawberry.interface(description="Anything with an id that can be fetched again by it.")
class Node:
    """The Relay `Node` interface."""

    id: strawberry.ID = resolved(
        by=resolve.global_id, description="An opaque id, unique over the whole API.", kept=ALWAYS
    )


def view(
    of: type[Any], *, description: str, name: str | None = None, is_kept: bool = False
) -> Callable[[type[T]], type[T]]:
    """Declare a GraphQL type over a domain record; interfaces and unions find it by the record's class.

    `is_kept` says that its records mostly come from kept content, as the same objects again and again: then what
    follows from a record alone is made into JSON once.
    """

    def is_type_of(_cls: type[Any], value: Any, _info: Any) -> bool:
        return isinstance(value, of)

    def declare(cls: type[T]) -> type[T]:
        shows = functools.partial(is_type_of, cls)
        # An executor may ask for the class alone, where asking the function costs more than the answer is worth.
        shows.shown, shows.is_kept = of, is_kept  # type: ignore[attr-defined]
        cls.is_type_of = shows  # type: ignore[attr-defined]  # Strawberry's documented hook
        declared: type[T] = strawberry.type(cls, description=description, name=name)
        return declared

    return declare
