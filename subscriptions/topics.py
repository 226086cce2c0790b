"""Following a log topic: resume by a signed cursor, a snapshot or a gap where that cannot be, then events in order.

How to offer a topic as a live field::

    live = LiveTopics(sources, hub)
    stream = live.follow(notices_topic(user_id), after, guard=still_allowed)
    async for found in stream:              # close it: `finally: await stream.aclose()`
        if isinstance(found, TopicStart):   # read and show the state now; `found.gap` says why, if events are missing
            ...
        else:                               # TopicShown: `event.kind`, `event.payload`, with its cursor
            ...

A start is shown unless the reader resumes without a gap. The state it shows is read after the start's number was, so
it is at least as new as the cursor; an event already in it may follow once more and changes nothing.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from datasources.postgres import topics
from datasources.redis import topic_streams
from datasources.redis.streams import StreamEvent
from datasources.redis.topics import Gap, GapReason, Replay, Started, TopicHub
from datasources.sources import Sources
from domain.topics import TopicEvent
from subscriptions.cursors import StreamCursor, read_cursor, write_cursor

GENERATION = 1
"""Numbers of topics live in the record and never begin anew."""

RECHECK_SECONDS = 5.0

Guard = Callable[[], Awaitable[None]]
"""Raises a GavelError when the reader may not follow the topic (any more); its code ends the stream."""


@dataclass(frozen=True, slots=True)
class TopicStart:
    """Everything after this cursor follows; `gap` where the reader asked for events that are gone."""

    cursor: str
    seq: int
    gap: GapReason | None


@dataclass(frozen=True, slots=True)
class TopicShown:
    """An event, and the cursor behind it."""

    cursor: str
    event: TopicEvent


@dataclass(frozen=True, slots=True)
class LiveTopics:
    """What following needs."""

    sources: Sources
    hub: TopicHub

    async def follow(
        self, topic: str, after: str | None = None, *, guard: Guard | None = None
    ) -> AsyncGenerator[TopicStart | TopicShown]:
        """The topic from a cursor on, without a silent hole. `guard` is asked first, for each event, and while idle."""
        resumed = read_cursor(after, self.hub.secret, topic=topic) if after else None
        if guard is not None:
            await guard()
        gap: GapReason | None = None
        is_start_shown = False

        async def start() -> int:
            nonlocal resumed, gap, is_start_shown
            ends, place = await topics.ends_of(self.sources.database, topic), resumed
            resumed, is_start_shown = None, True
            if place is not None and place.generation == GENERATION and ends.can_resume(place.seq):
                is_start_shown = False
                return place.seq
            if place is not None:
                is_trimmed = place.generation == GENERATION and place.seq < ends.last_seq
                gap = GapReason.TRIMMED if is_trimmed else GapReason.GENERATION
            return ends.last_seq

        events = self.hub.follow_log(topic_streams.stream_key(topic), self._replay(topic), start)
        source = _guarded(events, guard) if guard is not None else events
        try:
            async for found in source:
                if isinstance(found, Gap):
                    gap = found.reason
                elif isinstance(found, StreamEvent):
                    yield TopicShown(self.cursor(topic, found.seq), topic_streams.read_line(found))
                elif is_start_shown:
                    yield TopicStart(self.cursor(topic, found.seq), found.seq, gap)
                    gap = None
        finally:
            await source.aclose()

    def cursor(self, topic: str, seq: int) -> str:
        """The signed place behind an event."""
        return write_cursor(StreamCursor(topic, GENERATION, seq), self.hub.secret)

    def _replay(self, topic: str) -> Replay:
        """Lines from the stream, or from the record where the stream no longer has them."""

        async def replay(after: int, most: int) -> Sequence[StreamEvent]:
            found = await topic_streams.events_after(self.sources.live, topic, seq=after, most=most)
            if found and found[0].seq == after + 1:
                return found
            recorded = await topics.events_after(self.sources.database, topic, seq=after, most=most)
            return [topic_streams.as_line(each) for each in recorded]

        return replay


_Found = StreamEvent | Started | Gap
T = TypeVar("T")


async def _guarded(events: AsyncGenerator[_Found], guard: Guard) -> AsyncGenerator[_Found]:
    """The same events, each shown only after the guard agreed; a silent topic is checked every few seconds."""
    source = paced(events, seconds=RECHECK_SECONDS)
    try:
        async for found in source:
            await guard()
            if found is not None:
                yield found
    finally:
        await source.aclose()


async def paced(events: AsyncGenerator[T], *, seconds: float) -> AsyncGenerator[T | None]:
    """The same events, and None whenever there was none for so long; what is under way goes on."""
    waiting: asyncio.Future[T] | None = None
    try:
        while True:
            if waiting is None:
                waiting = asyncio.ensure_future(anext(events))
            done, _ = await asyncio.wait({waiting}, timeout=seconds)
            if not done:
                yield None
                continue
            finished, waiting = waiting, None
            yield finished.result()
    except StopAsyncIteration:
        return
    finally:
        if waiting is not None:
            waiting.cancel()
            await asyncio.wait({waiting})
        await events.aclose()
