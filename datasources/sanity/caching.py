"""Published answers on two levels, kept while nothing changed under their tags, and as a last resort afterwards."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

import orjson

from datasources.sanity.changes import Change, Changes
from datasources.sanity.flights import Flights
from datasources.sanity.lifetimes import LAST_GOOD_SECONDS, LIFETIMES, UNTOLD_SECONDS, lifetime
from datasources.sanity.memory import Kept, Memory
from datasources.sanity.metrics import READS
from datasources.sanity.questions import Answer, Json, Question, Written
from datasources.sanity.shared_results import SharedResults
from datasources.sanity.staleness import current_staleness
from datasources.sanity.wire import SYSTEM
from domain.problems import UpstreamUnavailableError


@dataclass(frozen=True, slots=True)
class Reply:
    """The store's answer with its sync tags; `size` is in bytes of JSON."""

    result: Json
    tags: tuple[str, ...]
    size: int


class Fetch(Protocol):
    """Asks the store, or its CDN where that is good enough."""

    async def __call__(self, question: Question, *, is_cdn_good: bool) -> Reply:
        """The reply."""
        ...


class CachedAnswers:
    """Answers from memory, then from what processes share, then from the store.

    An answer lives as long as its kind says, and then once more that long while it is being refreshed. Until changes
    are heard of (`is_following`) it lives ten seconds and nothing is shared.
    """

    def __init__(
        self,
        fetch: Fetch,
        *,
        listing_seconds: float,
        shared: SharedResults | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._fetch = fetch
        self._listing_seconds = listing_seconds
        self._usual = {kind: lifetime(kind, listing_seconds) for kind in LIFETIMES}
        self._shared = shared
        self._clock = clock
        self._memory = Memory()
        self._changes = Changes(clock)
        self._flights: Flights[Kept] = Flights(SYSTEM)
        self._keeping: set[asyncio.Task[None]] = set()
        self.is_following = False
        self.is_shared_current = shared is not None

    def at_hand(self, question: Question) -> Answer | None:
        """The answer where it is in memory and good, without waiting for anything."""
        return self._in_memory(question.key(), question)

    def _in_memory(self, key: bytes, question: Question) -> Answer | None:
        kept = self._memory.find(key)
        if kept is None or kept.is_outdated:
            return None
        usual = self._usual.get(question.kind)
        if not usual:
            return None
        age = self._clock() - kept.asked_at
        if self.is_following and kept.tags and age <= usual * 2:
            if age > usual:
                self._flights.begin(key, lambda: self._load(key, question))
        elif age > min(usual, UNTOLD_SECONDS):
            return None
        READS.counts["memory"] += 1
        return kept.answer

    async def answer(self, question: Question) -> Answer:
        """The result; one that stands in for a store that does not answer is noted in `current_staleness`."""
        key = question.key()
        found = self._in_memory(key, question)
        if found is not None:
            return found
        try:
            return (await self._flights.join(key, lambda: self._load(key, question))).answer
        except UpstreamUnavailableError:
            return self._last_good(key)

    def _last_good(self, key: bytes) -> Answer:
        kept = self._memory.find(key)
        age = 0.0 if kept is None else max(0.0, self._clock() - kept.asked_at)
        if kept is None or age > LAST_GOOD_SECONDS:
            raise UpstreamUnavailableError(SYSTEM)
        READS.counts["last-good"] += 1
        if (staleness := current_staleness.get()) is not None:
            staleness.note(age)
        return kept.answer

    async def _load(self, key: bytes, question: Question) -> Kept:
        mark = self._changes.mark()
        usual = self._usual.get(question.kind, 0)
        is_ours = self._changes.was_written_by_us(question)
        stamp = None
        if usual and self._shared is not None and self.is_following and self.is_shared_current and not is_ours:
            found = await self._shared.find(_shared_name(key))
            stamp = found.stamp
            if found.body is not None:
                kept = _unpacked(question, found.body)
                if self._clock() - kept.asked_at <= usual:
                    READS.counts["shared"] += 1
                    self._remember(key, kept, mark)
                    return kept
        asked_at = self._clock()
        reply = await self._fetch(question, is_cdn_good=not is_ours)
        READS.counts["store"] += 1
        kept = Kept(question, Answer(reply.result), reply.tags, asked_at, reply.size)
        if usual and self._remember(key, kept, mark) and stamp is not None:
            self._share(key, kept, stamp, usual)
        return kept

    def _remember(self, key: bytes, kept: Kept, mark: int) -> bool:
        if self._changes.has_touched(kept.question, kept.tags, since=mark):
            return False
        self._memory.put(key, kept)
        return True

    def _share(self, key: bytes, kept: Kept, stamp: str, seconds: float) -> None:
        """Keep an answer for other processes without making its reader wait."""
        if self._shared is None or not kept.tags:
            return
        body = orjson.dumps({"result": kept.answer.result, "tags": kept.tags, "askedAt": kept.asked_at})
        keeping = self._shared.keep(_shared_name(key), body, tags=kept.tags, stamp=stamp, seconds=int(seconds))
        task = asyncio.get_running_loop().create_task(_done(keeping))
        self._keeping.add(task)
        task.add_done_callback(self._keeping.discard)

    def wrote(self, written: Sequence[Written]) -> None:
        """Outdate what a write of ours may have changed; whoever asks from now on sees it."""
        public = tuple(each for each in written if each.is_published)
        if public:
            self._change(Change(written=public))
            self._flights.close_doors()

    async def changed(self, tags: Sequence[str], *, position: str) -> None:
        """Outdate what live events named, here and for all processes."""
        change = Change(tags=frozenset(tags))
        self._change(change)
        if self._shared is not None:
            self.is_shared_current &= await self._shared.forget(tags, position=position)
            self._change(change)  # what was taken from the shared store in between

    async def lost_track(self, *, position: str = "") -> None:
        """Outdate everything, because changes were missed."""
        self._change(Change(is_everything=True))
        if self._shared is not None:
            self.is_shared_current = await self._shared.forget_everything(position=position)
            self._change(Change(is_everything=True))

    async def mend_shared(self, *, position: str) -> None:
        """Let the shared store begin anew after it could not be told of a change; until then nothing reads it."""
        if self._shared is not None and not self.is_shared_current:
            self.is_shared_current = await self._shared.forget_everything(position=position)

    def stopped_following(self) -> None:
        """Outdate everything here; what is shared waits until changes are heard of again."""
        self.is_following = False
        self._change(Change(is_everything=True))

    def _change(self, change: Change) -> None:
        self._changes.add(change)
        self._memory.outdate(change)

    async def close(self) -> None:
        """End what is under way."""
        await self._flights.cancel()
        for task in (keeping := list(self._keeping)):
            task.cancel()
        await asyncio.gather(*keeping, return_exceptions=True)


async def _done(work: Awaitable[None]) -> None:
    await work


def _shared_name(key: bytes) -> str:
    return sha256(key).hexdigest()


def _unpacked(question: Question, body: bytes) -> Kept:
    found = orjson.loads(body)
    return Kept(question, Answer(found["result"]), tuple(found["tags"]), found["askedAt"], len(body))
