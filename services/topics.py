"""Publishing events of log topics after their commit, and the relay that publishes what a killed process left.

How to tell people of something, from any service::

    async def record(connection):
        ...  # the change itself
        return await topics.append_all(connection, [NewEvent(notices_topic(user_id), "added", {"id": ...})], at=now)

    events = await sources.database.write("notices.add", record)
    publisher.publish(events)              # in a web process: never waits and never fails
    await publish(sources, events)         # in a job: one round trip; an outage is left to the relay

The events are recorded in the transaction of the change, each with the next number of its topic, so there is nothing
to lose: whoever is killed before publishing leaves a topic whose published mark is behind, and the relay job publishes
it within seconds. Subscribers follow a topic with `subscriptions.topics.LiveTopics.follow`.
"""

import asyncio
from collections.abc import Iterable, Sequence
from contextvars import Context
from datetime import timedelta

import structlog

from datasources.postgres import topics
from datasources.redis import topic_streams
from datasources.sources import Sources
from domain.problems import UpstreamUnavailableError
from domain.topics import TopicEvent

_log = structlog.get_logger(__name__)

RELAY = "topics.relay"
"""The job that runs :func:`relay`."""

TRIM = "topics.trim"
"""The job that runs :func:`trim`."""

GRACE = timedelta(seconds=1)
"""So long a process may take to publish what it recorded, before the relay does it."""

_MARK_SECONDS = 0.2
_CLOSE_SECONDS = 2.0
_MOST_AT_ONCE = 500
_MOST_WAITING = 20_000
_MOST_RELAYED = 1_000
_MOST_ROUNDS = 50
_MOST_TRIMS = 200


class TopicPublisher:
    """Publishes what this process recorded, many events in one round trip; one per process."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._waiting: list[TopicEvent] = []
        self._unmarked: dict[str, int] = {}
        self._task: asyncio.Task[None] | None = None
        self._marking: asyncio.Task[None] | None = None
        self._is_closing = False

    def publish(self, events: Iterable[TopicEvent]) -> None:
        """Show committed events to those who watch, soon. What cannot be shown now is left to the relay."""
        room = _MOST_WAITING - len(self._waiting)
        self._waiting.extend(list(events)[: max(0, room)])
        if self._task is None and self._waiting:
            # An empty context: the group must not live under the deadline of whoever came first.
            self._task = asyncio.create_task(self._run(), context=Context())

    async def _run(self) -> None:
        try:
            await asyncio.sleep(0)  # let everything of this turn of the loop join the first group
            while self._waiting:
                group, self._waiting = self._waiting[:_MOST_AT_ONCE], self._waiting[_MOST_AT_ONCE:]
                try:
                    await topic_streams.publish(self._sources.live, group)
                except UpstreamUnavailableError:
                    continue
                except Exception:  # noqa: BLE001 - the record holds the events; whatever it is, the relay comes
                    _log.exception("events were not published", events=len(group))
                    continue
                for event in group:
                    self._unmarked[event.topic] = max(event.seq, self._unmarked.get(event.topic, 0))
                if self._marking is None:
                    self._marking = asyncio.create_task(self._mark_soon(), context=Context())
        finally:
            self._task = None

    async def _mark_soon(self) -> None:
        """Marks only spare the relay work, so they wait for each other, and for rows that are being written."""
        try:
            while self._unmarked:
                if not self._is_closing:
                    await asyncio.sleep(_MARK_SECONDS)
                marks, self._unmarked = self._unmarked, {}
                try:
                    marked = await topics.mark_published(self._sources.database, marks)
                except UpstreamUnavailableError:
                    return  # the relay publishes them once more, which changes nothing
                if not self._is_closing:
                    for topic in marks.keys() - marked:
                        self._unmarked[topic] = max(marks[topic], self._unmarked.get(topic, 0))
        finally:
            self._marking = None

    async def close(self) -> None:
        """Publish what waits."""
        self._is_closing = True
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=_CLOSE_SECONDS)
        if self._marking is not None:  # begun by the task before, at the latest
            await asyncio.wait({self._marking}, timeout=_CLOSE_SECONDS)


async def publish(sources: Sources, events: Sequence[TopicEvent]) -> None:
    """Show committed events to those who watch; for jobs, which have no publisher of their own."""
    if not events:
        return
    try:
        await topic_streams.publish(sources.live, events)
        newest: dict[str, int] = {}
        for event in events:
            newest[event.topic] = max(event.seq, newest.get(event.topic, 0))
        await topics.mark_published(sources.database, newest)
    except UpstreamUnavailableError:
        return  # the relay comes


async def relay(sources: Sources, *, grace: timedelta = GRACE) -> int:
    """Publish what was recorded and not published in time; how many events."""
    total = 0
    for _ in range(_MOST_ROUNDS):
        events = await topics.unpublished(sources.database, before=sources.clock() - grace, most=_MOST_RELAYED)
        if not events:
            break
        await topic_streams.publish(sources.live, events)
        newest: dict[str, int] = {}
        for event in events:
            newest[event.topic] = max(event.seq, newest.get(event.topic, 0))
        await topics.mark_published(sources.database, newest)
        total += len(events)
    return total


async def trim(sources: Sources) -> int:
    """Delete events that are too old or too many; how many."""
    total = 0
    for _ in range(_MOST_TRIMS):
        deleted = await topics.trim(sources.database, now=sources.clock())
        total += deleted
        if not deleted:
            break
    return total
