"""The judge of messages is worth its word: a run in order passes, and each planted fault is found."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from itertools import count
from random import Random
from typing import Any

import pytest

from datasources.postgres import conversations, sending, standings
from datasources.postgres.connections import bare_driver_of
from datasources.postgres.sending import Written
from datasources.redis import topic_streams
from datasources.redis.topics import TopicHub
from services.post_offices import PostOffice
from subscriptions.messages import LiveMessages
from tests.faults import message_crowds as crowds
from tests.faults.message_checker import MessageRun, Watch, violations
from tests.faults.message_nodes import answer
from tests.mail import open_office
from tests.stores import rows

pytestmark = pytest.mark.alone

SECONDS = 1.2
_EVERY = 4


@dataclass(slots=True)
class Stage:
    office: PostOffice
    database_url: str


@pytest.fixture
async def stage(database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    monkeypatch.setattr("services.messages.MESSAGE_LIMITS", ())
    monkeypatch.setattr("services.post_offices.windows.count", _unlimited)
    async with open_office(database_url, redis_url) as office:
        yield Stage(office, database_url)


async def _unlimited(*_: object) -> float:
    return 0.0


async def play(stage: Stage) -> MessageRun:
    """Three conversations, everybody writing and reading, a stranger looking, and a block midway."""
    office = stage.office
    run, cast = await crowds.prepare(office, stage.database_url, pairs=3)
    hub = TopicHub(office.sources.live, secret=b"secret")
    live = LiveMessages(office, hub)
    watched = [
        Watch(conversation, viewer)
        for conversation, people in run.members.items()
        for viewer in (*people, cast.stranger)
    ]
    readers = [
        asyncio.create_task(crowds.watch(live, each, run, database_url=stage.database_url, rng=Random(n), looks=1.0))
        for n, each in enumerate(watched)
    ]
    await asyncio.sleep(0.5)
    ends = time.monotonic() + SECONDS
    until = ends + 5

    async def ask(call: dict[str, Any]) -> dict[str, Any]:
        return await answer(office, call)

    pairs = zip(cast.pairs, cast.conversations, strict=True)
    writing: list[Any] = [
        crowds.write_around(ask, run, buyer, [conversation], rng=Random(n), ends=ends, until=until)
        for n, ((buyer, _), conversation) in enumerate(pairs)
    ]
    seller = cast.pairs[0][1]
    writing.append(crowds.write_around(ask, run, seller, cast.conversations, rng=Random(99), ends=ends, until=until))
    crowd = asyncio.gather(*writing)
    await asyncio.sleep(SECONDS / 2)
    await crowds.block_midway(office, run, cast, until=until)
    await crowd
    await crowds.collect(run, stage.database_url)
    await crowds.caught_up(run, seconds=3)
    for each in readers:
        each.cancel()
    await asyncio.gather(*readers, return_exceptions=True)
    await hub.close()
    return run


async def broken(stage: Stage) -> set[str]:
    """Which promises the judge finds broken."""
    return {each.partition(":")[0] for each in violations(await play(stage))}


def spoil(monkeypatch: pytest.MonkeyPatch, part: str, wrong: str) -> None:
    """Put something wrong into the statement that sends."""
    assert part in sending._PLACE
    monkeypatch.setattr(sending, "_PLACE", sending._PLACE.replace(part, wrong))


def strangers(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
    """Let the step before sending know nothing of some facts."""
    real = standings._standing

    def forgetful(row: Any) -> Any:
        found = real(row)
        return replace(found, **changes) if found is not None else None

    monkeypatch.setattr(standings, "_standing", forgetful)


async def test_a_run_in_order_passes(stage: Stage) -> None:
    run = await play(stage)
    assert violations(run) == []
    assert sum(letter.is_sent for letter in run.letters) > 10
    assert any(watch.messages for watch in run.watches)


async def test_a_message_answered_and_not_recorded_is_found(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    real, turns = sending.send_all, count(1)

    async def forget(connection: Any, outgoing: Any, **named: Any) -> Any:
        outcomes = await real(connection, outgoing, **named)
        if next(turns) % _EVERY == 0:
            raw = await bare_driver_of(connection)
            ids = [each.message.message_id for each in outgoing]
            await raw.execute("delete from messages where message_id = any($1::text[])", ids)
        return outcomes

    monkeypatch.setattr(sending, "send_all", forget)
    assert "lost" in await broken(stage)


async def test_a_number_given_twice_is_found(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    await rows(stage.database_url, "alter table messages drop constraint uq_messages_conversation_id_seq")
    twice = "case when placed.last_seq % 4 = 0 then placed.last_seq - 1 else placed.last_seq end, given.sender_id"
    spoil(monkeypatch, "placed.last_seq, given.sender_id", twice)
    assert "C1" in await broken(stage)


async def test_an_event_before_its_commit_is_found(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    real = sending.send_all

    async def hasten(*args: Any, **named: Any) -> Any:
        outcomes = await real(*args, **named)
        for each in outcomes:
            if isinstance(each, Written):
                await topic_streams.publish(stage.office.sources.live, each.events)
        await asyncio.sleep(0.2)
        return outcomes

    monkeypatch.setattr(sending, "send_all", hasten)
    assert "early" in await broken(stage)


async def test_an_event_shown_to_a_stranger_is_found(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async def admit(self: LiveMessages, conversation_id: str, viewer_id: object) -> Any:
        return (await conversations.by_ids(self.office.sources.database, [conversation_id]))[0]

    monkeypatch.setattr(LiveMessages, "admit", admit)
    assert "access" in await broken(stage)


async def test_a_message_sent_twice_by_a_retry_is_found(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    await rows(stage.database_url, "alter table messages drop constraint uq_messages_sender_id_client_message_id")
    spoil(monkeypatch, "m.client_message_id = given.client_message_id", "false")
    strangers(monkeypatch, earlier=None, earlier_digest=None)
    assert "C3" in await broken(stage)


async def test_an_event_that_a_reader_is_not_shown_is_found(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    real, turns = LiveMessages._conversation_event, count(1)

    def skip(self: LiveMessages, conversation_id: str, found: Any) -> Any:
        return real(self, conversation_id, found) if next(turns) % 7 else None

    monkeypatch.setattr(LiveMessages, "_conversation_event", skip)
    assert "C2" in await broken(stage)


async def test_a_message_past_a_block_is_found(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    spoil(monkeypatch, "b.blocker_id = given.sender_id", "false")
    spoil(monkeypatch, "b.blocker_id = given.recipient_id", "false")
    strangers(monkeypatch, is_blocked=False)
    assert "access" in await broken(stage)
