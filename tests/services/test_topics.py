"""Log topics in the record: numbers without holes, nothing before its commit, nothing lost before its publication."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.postgres import topics
from datasources.redis import topic_streams
from datasources.sources import Sources
from domain.topics import NewEvent, TopicEvent, conversation_topic, inbox_topic
from services.topics import TopicPublisher, publish, relay, trim
from tests.clocks import NOON, Clock
from tests.stores import open_sources, rows

TOPIC = conversation_topic("c1")


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON)


@pytest.fixture
async def sources(database_url: str, redis_url: str, clock: Clock) -> AsyncIterator[Sources]:
    async with open_sources(database_url, redis_url, clock=clock) as opened:
        yield opened


async def append(sources: Sources, *events: NewEvent) -> list[TopicEvent]:
    at = sources.clock()
    return await sources.database.write("test", lambda it: topics.append_all(it, events, at=at))


def event(number: int = 1, topic: str = TOPIC) -> NewEvent:
    return NewEvent(topic, "said", {"number": number})


async def shown(sources: Sources, topic: str = TOPIC) -> list[int]:
    return [each.seq for each in await topic_streams.events_after(sources.live, topic, seq=0, most=5_000)]


async def kept(sources: Sources, topic: str = TOPIC) -> list[int]:
    return [each.seq for each in await topics.events_after(sources.database, topic, seq=0, most=5_000)]


async def test_events_are_numbered_from_one_and_read_back_as_written(sources: Sources) -> None:
    first = await append(sources, event(1), event(7, inbox_topic("u")), event(2))
    assert [(each.topic, each.seq, each.payload["number"]) for each in first] == [
        (TOPIC, 1, 1), (inbox_topic("u"), 1, 7), (TOPIC, 2, 2),
    ]  # fmt: skip
    assert await topics.events_after(sources.database, TOPIC, seq=0, most=10) == [first[0], first[2]]
    assert await topics.events_after(sources.database, TOPIC, seq=1, most=10) == [first[2]]


async def test_concurrent_writers_of_many_topics_leave_no_hole_and_no_double(sources: Sources) -> None:
    names = [f"conversation:{letter}" for letter in "abc"]

    async def write(number: int) -> None:
        order = names[number % 3 :] + names[: number % 3]  # each in another order: they must not lock each other out
        await append(sources, *(event(number, name) for name in order))

    for start in range(0, 60, 6):
        await asyncio.gather(*(write(start + number) for number in range(6)))
    for name in names:
        found = await topics.events_after(sources.database, name, seq=0, most=100)
        assert [each.seq for each in found] == list(range(1, 61))
        assert {each.payload["number"] for each in found} == set(range(60))


async def test_a_failed_transaction_leaves_neither_an_event_nor_a_hole(sources: Sources) -> None:
    async def fail(connection: AsyncConnection) -> None:
        await topics.append(connection, TOPIC, kind="said", payload={}, at=sources.clock())
        raise LookupError

    await append(sources, event())
    with pytest.raises(LookupError):
        await sources.database.write("test", fail)
    await append(sources, event())
    assert await kept(sources) == [1, 2]


async def test_nobody_sees_an_event_before_its_commit(sources: Sources) -> None:
    seen: list[Any] = []

    async def write(connection: AsyncConnection) -> None:
        await topics.append(connection, TOPIC, kind="said", payload={}, at=sources.clock())
        seen.append(await kept(sources))
        seen.append(await topics.unpublished(sources.database, before=sources.clock() + timedelta(days=1), most=10))

    await sources.database.write("test", write)
    assert seen == [[], []]
    assert await kept(sources) == [1]


async def test_a_process_publishes_what_it_recorded_and_the_relay_finds_nothing_left(
    sources: Sources, clock: Clock
) -> None:
    publisher = TopicPublisher(sources)
    for number in range(5):
        publisher.publish(await append(sources, event(number)))
    await publisher.close()
    assert await shown(sources) == [1, 2, 3, 4, 5]
    clock.now += timedelta(seconds=5)
    assert await relay(sources) == 0


async def test_what_a_killed_process_did_not_publish_is_published_by_the_relay(sources: Sources, clock: Clock) -> None:
    await publish(sources, await append(sources, event(1)))
    await append(sources, event(2), event(3), event(4, inbox_topic("u")))
    assert await relay(sources) == 0, "a process is given a moment to publish for itself"
    clock.now += timedelta(seconds=2)
    assert await relay(sources) == 3
    assert await shown(sources) == [1, 2, 3]
    assert await shown(sources, inbox_topic("u")) == [1]
    assert await relay(sources) == 0


async def test_publishing_twice_or_late_changes_nothing(sources: Sources) -> None:
    first, second = await append(sources, event(1), event(2))
    await publish(sources, [second])
    await publish(sources, [first])
    await publish(sources, [first, second])
    assert await shown(sources) == [2]


async def test_old_and_too_many_events_are_forgotten_and_cannot_be_resumed_from(sources: Sources, clock: Clock) -> None:
    await append(sources, *(event(number) for number in range(900)))
    clock.now += timedelta(days=6)
    await append(sources, *(event(number) for number in range(300)))
    assert await trim(sources) == 200
    assert (await kept(sources))[0] == 201
    ends = await topics.ends_of(sources.database, TOPIC)
    assert [ends.can_resume(seq) for seq in (199, 200, 1_200, 1_201)] == [False, True, True, False]
    clock.now += timedelta(days=2)
    await trim(sources)
    assert await kept(sources) == list(range(901, 1_201))
    clock.now += timedelta(days=8)
    await trim(sources)
    await append(sources, event())
    assert await kept(sources) == [1_201], "numbers go on, however much is forgotten"


async def test_streams_are_bounded_in_life(sources: Sources) -> None:
    await publish(sources, await append(sources, event()))
    left = await sources.live.redis.ttl(topic_streams.stream_key(TOPIC))
    assert timedelta(days=6) < timedelta(seconds=left) <= timedelta(days=7)


async def test_a_topic_is_one_row_whatever_happens_on_it(sources: Sources, database_url: str) -> None:
    for _ in range(3):
        await append(sources, event())
    assert [dict(each) for each in await rows(database_url, "select topic, last_seq from topics")] == [
        {"topic": TOPIC, "last_seq": 3}
    ]
