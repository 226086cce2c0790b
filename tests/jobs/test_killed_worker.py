"""A worker process killed without warning: its job is done by another, with the effect of once (J2)."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from datasources.postgres import jobs as queue
from datasources.sources import Sources
from jobs.kinds import JobKind
from jobs.runner import WorkerOptions, run_worker
from services.counters import FLUSH_COUNTERS, flush_counters
from tests.stores import open_sources, rows, until

OPTIONS = WorkerOptions(lease=timedelta(seconds=1), look_every=timedelta(milliseconds=200))
DOOMED = """
import asyncio, sys
from datetime import timedelta
from datasources.redis import counters
from jobs.kinds import JobKind
from jobs.runner import WorkerOptions, run_worker
from services import counters as services
from tests.stores import open_sources

async def flush_halfway(sources, payload):
    batch = await counters.take_views(sources.live, "doomed")
    if sys.argv[3] == "recorded":
        await services._add(sources, batch)
    print("halfway", flush=True)
    await asyncio.sleep(60)

async def main():
    async with open_sources(sys.argv[1], sys.argv[2], is_fresh=False) as sources:
        options = WorkerOptions(lease=timedelta(seconds=1))
        kinds = [JobKind("counters.flush", flush_halfway)]
        await run_worker(sources, sys.argv[1], asyncio.Event(), options=options, kinds=kinds)

asyncio.run(main())
"""


@pytest.fixture
async def sources(database_url: str, redis_url: str) -> AsyncIterator[Sources]:
    async with open_sources(database_url, redis_url) as opened:
        yield opened


async def flush(sources: Sources, _payload: Mapping[str, Any]) -> None:
    await flush_counters(sources, settle_seconds=0)


@pytest.mark.parametrize("point", ["taken", "recorded"])
async def test_a_flush_killed_at_any_point_is_finished_by_another_worker_and_adds_once(
    sources: Sources, database_url: str, redis_url: str, repository: Path, point: str
) -> None:
    await sources.live.redis.hset("gavel:views:waiting", mapping={"bike": "7", "car": "2"})
    await sources.database.write("test", lambda connection: queue.enqueue(connection, FLUSH_COUNTERS, {}))
    doomed = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", DOOMED, database_url, redis_url, point),
        cwd=repository,
        stdout=asyncio.subprocess.PIPE,
    )
    assert doomed.stdout is not None
    try:
        assert await asyncio.wait_for(doomed.stdout.readline(), 30) == b"halfway\n"
    finally:
        doomed.send_signal(signal.SIGKILL)
        await doomed.communicate()
    stop = asyncio.Event()
    worker = asyncio.create_task(
        run_worker(sources, database_url, stop, options=OPTIONS, kinds=[JobKind(FLUSH_COUNTERS, flush)])
    )

    async def is_done() -> bool:
        return not await rows(database_url, "select 1 from pgqueuer")

    await until(is_done)
    stop.set()
    await worker
    found = await rows(database_url, "select listing_id, views from listing_counters order by listing_id")
    assert [tuple(row) for row in found] == [("bike", 7), ("car", 2)]
    assert await sources.live.redis.keys("gavel:views:in-flight") == []
