"""Shared answers in a real store."""

import time
from collections.abc import AsyncIterator

import pytest

from datasources.redis.answers import KeptAnswer, SharedAnswers
from datasources.redis.connections import LiveState


@pytest.fixture
async def live(redis_url: str) -> AsyncIterator[LiveState]:
    state = LiveState(redis_url, call_seconds=2.0)
    await state.redis.flushdb()
    yield state
    await state.close()


def answer(seconds: float = 60.0, body: bytes = b'{"data":{}}') -> KeptAnswer:
    return KeptAnswer(body, 'W/"1"', time.time() + seconds)


async def test_an_answer_is_found_by_every_process_until_its_tag_changes(live: LiveState) -> None:
    first, second = SharedAnswers(live), SharedAnswers(live)
    kept = answer()
    await first.keep("key", kept, await first.mark(("listings", "users")))
    assert await second.find("key") == kept
    await second.invalidate(("users",))
    assert await first.find("key") is None


async def test_an_answer_computed_while_its_content_changed_is_not_used(live: LiveState) -> None:
    answers = SharedAnswers(live)
    mark = await answers.mark(("listings",))
    await answers.invalidate(("listings",))
    await answers.keep("key", answer(), mark)
    assert await answers.find("key") is None


async def test_answers_without_tags_live_as_long_as_they_may(live: LiveState) -> None:
    answers = SharedAnswers(live)
    await answers.keep("key", answer(seconds=30), {})
    assert await answers.find("key") is not None
    assert 0 < await live.redis.ttl("gavel:answers:key") <= 30


async def test_long_and_dead_answers_are_not_kept(live: LiveState) -> None:
    answers = SharedAnswers(live, most_bytes=10)
    await answers.keep("long", answer(body=b"x" * 11), {})
    await answers.keep("dead", answer(seconds=0.5, body=b"x"), {})
    assert [await answers.find(key) for key in ("long", "dead")] == [None, None]


async def test_an_outage_is_a_miss_and_what_was_computed_in_it_is_never_used(live: LiveState) -> None:
    away = SharedAnswers(LiveState("redis://127.0.0.1:9/0", call_seconds=0.2))
    assert await away.find("key") is None
    mark = await away.mark(("listings",))
    await away.keep("key", answer(), mark)
    answers = SharedAnswers(live)
    await answers.keep("key", answer(), mark)
    assert await answers.find("key") is None
