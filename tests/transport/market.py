"""A marketplace small enough to read, with every shape of field the transport must carry."""

import asyncio
import base64
import dataclasses
import itertools
from collections.abc import AsyncGenerator
from typing import Annotated, Any, Union

import strawberry
from strawberry.schema.config import StrawberryConfig

from transport.identities import RequestFacts

SECRET = "postgresql://gavel:hunter2@db.internal/gavel"


@dataclasses.dataclass(slots=True)
class Context:
    """What a resolver gets; `serial` is new for every operation and every event."""

    viewer: Any
    facts: RequestFacts
    deadline: float
    serial: int


_serials = itertools.count()
started_bids: list[str] = []
finished_bids: list[str] = []
open_streams: set[int] = set()


def build_context(viewer: Any, facts: RequestFacts, deadline: float) -> Context:
    return Context(viewer, facts, deadline, next(_serials))


class BlockedError(Exception):
    """A fault whose sentence was written for clients."""

    public_code = "FORBIDDEN"
    public_message = "You may not see this."


def global_id(kind: str, number: int) -> strawberry.ID:
    return strawberry.ID(base64.b64encode(f"{kind}:{number}".encode()).decode())


@strawberry.interface
class Node:
    """Anything with a global id."""

    id: strawberry.ID


@strawberry.type
class User(Node):
    """A person."""

    name: str

    @strawberry.field
    def is_me(self, info: strawberry.Info[Context, None]) -> bool:
        return bool(info.context.viewer == "ada")


def make_user() -> User:
    return User(id=global_id("User", 1), name="Ada")


@strawberry.type
class Listing(Node):
    """A thing for sale."""

    title: str
    price: int

    seller: User = strawberry.field(resolver=make_user, metadata={"max_age": 60, "tags": ("users",)})

    @strawberry.field
    async def similar(self, first: int = 3) -> list["Listing"]:
        return [make_listing(number) for number in range(first)]

    @strawberry.field
    async def slow_reviews(self) -> list[str]:
        await asyncio.sleep(0.02)
        return ["good", "fine"]

    @strawberry.field
    def broken(self) -> str | None:
        raise RuntimeError(SECRET)

    @strawberry.field
    def blocked(self) -> str | None:
        raise BlockedError

    @strawberry.field
    def must(self) -> str:
        raise RuntimeError(SECRET)


def make_listing(number: int) -> Listing:
    return Listing(id=global_id("Listing", number), title=f"Bicycle {number}", price=number * 100)


@strawberry.type
class PageInfo:
    """Where a page ends."""

    has_next_page: bool
    has_previous_page: bool = False
    start_cursor: str | None = None
    end_cursor: str | None = None


@strawberry.type
class ListingEdge:
    """One row of a page."""

    cursor: str
    node: Listing


@strawberry.type
class ListingConnection:
    """A page."""

    edges: list[ListingEdge]
    page_info: PageInfo


async def page_of_listings(first: int = 10, after: str | None = None) -> ListingConnection:
    edges = [ListingEdge(cursor=str(number), node=make_listing(number)) for number in range(first)]
    return ListingConnection(edges=edges, page_info=PageInfo(has_next_page=True, end_cursor=str(first - 1)))


SearchResult = Annotated[Union[Listing, User], strawberry.union("SearchResult")]  # noqa: UP007  # Strawberry's form


@strawberry.type
class Query:
    """What can be asked."""

    hello: str = strawberry.field(resolver=lambda: "world")

    listings: ListingConnection = strawberry.field(
        resolver=page_of_listings, metadata={"max_age": 60, "tags": ("listings",)}
    )

    @strawberry.field
    def node(self, id: strawberry.ID) -> Node | None:  # noqa: A002  # the argument's name is Relay's
        try:
            kind, number = base64.b64decode(id, validate=True).decode().split(":")
            return make_listing(int(number)) if kind == "Listing" else User(id=id, name="Ada")
        except ValueError:
            return None

    @strawberry.field
    def search(self, text: str) -> list[SearchResult]:
        return [make_listing(1), User(id=global_id("User", 1), name="Ada")]

    @strawberry.field
    def me(self, info: strawberry.Info[Context, None]) -> str | None:
        return str(info.context.viewer) if info.context.viewer is not None else None

    @strawberry.field
    def serial(self, info: strawberry.Info[Context, None]) -> int:
        return info.context.serial

    @strawberry.field
    def bids_started(self) -> int:
        return len(started_bids)

    @strawberry.field
    async def slow(self, seconds: float = 0.05) -> str:
        await asyncio.sleep(seconds if seconds < 10 else 0)
        return "done"

    @strawberry.field
    async def stream_numbers(self) -> strawberry.Streamable[int]:
        for number in range(4):
            yield number

    @strawberry.field
    def echo(self, text: str | None = None, numbers: list[int] | None = None, ratio: float | None = None) -> str:
        return f"{text} {numbers} {ratio}"


@strawberry.type
class Bid:
    """An accepted bid."""

    key: str
    amount: int


def is_right_code(code: str) -> bool:
    return code == "right"


@strawberry.type
class Mutation:
    """What can be changed."""

    @strawberry.mutation
    async def place_bid(self, key: str, amount: int, seconds: float = 0.0) -> Bid:
        started_bids.append(key)
        await asyncio.sleep(seconds if seconds < 10 else 0)
        finished_bids.append(key)
        return Bid(key=key, amount=amount)

    redeem: bool = strawberry.mutation(resolver=is_right_code, metadata={"once": True})


@strawberry.type
class Tick:
    """One live event."""

    number: int

    @strawberry.field
    def serial(self, info: strawberry.Info[Context, None]) -> int:
        return info.context.serial

    @strawberry.field
    def viewer(self, info: strawberry.Info[Context, None]) -> str | None:
        return str(info.context.viewer) if info.context.viewer is not None else None


@strawberry.type
class Subscription:
    """What can be watched."""

    @strawberry.subscription
    async def ticks(self, count: int = 3, seconds: float = 0.0) -> AsyncGenerator[Tick]:
        marker = next(_serials)
        open_streams.add(marker)
        try:
            for number in range(count):
                yield Tick(number=number)
                await asyncio.sleep(seconds)
        finally:
            open_streams.discard(marker)

    @strawberry.subscription
    async def fails(self, after: int = 0) -> AsyncGenerator[Tick]:
        for number in range(after):
            yield Tick(number=number)
        raise RuntimeError(SECRET)

    @strawberry.subscription
    async def refuses(self, after: int = 0) -> AsyncGenerator[Tick]:
        if after >= 0:
            raise BlockedError
        yield Tick(number=0)


schema = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[Listing, User],
    config=StrawberryConfig(enable_experimental_incremental_execution=True),
)
