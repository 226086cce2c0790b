"""Reads of public records that several requests share: while one batch is under way, all keys gather for the next.

Nothing of a viewer ever comes here: a batch is made from the open clients alone, runs in a context of its own, and its
values are the same for everybody. A request only joins a batch that has not begun, so it sees what was written before.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextvars import Context
from typing import Any, Final, Generic, TypeVar

from datasources import counters
from datasources.guards import Spend, current_spend, request_deadline
from datasources.postgres import auctions, results, sales
from datasources.redis import auctions as live_lots
from datasources.redis.auctions import LiveLot
from datasources.sources import Sources
from domain.auctions import Auction, Sale
from domain.counters import ListingCounters
from domain.problems import UpstreamUnavailableError
from domain.results import AuctionResult
from domain.selections import NOTHING, Fields, merged
from loaders.batches import LARGEST_BATCH

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_PATIENCE_SECONDS: Final = 0.02
"""A batch that takes longer than this holds nobody up: the next one begins beside it."""


class _Wave(Generic[K, V]):
    """Keys that are read together, and those who wait for them."""

    __slots__ = ("fields", "keys", "spend", "waiting")

    def __init__(self) -> None:
        self.keys: dict[K, None] = {}
        self.fields: Fields = NOTHING
        self.waiting: list[asyncio.Future[dict[K, V | Exception]]] = []
        self.spend = Spend()


class SharedReads(Generic[K, V]):
    """The batches of one public loader in this process."""

    def __init__(self, system: str, batch: Callable[[list[K], Fields], Awaitable[Sequence[V]]]) -> None:
        self._system = system
        self._batch = batch
        self._gathering: _Wave[K, V] | None = None
        self._running: set[asyncio.Task[None]] = set()
        self._began_at = 0.0
        self._is_called = False

    async def read(self, keys: list[K], fields: Fields = None) -> list[V]:
        """Values in the order of the keys, with these fields; UpstreamUnavailableError once the deadline is over.

        A batch is read with what all who joined it need.
        """
        loop = asyncio.get_running_loop()
        wave = self._gathering
        if wave is None:
            wave = self._gathering = _Wave()
            self._call(loop)
        wave.keys.update(dict.fromkeys(keys))
        wave.fields = merged(wave.fields, fields)
        future: asyncio.Future[dict[K, V | Exception]] = loop.create_future()
        wave.waiting.append(future)
        deadline = request_deadline.get()
        timer = None if deadline is None else loop.call_at(deadline, _expire, future, self._system)
        try:
            found: dict[K, Any] = await future
        finally:
            if timer is not None:
                timer.cancel()
            if (spend := current_spend.get()) is not None:
                spend.join(wave.spend)
        return [found[key] for key in keys]

    def _call(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let the gathering wave begin: at the end of this turn, or when the one before it is over or slow."""
        if self._is_called:
            return
        self._is_called = True
        left = self._began_at + _PATIENCE_SECONDS - loop.time() if self._running else 0.0
        if left > 0:
            loop.call_later(left, self._begin)
        else:
            loop.call_soon(self._begin)

    def _begin(self) -> None:
        self._is_called = False
        wave, self._gathering = self._gathering, None
        if wave is None:
            return
        loop = asyncio.get_running_loop()
        self._began_at = loop.time()
        context = Context()
        context.run(current_spend.set, wave.spend)
        task = loop.create_task(self._run(wave), context=context)
        self._running.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if self._gathering is not None:
            self._begin()

    async def _run(self, wave: _Wave[K, V]) -> None:
        keys = list(wave.keys)
        parts = [keys[start : start + LARGEST_BATCH] for start in range(0, len(keys), LARGEST_BATCH)]
        found: dict[K, V | Exception] = {}
        failure: Exception | None = UpstreamUnavailableError(self._system)  # of a batch that is cancelled
        try:
            for part in parts:
                found.update(zip(part, await self._batch(part, wave.fields), strict=True))
            failure = None
        except Exception as error:  # noqa: BLE001 - it is every waiting caller's error
            failure = error
        finally:
            for future in wave.waiting:
                if future.done():
                    continue
                if failure is not None:
                    future.set_exception(failure)
                else:
                    future.set_result(found)


class PublicReads:
    """The shared reads of a process: only what is the same for everybody, by its id."""

    def __init__(self, sources: Sources) -> None:
        database, live = sources.database, sources.live
        self.counters: SharedReads[str, ListingCounters] = SharedReads(
            "redis", lambda ids, _fields: counters.by_ids(database, live, ids)
        )
        self.auctions: SharedReads[str, Auction | None] = SharedReads(
            "postgres", lambda ids, fields: auctions.by_ids(database, ids, fields=fields)
        )
        self.sales: SharedReads[str, Sale | None] = SharedReads(
            "postgres", lambda ids, _fields: sales.by_ids(database, ids)
        )
        self.results: SharedReads[str, AuctionResult | None] = SharedReads(
            "postgres", lambda ids, _fields: results.by_ids(database, ids)
        )
        self.lots: SharedReads[str, LiveLot | None] = SharedReads(
            "redis", lambda ids, _fields: live_lots.read_lots(live, ids)
        )


def _expire(future: "asyncio.Future[Any]", system: str) -> None:
    if not future.done():
        future.set_exception(UpstreamUnavailableError(system))
