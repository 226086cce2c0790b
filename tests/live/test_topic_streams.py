"""Following log topics over real stores: snapshot, replay and live without hole or double, gaps told, guards obeyed."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import timedelta

import pytest

from datasources.postgres import topics as recorded
from datasources.redis.topics import GapReason, TopicHub
from datasources.sources import Sources
from domain.problems import BadInputError, ForbiddenError
from domain.topics import NewEvent, TopicEvent
from services.topics import TopicPublisher, relay
from subscriptions import topics as following
from subscriptions.topics import LiveTopics, TopicShown, TopicStart
from tests.stores import open_sources

TOPIC = "conversation:c1"
Stream = AsyncGenerator[TopicStart | TopicShown]


@pytest.fixture
async def sources(database_url: str, redis_url: str) -> AsyncIterator[Sources]:
    async with open_sources(database_url, redis_url) as opened:
        yield opened


@pytest.fixture
async def live(sources: Sources) -> AsyncIterator[LiveTopics]:
    hub = TopicHub(sources.live, secret=b"secret")
    yield LiveTopics(sources, hub)
    await hub.close()


@pytest.fixture
async def publisher(sources: Sources) -> AsyncIterator[TopicPublisher]:
    opened = TopicPublisher(sources)
    yield opened
    await opened.close()


async def record(sources: Sources, count: int = 1, topic: str = TOPIC) -> list[TopicEvent]:
    """Commit without publishing, as a process that is killed in between does."""
    at, events = sources.clock(), [NewEvent(topic, "said", {"n": n}) for n in range(count)]
    return await sources.database.write("test", lambda it: recorded.append_all(it, events, at=at))


async def say(sources: Sources, publisher: TopicPublisher, count: int = 1) -> None:
    for _ in range(count):
        publisher.publish(await record(sources))


async def take(stream: Stream, count: int) -> list[TopicStart | TopicShown]:
    async with asyncio.timeout(10):
        return [await anext(stream) for _ in range(count)]


def seqs(found: list[TopicStart | TopicShown]) -> list[int]:
    return [each.event.seq if isinstance(each, TopicShown) else each.seq for each in found]


async def test_a_reader_is_given_a_start_and_then_every_event(
    sources: Sources, live: LiveTopics, publisher: TopicPublisher
) -> None:
    await say(sources, publisher, 2)
    stream = live.follow(TOPIC)
    (start,) = await take(stream, 1)
    assert isinstance(start, TopicStart)
    assert (start.seq, start.gap) == (2, None)
    await say(sources, publisher, 3)
    assert seqs(await take(stream, 3)) == [3, 4, 5]
    await stream.aclose()
    assert live.hub.listener_count == 0


async def test_resuming_by_cursor_shows_what_was_missed_once(
    sources: Sources, live: LiveTopics, publisher: TopicPublisher
) -> None:
    stream = live.follow(TOPIC)
    await take(stream, 1)
    await say(sources, publisher, 2)
    seen = await take(stream, 2)
    await stream.aclose()
    await say(sources, publisher, 3)
    resumed = live.follow(TOPIC, seen[0].cursor)
    await say(sources, publisher, 1)
    assert seqs(await take(resumed, 5)) == [2, 3, 4, 5, 6]
    await resumed.aclose()


async def test_an_event_that_was_never_published_is_shown_before_the_next_one(
    sources: Sources, live: LiveTopics, publisher: TopicPublisher
) -> None:
    stream = live.follow(TOPIC)
    await take(stream, 1)
    await record(sources, 2)
    await say(sources, publisher, 1)
    assert seqs(await take(stream, 3)) == [1, 2, 3]
    await stream.aclose()


async def test_an_event_that_was_never_published_is_shown_when_the_relay_comes(
    sources: Sources, live: LiveTopics
) -> None:
    stream = live.follow(TOPIC)
    await take(stream, 1)
    await record(sources, 2)
    assert await relay(sources, grace=timedelta(0)) == 2
    assert seqs(await take(stream, 2)) == [1, 2]
    await stream.aclose()


async def test_emptying_redis_loses_nothing(sources: Sources, live: LiveTopics, publisher: TopicPublisher) -> None:
    stream = live.follow(TOPIC)
    start = (await take(stream, 1))[0]
    await say(sources, publisher, 2)
    await take(stream, 2)
    await sources.live.redis.flushall()
    await say(sources, publisher, 2)
    assert seqs(await take(stream, 2)) == [3, 4]
    await stream.aclose()
    resumed = live.follow(TOPIC, start.cursor)
    assert seqs(await take(resumed, 4)) == [1, 2, 3, 4]
    await resumed.aclose()


async def test_a_cursor_from_before_what_is_kept_is_told_of_the_gap(
    sources: Sources, live: LiveTopics, publisher: TopicPublisher
) -> None:
    old = live.cursor(TOPIC, 1)
    await say(sources, publisher, 3)
    await recorded.trim(sources.database, now=sources.clock() + timedelta(days=30))
    stream = live.follow(TOPIC, old)
    (start,) = await take(stream, 1)
    assert isinstance(start, TopicStart)
    assert (start.seq, start.gap) == (3, GapReason.TRIMMED)
    await say(sources, publisher, 1)
    assert seqs(await take(stream, 1)) == [4]
    await stream.aclose()


async def test_a_cursor_from_the_future_starts_anew(sources: Sources, live: LiveTopics) -> None:
    stream = live.follow(TOPIC, live.cursor(TOPIC, 99))
    (start,) = await take(stream, 1)
    assert isinstance(start, TopicStart)
    assert start.gap is GapReason.GENERATION
    await stream.aclose()


@pytest.mark.parametrize("cursor", ["x", "bm90IGEgY3Vyc29y"])
async def test_a_cursor_we_did_not_make_is_refused(live: LiveTopics, cursor: str) -> None:
    with pytest.raises(BadInputError):
        await anext(live.follow(TOPIC, cursor))


async def test_a_cursor_of_another_topic_is_refused(live: LiveTopics) -> None:
    with pytest.raises(BadInputError):
        await anext(live.follow(TOPIC, live.cursor("conversation:c2", 0)))


async def test_a_guard_is_asked_before_anything_is_shown(
    sources: Sources, live: LiveTopics, publisher: TopicPublisher
) -> None:
    allowed = [True]

    async def guard() -> None:
        if not allowed[0]:
            raise ForbiddenError

    stream = live.follow(TOPIC, guard=guard)
    await take(stream, 1)
    allowed[0] = False
    await say(sources, publisher, 1)
    with pytest.raises(ForbiddenError):
        await take(stream, 1)
    assert live.hub.listener_count == 0
    with pytest.raises(ForbiddenError):
        await anext(live.follow(TOPIC, guard=guard))


async def test_a_silent_stream_ends_too_when_its_reader_may_no_longer_follow(
    live: LiveTopics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "RECHECK_SECONDS", 0.05)
    may_follow = True

    async def guard() -> None:
        if not may_follow:
            raise ForbiddenError

    stream = live.follow(TOPIC, guard=guard)
    await take(stream, 1)
    may_follow = False
    with pytest.raises(ForbiddenError):
        await take(stream, 1)
    assert live.hub.listener_count == 0


async def test_readers_that_join_amid_writing_miss_and_double_nothing(
    sources: Sources, live: LiveTopics, publisher: TopicPublisher
) -> None:
    writing = asyncio.create_task(say(sources, publisher, 40))
    streams, starts = [], []
    for _ in range(6):
        await asyncio.sleep(0.02)
        streams.append(live.follow(TOPIC))
        starts += seqs(await take(streams[-1], 1))
    await writing
    for stream, start in zip(streams, starts, strict=True):
        assert seqs(await take(stream, 40 - start)) == list(range(start + 1, 41))
        await stream.aclose()
    assert live.hub.stream_count == 0
