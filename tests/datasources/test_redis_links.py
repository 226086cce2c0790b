"""The connection that a process shares: replies stay with their callers whoever gives up, and losing it is brief."""

import asyncio
from collections.abc import AsyncIterator
from random import Random
from typing import Any

import pytest

from datasources.redis.connections import LiveState
from datasources.redis.links import pack
from domain.problems import UpstreamUnavailableError


@pytest.fixture
async def live(redis_url: str) -> AsyncIterator[LiveState]:
    state = LiveState(redis_url, call_seconds=2.0)
    yield state
    await state.close()


def echo(text: str) -> bytes:
    return pack(("ECHO", text))


async def shared_connections(live: LiveState) -> list[Any]:
    return [each for each in await live.redis.client_list() if each["name"] == "gavel-shared"]


async def test_all_calls_of_a_process_go_over_one_connection(live: LiveState) -> None:
    told = await asyncio.gather(*(live.ask("x", [echo(str(each)), echo("b")]) for each in range(300)))
    assert told == [[str(each), "b"] for each in range(300)]
    assert len(await shared_connections(live)) == 1


async def test_a_thousand_cancelled_calls_leave_every_other_its_own_reply(live: LiveState) -> None:
    roll, cancelled = Random(5), 0
    for round_ in range(400):  # on a busy machine many are answered before they can be cancelled
        if cancelled >= 1_000:
            break
        tasks = [asyncio.create_task(live.ask("x", [echo(f"{round_}-{each}")])) for each in range(40)]
        await asyncio.sleep(roll.choice([0, 0, 0.0005]))
        for task in roll.sample(tasks, 25):
            cancelled += task.cancel()
        told = await asyncio.gather(*tasks, return_exceptions=True)
        for each, reply in enumerate(told):
            assert isinstance(reply, asyncio.CancelledError) or reply == [f"{round_}-{each}"]
    assert cancelled >= 1_000
    assert await live.ask("x", [echo("last")]) == ["last"]


async def test_a_lost_connection_is_made_anew_by_the_next_call(live: LiveState) -> None:
    assert await live.ask("x", [echo("a")]) == ["a"]
    for _ in range(3):
        (held,) = await shared_connections(live)
        await live.redis.client_kill_filter(_id=held["id"])
        await asyncio.sleep(0.05)
        assert await live.ask("x", [echo("b")]) == ["b"]
    assert len(await shared_connections(live)) == 1


async def test_a_store_that_is_silent_costs_its_callers_the_budget_and_no_more(live: LiveState) -> None:
    hurried = LiveState(live_url(live), call_seconds=0.1)
    try:
        assert await hurried.ask("x", [echo("a")]) == ["a"]
        await live.redis.client_pause(600)
        loop = asyncio.get_running_loop()
        began = loop.time()
        with pytest.raises(UpstreamUnavailableError):
            await hurried.ask("x", [pack(("SET", "gavel:test-link", "1", "PX", "1"))])
        assert loop.time() - began < 0.5
        await asyncio.sleep(0.7)
        assert await hurried.ask("x", [echo("b")]) == ["b"]
    finally:
        await live.redis.client_unpause()
        await hurried.close()


def live_url(live: LiveState) -> str:
    kept = live.redis.connection_pool.connection_kwargs
    password = f":{kept['password']}@" if kept.get("password") else ""
    return f"redis://{password}{kept.get('host', '127.0.0.1')}:{kept.get('port', 6379)}/{kept.get('db') or 0}"


async def test_an_error_of_the_store_is_its_own_callers_alone(live: LiveState) -> None:
    calls = (live.ask("x", [pack(("NOSUCHCOMMAND",))]), live.ask("x", [echo("a")]))
    told: list[Any] = list(await asyncio.gather(*calls, return_exceptions=True))
    assert isinstance(told[0], UpstreamUnavailableError)
    assert told[1] == ["a"]
