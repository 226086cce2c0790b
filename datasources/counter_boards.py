"""Live counters: one reader of changes per process, and for each follower the newest counters of what changed."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextvars import Context

import structlog

from datasources import counters
from datasources.postgres.connections import Database
from datasources.redis import counters as live_counters
from datasources.redis.connections import LiveState
from domain.counters import ListingCounters, LiveListingCounters
from domain.problems import UpstreamUnavailableError

_log = structlog.get_logger(__name__)

PACE_SECONDS = 0.25
_MOST_AT_ONCE = 5_000
_CHUNK = 500
_READS = 3


class _Follower:
    """Which listings changed since this follower took their counters."""

    def __init__(self) -> None:
        self.changed: dict[str, None] = {}
        self.arrived = asyncio.Event()

    def put(self, listing_id: str) -> None:
        self.changed[listing_id] = None
        self.arrived.set()

    def take(self) -> list[str]:
        changed, self.changed = list(self.changed), {}
        self.arrived.clear()
        return changed


class CounterBoard:
    """One per process; a listing with many followers is read once for all of them.

    Several may read at one time, so each read notes the moments at which it began and ended: where two overlap and say
    different things, nobody knows which is newer, and it is read again instead of shown.
    """

    def __init__(self, database: Database, live: LiveState) -> None:
        self._database = database
        self._live = live
        self._followers: dict[str, set[_Follower]] = {}
        self._newest: dict[str, LiveListingCounters] = {}
        self._read_at: dict[str, int] = {}
        self._moment = 0
        self._unsure: dict[str, None] = {}
        self._task: asyncio.Task[None] | None = None

    @property
    def followed_count(self) -> int:
        """How many listings are followed."""
        return len(self._followers)

    async def follow(self, ids: Sequence[str]) -> AsyncGenerator[list[LiveListingCounters]]:
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
            await self._read(wanted)
            follower.take()
            yield [self._newest[each] for each in wanted]
            while True:
                await follower.arrived.wait()
                yield [self._newest[each] for each in follower.take()]
                await asyncio.sleep(PACE_SECONDS)
        finally:
            self._leave(wanted, follower)

    def _leave(self, ids: Sequence[str], follower: _Follower) -> None:
        for each in ids:
            others = self._followers.get(each, set())
            others.discard(follower)
            if not others:
                self._followers.pop(each, None)
                self._newest.pop(each, None)
                self._read_at.pop(each, None)

    async def _run(self, place: str) -> None:
        """Read changes until nobody follows; a state needs no replay, so after an outage everything is read anew."""
        is_behind = False
        while self._followers:
            try:
                place, changed = await live_counters.changes_after(self._live, place, most=_MOST_AT_ONCE)
                unsure, self._unsure = self._unsure, {}
                await self._read(list(self._followers if is_behind else dict.fromkeys((*changed, *unsure))))
                is_behind = False
            except UpstreamUnavailableError:
                is_behind, changed = True, []
            except Exception:  # noqa: BLE001 - whatever it is, the followers are not to be left without a reader
                _log.exception("live counters were not read")
                is_behind, changed = True, []
            if len(changed) < _MOST_AT_ONCE:
                await asyncio.sleep(PACE_SECONDS)

    async def _read(self, ids: Sequence[str]) -> None:
        """Bring those that are followed up to now; what stays unsure is read again with the next changes."""
        followed = [each for each in ids if each in self._followers]
        for start in range(0, len(followed), _CHUNK):
            wanted = followed[start : start + _CHUNK]
            for _ in range(_READS):
                self._moment += 1
                began = self._moment
                read = await counters.by_ids(self._database, self._live, wanted)
                wanted = [each.listing_id for each in read if not self._show(each, began)]
                if not wanted:
                    break
            self._unsure.update(dict.fromkeys(wanted))

    def _show(self, found: ListingCounters, began: int) -> bool:
        """Keep what is new and tell those who follow the listing; False where it may be older than what is known."""
        listing_id = found.listing_id
        followers = self._followers.get(listing_id)
        if followers is None:
            return True
        self._moment += 1
        now = LiveListingCounters(listing_id, found.views, found.likes, found.favourites, version=self._moment)
        if self._newest.get(listing_id) != now:
            if self._read_at.get(listing_id, 0) > began:
                return False
            self._newest[listing_id] = now
            for follower in followers:
                follower.put(listing_id)
        self._read_at[listing_id] = self._moment
        return True

    async def close(self) -> None:
        """Stop reading."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
