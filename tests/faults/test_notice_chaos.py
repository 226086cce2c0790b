"""Notifications and mails under attack: workers, the record and the mailbox fail, and each is told and mailed once."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

import httpx
import pytest

from datasources.postgres.migrating import migrate
from engines.supervisor import LocalEngines
from services.post_offices import PostOffice
from tests.faults.nodes import Node, Nursery, bare_sources
from tests.faults.notice_checker import NoticeRun, violations
from tests.faults.notice_crowds import LATER, Village, collect, is_idle
from tests.faults.notice_nodes import ROLE
from tests.faults.proxy import Proxy
from tests.faults.storms import through
from tests.stores import until

pytestmark = [pytest.mark.alone, pytest.mark.timeout(300)]

RECOVERY_SECONDS = 40.0
MAILBOX_FAULTS = (
    {"status": 503, "after": True, "times": 3},
    {"status": 500, "times": 3},
    {"status": 200, "seconds": 2, "after": True, "times": 2},
)
"""Mails that were taken though it is said that they were not, refused ones, and answers that come too late."""


class Stage:
    """What can be hurt: two workers, the record, the line to it, and the mailbox."""

    def __init__(self, engines: LocalEngines, workers: list[Node], line: Proxy, mailbox_url: str, rng: Random) -> None:
        self.engines, self.workers, self.line, self.mailbox_url, self.rng = engines, workers, line, mailbox_url, rng

    async def kill_worker(self) -> None:
        worker = self.rng.choice(self.workers)
        await worker.kill()
        await worker.start()

    async def stop_postgres_at_once(self) -> None:
        await asyncio.to_thread(self.engines.kill, "postgres")
        await asyncio.to_thread(self.engines.restart, "postgres")

    async def black_hole(self) -> None:
        self.line.hold()
        await asyncio.sleep(0.6)
        self.line.release()
        self.line.cut()

    async def upset_mailbox(self) -> None:
        async with httpx.AsyncClient(base_url=self.mailbox_url) as http:
            (await http.post("/admin/faults", json=self.rng.choice(MAILBOX_FAULTS))).raise_for_status()

    async def torment(self, run: NoticeRun, *, until: float, pause: float) -> None:
        """Every fault once, in the order of the seed, and again while there is time; workers die most of all."""
        worker, mailbox = self.kill_worker, self.upset_mailbox
        faults: list[Callable[[], Awaitable[None]]] = [worker, worker, worker, mailbox, mailbox, self.black_hole]
        faults.append(self.stop_postgres_at_once)
        self.rng.shuffle(faults)
        number = 0
        while number < len(faults) or time.monotonic() < until:
            await asyncio.sleep(pause * (0.5 + self.rng.random()))
            await faults[number % len(faults)]()
            run.faults.append(faults[number % len(faults)].__name__)
            number += 1


async def rage(folder: Path, *, seed: int, people: int, causes: int, seconds: float) -> NoticeRun:
    """One seeded run: things happen while one fault follows another, then peace and the books."""
    rng, run = Random(seed), NoticeRun()
    async with AsyncExitStack() as stack:
        engines = stack.enter_context(LocalEngines(folder, is_durable=False))
        database_url, redis_url, mailbox_url = await asyncio.to_thread(
            engines.together,
            lambda: engines.start_postgres(database="chaos"),
            engines.start_valkey,
            lambda: engines.start_server("engines.mailbox"),
        )
        await migrate(database_url)
        line = await stack.enter_async_context(Proxy("127.0.0.1", urlsplit(database_url).port or 0))
        sources = bare_sources(database_url, redis_url, redis_seconds=2.0)
        stack.push_async_callback(sources.live.close)
        stack.push_async_callback(sources.database.close)
        nursery = await stack.enter_async_context(Nursery())
        workers = [Node(nursery, ROLE, (through(database_url, line), redis_url), [mailbox_url]) for _ in range(2)]
        for worker in workers:
            stack.push_async_callback(worker.kill)
        office = PostOffice(sources, notice_after=LATER)
        stack.push_async_callback(office.close)
        ends = time.monotonic() + seconds
        village = Village(sources, database_url, run, Random(seed + 1), until=ends + RECOVERY_SECONDS)
        await asyncio.gather(village.settle(people), *(worker.start() for worker in workers))
        await village.write_letters(office, pairs=6)
        living = asyncio.create_task(village.live(seconds=seconds, causes=causes))
        stage = Stage(engines, workers, line, mailbox_url, rng)
        await stage.torment(run, until=ends, pause=seconds / 8)
        await living
        await until(lambda: is_idle(database_url), seconds=RECOVERY_SECONDS)
        await collect(run, database_url, mailbox_url)
    return run


async def check(folder: Path, *, seed: int, people: int, causes: int, seconds: float) -> None:
    run = await rage(folder, seed=seed, people=people, causes=causes, seconds=seconds)
    assert violations(run) == [], f"seed {seed}: {run.faults}"
    assert len(run.dues) > causes, f"seed {seed}: too little happened for the run to show anything"
    assert len(run.faults) >= 7


async def test_each_is_told_and_mailed_once_while_everything_fails_in_turn(engines_folder: Path) -> None:
    await check(engines_folder, seed=1, people=24, causes=24, seconds=4.0)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(2, 2 + int(os.environ.get("SEEDS", "50"))))
async def test_each_is_told_and_mailed_once_over_many_seeds(engines_folder: Path, seed: int) -> None:
    await check(engines_folder, seed=seed, people=60, causes=80, seconds=12.0)
