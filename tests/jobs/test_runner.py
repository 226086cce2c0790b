"""The worker over a real Postgres: done at least once, retried, parked, taken over, stopped and reconnected."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from pgqueuer.queries import Queries
from pgqueuer.types import HealthCheckId
from structlog.testing import capture_logs

from datasources.postgres import jobs as queue
from datasources.sources import Sources
from domain.problems import UpstreamUnavailableError
from jobs import metrics
from jobs.kinds import JobKind, UnusablePayloadError
from jobs.registry import every_kind
from jobs.retrying import Retrying
from jobs.runner import WorkerOptions, run_worker
from tests import stores
from tests.stores import open_sources, rows

QUICK = WorkerOptions(
    lease=timedelta(seconds=1),
    look_every=timedelta(milliseconds=200),
    finish_within=timedelta(seconds=1),
    retrying=Retrying(most_attempts=3, first_wait=timedelta(milliseconds=50)),
    longest_reconnect_wait=timedelta(milliseconds=500),
)
PATIENCE = 15.0


@pytest.fixture
async def sources(database_url: str, redis_url: str) -> AsyncIterator[Sources]:
    async with open_sources(database_url, redis_url) as opened:
        yield opened


@asynccontextmanager
async def worker(
    sources: Sources, database_url: str, *kinds: JobKind, options: WorkerOptions = QUICK
) -> AsyncIterator[asyncio.Event]:
    stop = asyncio.Event()
    running = asyncio.create_task(run_worker(sources, database_url, stop, options=options, kinds=kinds))
    try:
        yield stop
    finally:
        stop.set()
        await asyncio.wait_for(running, PATIENCE)


async def enqueue(sources: Sources, name: str, payload: Mapping[str, Any] | None = None) -> None:
    await sources.database.write("test", lambda connection: queue.enqueue(connection, name, payload or {}))


async def until(condition: Callable[[], bool]) -> None:
    async def holds() -> bool:
        return condition()

    await stores.until(holds, seconds=PATIENCE)


async def standing(database_url: str) -> list[tuple[str, str]]:
    found = await rows(database_url, "select entrypoint, status::text from pgqueuer order by id")
    return [(row["entrypoint"], row["status"]) for row in found]


def collecting(name: str, done: list[Any], **options: Any) -> JobKind:
    async def work(_sources: Sources, payload: Mapping[str, Any]) -> None:
        done.append(payload.get("n"))

    return JobKind(name, work, **options)


async def test_jobs_are_done_as_soon_as_they_are_enqueued(sources: Sources, database_url: str) -> None:
    done: list[Any] = []
    async with worker(sources, database_url, collecting("count", done)):
        for index in range(30):
            await enqueue(sources, "count", {"n": index})
        await until(lambda: len(done) == 30)
    assert sorted(done) == list(range(30))
    assert await standing(database_url) == []


async def test_a_job_that_fails_once_is_done_later(sources: Sources, database_url: str) -> None:
    attempts: list[int] = []

    async def work(_sources: Sources, _payload: Mapping[str, Any]) -> None:
        attempts.append(1)
        if len(attempts) < 3:
            raise ValueError("not yet")

    async with worker(sources, database_url, JobKind("flaky", work)):
        await enqueue(sources, "flaky")
        await until(lambda: len(attempts) == 3)
    assert await standing(database_url) == []


async def test_a_poisoned_job_is_parked_while_others_flow_and_can_be_requeued(
    sources: Sources, database_url: str
) -> None:
    done: list[Any] = []
    is_mended = False

    async def work(_sources: Sources, payload: Mapping[str, Any]) -> None:
        if not is_mended:
            raise ValueError("poison")
        done.append(payload["n"])

    parked_before = metrics.JOBS.labels(job="poison", outcome="parked")._value.get()
    async with worker(sources, database_url, JobKind("poison", work), collecting("fine", done)):
        await enqueue(sources, "poison", {"n": "mended"})
        for index in range(10):
            await enqueue(sources, "fine", {"n": index})
        await until(lambda: len(done) == 10)

        async def is_parked() -> bool:
            return await standing(database_url) == [("poison", "failed")]

        await stores.until(is_parked, seconds=PATIENCE)
        (failed,) = await sources.database.read("test", queue.failed_jobs)
        assert (failed.entrypoint, json.loads(failed.payload), failed.attempts) == ("poison", {"n": "mended"}, 2)
        assert metrics.JOBS.labels(job="poison", outcome="parked")._value.get() == parked_before + 1
        is_mended = True
        await sources.database.write("test", lambda connection: queue.requeue(connection, [failed.job_id]))
        await until(lambda: "mended" in done)
    assert await standing(database_url) == []


async def test_a_job_whose_payload_is_unusable_is_parked_at_once(sources: Sources, database_url: str) -> None:
    attempts: list[int] = []

    async def work(_sources: Sources, _payload: Mapping[str, Any]) -> None:
        attempts.append(1)
        raise UnusablePayloadError("no id")

    async with worker(sources, database_url, JobKind("unusable", work)):
        await enqueue(sources, "unusable")

        async def is_parked() -> bool:
            return await standing(database_url) == [("unusable", "failed")]

        await stores.until(is_parked, seconds=PATIENCE)
    assert attempts == [1]


async def test_a_recurring_job_is_asked_for_again_and_never_parked(sources: Sources, database_url: str) -> None:
    attempts: list[int] = []

    async def work(_sources: Sources, _payload: Mapping[str, Any]) -> None:
        attempts.append(1)
        raise UnusablePayloadError("broken this time")

    kind = JobKind("tick", work, every=timedelta(milliseconds=100), concurrency=1)
    async with worker(sources, database_url, kind):
        await until(lambda: len(attempts) >= 3)
    assert ("tick", "failed") not in await standing(database_url)


async def test_a_job_may_not_take_longer_than_its_kind_allows(sources: Sources, database_url: str) -> None:
    begun: list[int] = []

    async def work(_sources: Sources, _payload: Mapping[str, Any]) -> None:
        begun.append(1)
        if len(begun) == 1:
            await asyncio.sleep(60)

    async with worker(sources, database_url, JobKind("slow", work, seconds=0.2)):
        await enqueue(sources, "slow")
        await until(lambda: len(begun) == 2)


async def test_only_so_many_of_a_limited_kind_run_at_once(sources: Sources, database_url: str) -> None:
    running = most = done = 0

    async def work(_sources: Sources, _payload: Mapping[str, Any]) -> None:
        nonlocal running, most, done
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.05)
        running -= 1
        done += 1

    kind = JobKind("limited", work, concurrency=1)
    async with worker(sources, database_url, kind), worker(sources, database_url, kind):
        for _ in range(5):
            await enqueue(sources, "limited")
        await until(lambda: done == 5)
    assert most == 1


async def test_a_job_whose_worker_died_is_taken_over(sources: Sources, database_url: str) -> None:
    done: list[Any] = []
    await enqueue(sources, "count", {"n": 1})
    # What a worker leaves behind that was killed in the middle of the job: picked, and no longer renewed.
    await rows(
        database_url,
        "update pgqueuer set status = 'picked', queue_manager_id = gen_random_uuid(), "
        "heartbeat = now() - interval '2 s'",
    )
    async with worker(sources, database_url, collecting("count", done)):
        await until(lambda: done == [1])
    assert await standing(database_url) == []


async def test_a_long_job_keeps_its_lease_and_runs_once(sources: Sources, database_url: str) -> None:
    begun: list[int] = []

    async def work(_sources: Sources, _payload: Mapping[str, Any]) -> None:
        begun.append(1)
        await asyncio.sleep(2.5)

    kind = JobKind("long", work)
    options = WorkerOptions(lease=timedelta(seconds=1), finish_within=timedelta(seconds=5))
    async with (
        worker(sources, database_url, kind, options=options),
        worker(sources, database_url, kind, options=options),
    ):
        await enqueue(sources, "long")

        async def is_done() -> bool:
            return bool(begun) and await standing(database_url) == []

        await stores.until(is_done, seconds=PATIENCE)
    assert begun == [1]


async def test_a_stopping_worker_lets_a_running_job_finish(sources: Sources, database_url: str) -> None:
    begun, done = asyncio.Event(), asyncio.Event()

    async def work(_sources: Sources, _payload: Mapping[str, Any]) -> None:
        begun.set()
        await asyncio.sleep(0.3)
        done.set()

    async with worker(sources, database_url, JobKind("steady", work)) as stop:
        await enqueue(sources, "steady")
        await asyncio.wait_for(begun.wait(), PATIENCE)
        stop.set()
    assert done.is_set()
    assert await standing(database_url) == []


async def test_a_stopping_worker_gives_back_a_job_that_does_not_finish(sources: Sources, database_url: str) -> None:
    begun = asyncio.Event()

    async def work(_sources: Sources, _payload: Mapping[str, Any]) -> None:
        begun.set()
        await asyncio.sleep(60)

    async with worker(sources, database_url, JobKind("endless", work)) as stop:
        await enqueue(sources, "endless")
        await asyncio.wait_for(begun.wait(), PATIENCE)
        stop.set()
    assert await standing(database_url) == [("endless", "queued")]


async def test_a_worker_comes_back_after_its_connections_were_cut(sources: Sources, database_url: str) -> None:
    done: list[Any] = []
    async with worker(sources, database_url, collecting("count", done)):
        await enqueue(sources, "count", {"n": 1})
        await until(lambda: done == [1])
        await rows(
            database_url,
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where application_name = 'gavel-worker' and datname = current_database()",
        )
        await enqueue(sources, "count", {"n": 2})
        await until(lambda: 2 in done)


async def test_a_worker_that_asked_before_it_listened_asks_again_and_keeps_its_queue(
    sources: Sources, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, asked = Queries.notify_health_check, []

    async def ask_from_the_second_time_on(queries: Queries, number: HealthCheckId) -> None:
        asked.append(number)
        if len(asked) > 1:
            await ask(queries, number)

    monkeypatch.setattr(Queries, "notify_health_check", ask_from_the_second_time_on)
    with capture_logs() as told:
        async with worker(sources, database_url):
            await until(lambda: len(asked) > 1)
    assert "worker lost its queue" not in [each["event"] for each in told]


async def test_a_worker_waits_for_a_database_that_is_away(sources: Sources) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(
        run_worker(sources, "postgresql://root@127.0.0.1:9/nowhere", stop, options=QUICK, kinds=[])
    )
    await asyncio.sleep(0.5)
    assert not running.done()
    stop.set()
    await asyncio.wait_for(running, PATIENCE)


async def test_the_backlog_is_told_by_kind_state_and_age(sources: Sources, database_url: str) -> None:
    await enqueue(sources, "waiting")
    await enqueue(sources, "waiting")
    await rows(database_url, "update pgqueuer set created = now() - interval '90 s'")
    backlog = await sources.database.read("test", queue.backlog)
    metrics.show_backlog(backlog, now=sources.clock())
    assert metrics.JOBS_STANDING.labels(job="waiting", state="queued")._value.get() == 2
    assert metrics.OLDEST_JOB_SECONDS.labels(job="waiting", state="queued")._value.get() == pytest.approx(90, abs=5)
    metrics.show_backlog([], now=sources.clock())
    assert metrics.JOBS_STANDING.labels(job="waiting", state="queued")._value.get() == 0


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 1), (2, 2), (3, 4), (5, 16), (6, None), (100, None)])
def test_the_wait_after_a_fault_grows_until_the_job_is_given_up(attempts: int, seconds: int | None) -> None:
    wait = Retrying().wait_after(ValueError(), attempts=attempts, age=timedelta(0))
    assert wait == (None if seconds is None else timedelta(seconds=seconds))


def test_a_system_that_is_away_is_waited_for_a_day() -> None:
    fault, retrying = UpstreamUnavailableError("search"), Retrying()
    assert retrying.wait_after(fault, attempts=200, age=timedelta(hours=23)) == timedelta(minutes=5)
    assert retrying.wait_after(fault, attempts=200, age=timedelta(hours=25)) is None


async def test_every_kind_of_the_registry_can_be_registered(sources: Sources, database_url: str) -> None:
    nightly = {each.name for each in every_kind(flush_every=QUICK.flush_every) if each.cron is not None}
    assert {"listings.reconcile", "counters.correct", "upkeep.delete-expired"} < nightly
    stop = asyncio.Event()
    running = asyncio.create_task(run_worker(sources, database_url, stop, options=QUICK))

    async def are_scheduled() -> bool:
        found = await rows(database_url, "select entrypoint, next_run from pgqueuer_schedules")
        return {row["entrypoint"] for row in found if row["next_run"] is not None} == nightly

    await stores.until(are_scheduled, seconds=PATIENCE)
    stop.set()
    await asyncio.wait_for(running, PATIENCE)


async def test_a_due_schedule_asks_for_its_job_once_for_two_workers(sources: Sources, database_url: str) -> None:
    done: list[Any] = []
    kind = collecting("daily", done, cron="0 3 * * *")
    async with worker(sources, database_url, kind):

        async def is_scheduled() -> bool:
            return bool(await rows(database_url, "select 1 from pgqueuer_schedules"))

        await stores.until(is_scheduled, seconds=PATIENCE)
    await rows(database_url, "update pgqueuer_schedules set next_run = now() - interval '1 s'")
    async with worker(sources, database_url, kind), worker(sources, database_url, kind):
        await until(lambda: len(done) >= 1)
        await asyncio.sleep(0.3)
    assert len(done) == 1
