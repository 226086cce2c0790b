"""Messages under attack: processes and stores are killed, emptied and cut off, and every promise to people holds."""

import asyncio
import os
import time
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

import pytest

from datasources.postgres.migrating import migrate
from datasources.redis.topics import TopicHub
from engines.supervisor import LocalEngines
from services.post_offices import PostOffice
from subscriptions.messages import LiveMessages
from tests.faults import message_crowds as crowds
from tests.faults.crowds import over_tcp
from tests.faults.message_checker import MessageRun, Watch, violations
from tests.faults.message_nodes import WEB, WORKER
from tests.faults.nodes import Node, Nursery, bare_sources
from tests.faults.proxy import Proxy
from tests.faults.storms import through, torment
from tests.faults.theatre import Theatre

pytestmark = [pytest.mark.alone, pytest.mark.timeout(300)]

RECOVERY_SECONDS = 30.0


async def rage(folder: Path, *, seed: int, pairs: int, seconds: float) -> MessageRun:
    """One seeded run: writing and reading while one fault follows another, then peace and the books."""
    rng = Random(seed)
    async with AsyncExitStack() as stack:
        engines = stack.enter_context(LocalEngines(folder, is_durable=False))
        database_url, redis_url = await asyncio.to_thread(
            engines.together, lambda: engines.start_postgres(database="chaos"), engines.start_valkey
        )
        await migrate(database_url)
        lines = [
            await stack.enter_async_context(Proxy("127.0.0.1", urlsplit(url).port or 0))
            for url in (redis_url, database_url)
        ]
        sources = bare_sources(database_url, redis_url, redis_seconds=2.0)
        stack.push_async_callback(sources.live.close)
        stack.push_async_callback(sources.database.close)
        office = PostOffice(sources)
        stack.push_async_callback(office.close)
        nursery = await stack.enter_async_context(Nursery())
        by_proxy = (through(database_url, lines[1]), through(redis_url, lines[0]))
        nodes = [Node(nursery, role, by_proxy, []) for role in (WEB, WEB, WORKER)]
        for node in nodes:
            stack.push_async_callback(node.kill)
        await asyncio.gather(*(node.start() for node in nodes))
        theatre = Theatre(engines, redis_url, nodes[:2], nodes[2], lines[0], lines[1], rng)
        run, cast = await crowds.prepare(office, database_url, pairs=pairs)
        hub = TopicHub(sources.live, secret=b"secret")
        stack.push_async_callback(hub.close)
        live = LiveMessages(office, hub)
        watched = [
            Watch(conversation, viewer)
            for conversation, people in run.members.items()
            for viewer in (*people, cast.stranger)
        ]
        watchers = [
            asyncio.create_task(crowds.watch(live, each, run, database_url=database_url, rng=Random(seed * 100 + n)))
            for n, each in enumerate(watched)
        ]
        await asyncio.sleep(0.5)
        ends = time.monotonic() + seconds
        until = ends + RECOVERY_SECONDS
        ask = over_tcp(lambda: [node.port for node in theatre.webs], rng)
        writers: list[Any] = [
            crowds.write_around(ask, run, buyer, [conversation], rng=Random(seed * 1_000 + n), ends=ends, until=until)
            for n, ((buyer, _), conversation) in enumerate(zip(cast.pairs, cast.conversations, strict=True))
        ]
        seller = cast.pairs[0][1]
        writers.append(
            crowds.write_around(
                ask, run, seller, cast.conversations, rng=Random(seed * 1_000 + 999), ends=ends, until=until
            )
        )
        crowd = asyncio.gather(*writers)
        blocking = asyncio.create_task(_later(seconds / 2, crowds.block_midway(office, run, cast, until=until)))
        await torment(theatre, run, until=ends - 1.0, pause=seconds / 15)  # type: ignore[arg-type]  # it only notes faults
        await crowd
        await blocking
        await crowds.collect(run, database_url)
        await crowds.caught_up(run, seconds=RECOVERY_SECONDS)
        for each in watchers:
            each.cancel()
        await asyncio.gather(*watchers, return_exceptions=True)
    return run


async def _later(seconds: float, work: Any) -> None:
    await asyncio.sleep(seconds)
    await work


async def check(folder: Path, *, seed: int, pairs: int, seconds: float) -> None:
    run = await rage(folder, seed=seed, pairs=pairs, seconds=seconds)
    sent = sum(letter.is_sent for letter in run.letters)
    assert violations(run) == [], f"seed {seed}: {run.faults}"
    assert sent > 30, f"seed {seed}: only {sent} messages were sent, so the run shows nothing"
    assert run.blocked, f"seed {seed}: the block never stood"


async def test_no_promise_breaks_while_everything_is_killed_in_turn(engines_folder: Path) -> None:
    await check(engines_folder, seed=1, pairs=8, seconds=9.0)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(2, 2 + int(os.environ.get("SEEDS", "50"))))
async def test_no_promise_breaks_over_many_seeds(engines_folder: Path, seed: int) -> None:
    await check(engines_folder, seed=seed, pairs=20, seconds=20.0)
