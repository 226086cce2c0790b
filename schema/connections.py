"""Relay connections over the domain's keyset pages."""

from typing import Generic, TypeVar

import strawberry

from schema.fields import attribute

T = TypeVar("T")


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    """Relay `PageInfo`."""

    has_next_page: bool = attribute("Whether more records follow.")
    has_previous_page: bool = attribute("Whether this page was continued from a cursor.")
    start_cursor: str | None = attribute("The cursor of the first record.")
    end_cursor: str | None = attribute("The cursor of the last record; pass it as `after` to continue.")


@strawberry.type(description="A record and its place in the list.")
class Edge(Generic[T]):
    """Relay edge."""

    node: T = attribute("The record.")
    cursor: str = attribute("An opaque place; pass it as `after` to continue behind this record.")


@strawberry.type(description="One page of a list.")
class Connection(Generic[T]):
    """Relay connection."""

    edges: list[Edge[T]] = attribute("The records of this page, at most 100.")
    page_info: PageInfo = attribute("Where this page stands.")
