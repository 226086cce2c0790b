"""A schema with a log and a state that everybody may follow alike, over a store in this process, and what it counts."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import strawberry
from strawberry import Parent

from tests.transport.conftest import authenticate
from transport.answers import Answer
from transport.endpoint import GraphQLEndpoint, create_endpoint
from transport.errors import Refused
from transport.executors import CoreExecutor
from transport.field_facts import graphql_schema
from transport.identities import Credentials, Identity, NotAuthenticated, RequestFacts
from transport.live_operations import live_answers
from transport.operations import Admitted, Operations
from transport.options import Budget, Budgets, SocketLimits, TransportOptions
from transport.plan.executors import CompiledExecutor
from transport.requests import GraphQLRequest


@dataclass
class Store:
    """The lines of one log and the versions of some things, with those who wait for more."""

    lines: list[str] = field(default_factory=list)
    versions: dict[str, int] = field(default_factory=lambda: {"a": 1, "b": 1, "c": 1})
    is_closed: bool = False
    fault: Exception | None = None
    open_sources: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()

    def write(self, line: str) -> None:
        self.lines.append(line)
        self.tell()

    def raise_version(self, name: str) -> None:
        self.versions[name] += 1
        self.tell()


@dataclass(frozen=True)
class Context:
    """What a resolver gets."""

    viewer: Any
    store: Store
    serial: object = field(default_factory=object)


Info = strawberry.Info[Context, None]


@dataclass(frozen=True)
class Entry:
    """A line, or with `is_start` how the log stands."""

    seq: int
    text: str
    is_start: bool = False


def count_note(info: Info, root: Parent[Entry]) -> str:
    info.context.store.counts["executions"] += 1
    return f"{root.seq}!"


def viewer_of(info: Info) -> str | None:
    viewer: str | None = info.context.viewer
    return viewer


def cursor_of(root: Parent[Entry]) -> str:
    return f"at:{root.seq}"


def same_line(root: Parent[Any]) -> Any:
    return root


PUBLIC = {"max_age": 0, "scope": "PUBLIC"}


@strawberry.interface
class Shown:
    """What both kinds of lines have."""

    seq: int


@strawberry.type
class Line(Shown):
    """One event of the log."""

    text: str
    is_start: bool
    note: str = strawberry.field(resolver=count_note, metadata=PUBLIC)
    mine: str | None = strawberry.field(resolver=viewer_of)
    cursor: str = strawberry.field(resolver=cursor_of, metadata=PUBLIC)
    again: Shown = strawberry.field(resolver=same_line, metadata=PUBLIC)


@strawberry.type
class Other(Shown):
    """A kind of line whose number depends on who looks."""

    seq: int = strawberry.field(resolver=lambda: 0)


@strawberry.type
class Thing:
    """How one thing stands."""

    name: str
    version: int


@dataclass(frozen=True)
class LogTopic:
    """The log as the transport sees it."""

    is_log: bool = True
    place: Callable[[Any], Any] = lambda event: event.seq
    cursor: Callable[[Any], str | None] = lambda event: f"at:{event.seq}"
    restarts: Callable[[Any], bool] = lambda _event: False


@dataclass(frozen=True)
class StateTopic(LogTopic):
    """The state as the transport sees it."""

    is_log: bool = False
    place: Callable[[Any], Mapping[str, int]] = lambda event: {each.name: each.version for each in event}
    cursor: Callable[[Any], str | None] = lambda _event: None


async def follow_lines(info: Info, after: str | None = None) -> AsyncGenerator[Line]:
    store = info.context.store
    store.open_sources += 1
    store.counts["sources"] += 1
    try:
        await asyncio.sleep(0)
        if after is None:
            seen = len(store.lines)
            await settle(5)  # what was read is on its way
            yield Line(seq=seen, text="", is_start=True)
        else:
            if not after.startswith("at:"):
                raise ValueError(after)
            seen = int(after[3:])
        while True:
            while seen < len(store.lines):
                seen += 1
                await asyncio.sleep(0)
                yield Line(seq=seen, text=store.lines[seen - 1], is_start=False)
            if store.fault is not None:
                raise store.fault
            if store.is_closed:
                return
            await store.changed.wait()
    finally:
        store.open_sources -= 1


async def follow_things(info: Info, names: list[str]) -> AsyncGenerator[list[Thing]]:
    store = info.context.store
    store.open_sources += 1
    told: dict[str, int] = {}
    try:
        while True:
            await asyncio.sleep(0)
            found = {name: store.versions[name] for name in names}
            news = [Thing(name=name, version=version) for name, version in found.items() if told.get(name) != version]
            told = found
            if news:
                await asyncio.sleep(0)
                yield news
            else:
                await store.changed.wait()
    finally:
        store.open_sources -= 1


@strawberry.type
class Query:
    """Nothing to ask."""

    hello: str = "world"


@strawberry.type
class Subscription:
    """A shared log, a shared state, and the log as nobody's business."""

    lines: AsyncGenerator[Line] = strawberry.subscription(resolver=follow_lines, metadata={"topic": LogTopic()})
    things: AsyncGenerator[list[Thing]] = strawberry.subscription(
        resolver=follow_things, metadata={"topic": StateTopic()}
    )
    alone: AsyncGenerator[Line] = strawberry.subscription(resolver=follow_lines)


