"""Any interleaving and any crash of views, marks, seeds, folds and flushes loses nothing and counts nothing twice.

Each process is a generator of its real steps against a real Valkey and Postgres; hypothesis decides who takes the next
step and who dies; every seed begins by losing what was cached. After every step the stores are compared with the truth.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datasources import counters
from datasources.postgres import counters as recorded
from datasources.postgres import marks
from datasources.postgres.connections import Database
from datasources.postgres.marks import Mark
from datasources.redis import counters as live_counters
from datasources.redis.connections import LiveState
from domain.counters import ListingCounters
from tests.stores import rows

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
LISTINGS = ("bike", "car")
USERS = tuple(UUID(int=number) for number in range(1, 4))
Steps = AsyncIterator[None]


class Market:
    """The stores, and what truly happened."""

    def __init__(self, database: Database, live: LiveState) -> None:
        self.database = database
        self.live = live
        self.views: Counter[str] = Counter()
        self.likes: set[tuple[UUID, str]] = set()
        self.is_unsettled: set[str] = set()
        """Listings with a like that is recorded and whose cached total was not told yet."""
        self.batches = 0

    async def view(self, listing_id: str, viewer: int) -> Steps:
        await counters.by_ids(self.database, self.live, [listing_id])
        view = await live_counters.record_view(self.live, listing_id, f"v{viewer}")
        self.views[listing_id] += view is not None and view.is_counted
        yield

    async def like(self, listing_id: str, viewer: int) -> Steps:
        user_id = USERS[viewer % len(USERS)]
        has_liked = (user_id, listing_id) in self.likes
        if has_liked:
            change = await self.database.write(
                "test", lambda each: marks.remove(each, Mark.LIKE, user_id=user_id, listing_id=listing_id)
            )
        else:
            change = await self.database.write(
                "test", lambda each: marks.add(each, Mark.LIKE, user_id=user_id, listing_id=listing_id, at=NOW)
            )
        assert change.is_changed
        self.likes ^= {(user_id, listing_id)}
        self.is_unsettled.add(listing_id)
        yield
        await live_counters.touch(self.live, [listing_id])
        self.is_unsettled.discard(listing_id)
        yield

    async def seed(self, _listing_id: str, _viewer: int) -> Steps:
        await self.live.redis.delete(*(f"gavel:counters:{each}" for each in LISTINGS))
        seen = await live_counters.read(self.live, LISTINGS)
        yield
        if not seen.missing:
            return
        ids = list(seen.missing)
        found = await self.database.read("test", lambda each: recorded.read(each, ids, batch_id=seen.batch_id))
        yield
        await live_counters.seed(self.live, seen, found.counters, is_applied=found.is_applied)
        yield

    async def flush(self, _listing_id: str, _viewer: int) -> Steps:
        self.batches += 1
        batch = await live_counters.take_views(self.live, f"batch-{self.batches}")
        yield
        if batch is None:
            return
        at = NOW
        await self.database.write("test", lambda each: recorded.add_views(each, batch.batch_id, batch.views, at=at))
        yield
        await live_counters.finish_views(self.live, batch.batch_id)
        yield

    async def fold(self, _listing_id: str, _viewer: int) -> Steps:
        changes = await self.database.read("test", recorded.waiting_changes)
        ids = sorted(set(changes.values()))
        found = await self.database.read("test", lambda each: recorded.read(each, ids, batch_id=""))
        yield
        await live_counters.touch_differing(self.live, found.counters)
        yield
        await self.database.write("test", lambda each: recorded.fold_changes(each, list(changes), at=NOW))
        yield

    def likes_of(self, listing_id: str) -> int:
        return sum(each == listing_id for _, each in self.likes)

    async def check(self) -> None:
        """Views are exact in both stores at every moment; likes wherever no change is on its way."""
        seen = await live_counters.read(self.live, LISTINGS)
        for each in seen.found.values():
            assert each.views == self.views[each.listing_id]
            if each.listing_id not in self.is_unsettled:
                assert each.likes == self.likes_of(each.listing_id)
        held = await self.database.read("test", lambda each: recorded.read(each, LISTINGS, batch_id=seen.batch_id))
        waiting = await self._hash("gavel:views:waiting")
        in_flight = {} if held.is_applied else await self._hash("gavel:views:in-flight")
        for base in held.counters:
            on_the_way = int(waiting.get(base.listing_id, 0)) + int(in_flight.get(base.listing_id, 0))
            assert base.views + on_the_way == self.views[base.listing_id]
            assert base.likes == self.likes_of(base.listing_id)

    async def _hash(self, key: str) -> dict[str, str]:
        found: Any = self.live.redis.hgetall(key)
        return dict(await found)

    async def settle(self) -> None:
        """Flush and fold once more, as the next scheduled run does, and expect the truth everywhere."""
        for process in (self.fold, self.flush, self.flush):
            async for _ in process("", 0):
                pass
        truth = [ListingCounters(each, self.views[each], self.likes_of(each), 0) for each in LISTINGS]
        assert await counters.by_ids(self.database, self.live, LISTINGS) == truth
        held = await self.database.read("test", lambda each: recorded.read(each, LISTINGS, batch_id=""))
        assert list(held.counters) == truth


KINDS: tuple[Callable[[Market, str, int], Steps], ...] = (
    Market.view,
    Market.view,
    Market.like,
    Market.seed,
    Market.seed,
    Market.flush,
    Market.flush,
    Market.fold,
)
_MOST_RUNNING = 3
STARTS = st.tuples(st.just("start"), st.integers(0, len(KINDS) - 1), st.sampled_from(LISTINGS), st.integers(0, 60))
ADVANCES = st.tuples(st.just("advance"), st.integers(0, 3), st.just(""), st.just(0))
CRASHES = st.tuples(st.just("crash"), st.integers(0, 3), st.just(""), st.just(0))
HISTORIES = st.lists(
    st.sampled_from((STARTS, STARTS, STARTS, ADVANCES, ADVANCES, ADVANCES, CRASHES)).flatmap(lambda each: each),
    min_size=20,
    max_size=70,
)


async def play(database_url: str, redis_url: str, history: list[tuple[str, int, str, int]]) -> None:
    await rows(database_url, "truncate listing_counters, counter_flushes, counter_changes, likes, favourites")
    database, live = Database(database_url, statement_seconds=5), LiveState(redis_url, call_seconds=5)
    await live.redis.flushdb()
    market = Market(database, live)
    running: list[Steps] = []
    try:
        for action, number, listing_id, viewer in history:
            if action == "start":
                process = KINDS[number](market, listing_id, viewer)
                running = [*running[-_MOST_RUNNING:], process]
            elif running:
                process = running[number % len(running)]
            else:
                continue
            if action == "crash" or await anext(process, StopAsyncIteration) is StopAsyncIteration:
                running.remove(process)
            await market.check()
        await market.settle()
    finally:
        await database.close()
        await live.close()


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=HISTORIES)
def test_any_interleaving_and_any_crash_keeps_every_count(
    database_url: str, redis_url: str, history: list[tuple[str, int, str, int]]
) -> None:
    asyncio.run(_with_users(database_url, redis_url, history))


async def _with_users(database_url: str, redis_url: str, history: list[tuple[str, int, str, int]]) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.executemany(
        "insert into users values ($1, 'issuer', $2, now()) on conflict do nothing",
        [(each, str(each)) for each in USERS],
    )
    await connection.close()
    await play(database_url, redis_url, history)
