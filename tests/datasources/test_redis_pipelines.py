"""The fast lane to scripts, under both event loops that a server may run on."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import uvloop

from datasources.redis import links
from datasources.redis.connections import LiveState
from datasources.redis.pipelines import NotSentError, ScriptPipeline
from datasources.redis.scripts import Script

DOUBLE = Script("return tonumber(ARGV[1]) * 2")


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def test_many_calls_at_once_are_answered_in_their_order(
    redis_url: str, run: Callable[[Coroutine[Any, Any, list[Any]]], list[Any]]
) -> None:
    async def double() -> list[Any]:
        live = LiveState(redis_url, call_seconds=5)
        pipeline = ScriptPipeline(live)
        try:
            return list(await asyncio.gather(*(pipeline.run(DOUBLE, (), (str(each),)) for each in range(500))))
        finally:
            await pipeline.close()
            await live.close()

    assert run(double()) == [2 * each for each in range(500)]


async def test_a_connection_lost_amid_its_greeting_does_not_end_the_pipeline(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by a server that is restarting; the next call opens another connection."""
    true_command = links.Link.command

    def lost(self: links.Link, *words: links.Word) -> asyncio.Future[Any]:
        if words[0] == "INFO":
            self.give_up()
        return true_command(self, *words)

    live = LiveState(redis_url, call_seconds=5)
    pipeline = ScriptPipeline(live)
    monkeypatch.setattr(links.Link, "command", lost)
    with pytest.raises(NotSentError):
        await pipeline.run(DOUBLE, (), ("2",))
    monkeypatch.undo()
    assert await pipeline.run(DOUBLE, (), ("2",)) == 4
    await pipeline.close()
    await live.close()