schema = strawberry.Schema(query=Query, subscription=Subscription, types=[Line, Other])

_PLENTY = Budget(per_minute=10_000_000, burst=10_000_000)
OPTIONS = TransportOptions(
    budgets=Budgets(anonymous_requests=_PLENTY, viewer_requests=_PLENTY, anonymous_cost=_PLENTY, viewer_cost=_PLENTY),
    sockets=SocketLimits(per_address=10_000),
    most_loop_lag_seconds=60.0,
)


async def authenticate_for_a_while(credentials: Credentials) -> Identity | NotAuthenticated:
    """As everywhere in these tests; one viewer's token ends soon."""
    identity = await authenticate(credentials)
    if isinstance(identity, Identity) and identity.key == "short-lived":
        return replace(identity, expires_at=time.time() + 0.7)
    return identity


def build(store: Store, *, compiled: bool = True, options: TransportOptions = OPTIONS) -> GraphQLEndpoint:
    """An endpoint over the store."""
    core = graphql_schema(schema)
    return create_endpoint(
        schema,
        build_context=lambda viewer, _facts, _deadline: Context(viewer, store),
        options=options,
        authenticate=authenticate_for_a_while,
        executor=CompiledExecutor(core) if compiled else CoreExecutor(core),
    )


async def admit(
    operations: Operations, document: str, variables: dict[str, Any] | None = None, viewer: str | None = None
) -> Admitted:
    """A subscription that may run."""
    facts = RequestFacts(request_id=f"of-{viewer}", address="here", protocol="websocket")
    identity = Identity(viewer=viewer, key=viewer)
    prepared = await operations.prepare(GraphQLRequest(query=document, variables=variables or {}), identity, facts)
    assert not isinstance(prepared, Refused), prepared
    admitted = await operations.admit(prepared, variables or {}, identity, facts)
    assert isinstance(admitted, Admitted)
    return admitted


class Watcher:
    """One client that reads a subscription as fast as it likes."""

    def __init__(self, operations: Operations, admitted: Admitted) -> None:
        self.answers: list[Answer] = []
        self.reads = asyncio.Event()
        self.reads.set()
        self._stream = live_answers(operations, admitted)
        self.task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        try:
            async for answer in self._stream:
                self.answers.append(answer)
                await self.reads.wait()
        finally:
            await self._stream.aclose()

    async def stop(self) -> None:
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task

    def shown(self, field_name: str) -> list[Any]:
        """What the client was shown of one field."""
        return [answer.body["data"][field_name] for answer in self.answers if "data" in answer.body]


async def settle(turns: int = 60) -> None:
    """Let everything that can happen happen."""
    for _ in range(turns):
        await asyncio.sleep(0)
