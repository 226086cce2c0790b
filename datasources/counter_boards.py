"""Live counters: one reader of changes per process, and for each follower the newest counters of what changed."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextvars import Context

import structlog

from datasources import counters
from datasources.postgres.connections import Database
from datasources.redis import counters as live_counters
from datasources.redis.connections import LiveState
from domain.counters import ListingCounters
from domain.problems import UpstreamUnavailableError

_log = structlog.get_logger(__name__)

PACE_SECONDS = 0.25
_MOST_AT_ONCE = 5_000
_CHUNK = 500


class _Follower:
    """What one follower has not taken yet: at most one entry per listing."""

    def __init__(self) -> None:
        self.newest: dict[str, ListingCounters] = {}
        self.arrived = asyncio.Event()


class CounterBoard:
    """One per process; a listing with many followers is read once for all of them."""

    def __init__(self, database: Database, live: LiveState) -> None:
        self._database = database
        self._live = live
        self._followers: dict[str, set[_Follower]] = {}
        self._task: asyncio.Task[None] | None = None

    @property
    def followed_count(self) -> int:
        """How many listings are followed."""
        return len(self._followers)

    async def follow(self, ids: Sequence[str]) -> AsyncGenerator[list[ListingCounters]]:
        """The counters of these listings, then again of those that changed, a few times a second at the most."""
        follower = _Follower()
        wanted = list(dict.fromkeys(ids))
        try:
            for each in wanted:
                self._followers.setdefault(each, set()).add(follower)
            if self._task is None or self._task.done():
                place = await live_counters.newest_change(self._live)
                if self._task is None or self._task.done():
                    self._task = asyncio.create_task(self._run(place), context=Context())
            yield await counters.by_ids(self._database, self._live, wanted)
            while True:
                await follower.arrived.wait()
                follower.arrived.clear()
                changed, follower.newest = list(follower.newest.values()), {}
                if changed:
                    yield changed
                await asyncio.sleep(PACE_SECONDS)
        finally:
            self._leave(wanted, follower)

    def _leave(self, ids: Sequence[str], follower: _Follower) -> None:
        for each in ids:
            others = self._followers.get(each, set())
            others.discard(follower)
            if not others:
                self._followers.pop(each, None)

    async def _run(self, place: str) -> None:
        """Read changes until nobody follows; a state needs no replay, so after an outage everything is read anew."""
        is_behind = False
        while self._followers:
            try:
                place, changed = await live_counters.changes_after(self._live, place, most=_MOST_AT_ONCE)
                await self._show(list(self._followers) if is_behind else changed)
                is_behind = False
            except UpstreamUnavailableError:
                is_behind, changed = True, []
            except Exception:  # noqa: BLE001 - whatever it is, the followers are not to be left without a reader
                _log.exception("live counters were not read")
                is_behind, changed = True, []
            if len(changed) < _MOST_AT_ONCE:
                await asyncio.sleep(PACE_SECONDS)

    async def _show(self, changed: Sequence[str]) -> None:
        wanted = [each for each in dict.fromkeys(changed) if each in self._followers]
        for start in range(0, len(wanted), _CHUNK):
            for found in await counters.by_ids(self._database, self._live, wanted[start : start + _CHUNK]):
                for follower in self._followers.get(found.listing_id, ()):
                    follower.newest[found.listing_id] = found
                    follower.arrived.set()

    async def close(self) -> None:
        """Stop reading."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
