"""The worker: takes jobs from the queue in Postgres, runs them, asks for recurring ones, and survives lost connections.

Each job is held by a lease that its worker renews; a worker that is killed stops renewing, and another takes the job
over. So every job is done at least once, and its work must have the effect of once.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import asyncpg
import structlog
from pgqueuer import PgQueuer, QueueManager
from pgqueuer.core.buffers import JobStatusLogBuffer
from pgqueuer.core.executors import AbstractEntrypointExecutor
from pgqueuer.errors import FailingListenerError
from pgqueuer.models import HealthCheckEvent, Job, Schedule

from datasources.postgres import jobs as queue
from datasources.sources import Sources
from domain.problems import UpstreamUnavailableError
from jobs import metrics
from jobs.kinds import JobKind
from jobs.registry import every_kind
from jobs.retrying import JobExecutor, Retrying, executor_of

_log = structlog.get_logger(__name__)

_CONNECT_SECONDS = 5.0
_STATEMENT_SECONDS = 10.0
_CONNECTIONS = 3
"""One listens for new jobs, the others ask for work and report what became of it."""
_CLOSE_SECONDS = 5.0
_BACKLOG_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """How a worker works; the defaults are for production."""

    flush_every: timedelta = timedelta(minutes=5)
    lease: timedelta = timedelta(seconds=30)
    """A job whose worker has not renewed it for so long is given to another."""
    look_every: timedelta = timedelta(seconds=2)
    """New jobs announce themselves; jobs retried, requeued or left by a dead worker are found by looking."""
    jobs_at_once: int = 20
    jobs_per_fetch: int = 10
    finish_within: timedelta = timedelta(seconds=10)
    """How long a stopping worker lets running jobs finish before it gives them back."""
    longest_reconnect_wait: timedelta = timedelta(seconds=15)
    retrying: Retrying = field(default_factory=Retrying)


async def run_worker(
    sources: Sources,
    database_url: str,
    stop: asyncio.Event,
    *,
    options: WorkerOptions | None = None,
    kinds: Sequence[JobKind] | None = None,
) -> None:
    """Work until `stop` is set, then let running jobs finish. `database_url` must not lead to a pooler."""
    options = options or WorkerOptions()
    kinds = every_kind(flush_every=options.flush_every) if kinds is None else kinds
    recurring = [
        asyncio.create_task(_every(each.every, stop, _Asking(sources, each.name))) for each in kinds if each.every
    ]
    reporting = asyncio.create_task(_every(timedelta(seconds=_BACKLOG_SECONDS), stop, _Reporting(sources)))
    try:
        await _work_and_reconnect(sources, database_url, stop, options, kinds)
    finally:
        for task in (*recurring, reporting):
            task.cancel()
        await asyncio.gather(*recurring, reporting, return_exceptions=True)


async def _work_and_reconnect(
    sources: Sources, database_url: str, stop: asyncio.Event, options: WorkerOptions, kinds: Sequence[JobKind]
) -> None:
    wait = timedelta(seconds=0.25)
    while not stop.is_set():
        began = asyncio.get_running_loop().time()
        try:
            async with _pool(database_url) as pool:
                await _work(_queuer(pool, sources, options, kinds), stop, options)
        except Exception as fault:  # noqa: BLE001 - whatever broke the connection, a worker's duty is to come back
            _log.warning("worker lost its queue", fault=repr(fault), again_in_seconds=wait.total_seconds())
            if asyncio.get_running_loop().time() - began > options.lease.total_seconds():
                wait = timedelta(seconds=0.25)
            await _wait(stop, wait)
            wait = min(wait * 2, options.longest_reconnect_wait)


@contextlib.asynccontextmanager
async def _pool(database_url: str) -> AsyncIterator[Any]:
    pool = await asyncpg.create_pool(
        database_url,
        min_size=_CONNECTIONS,
        max_size=_CONNECTIONS,
        timeout=_CONNECT_SECONDS,
        command_timeout=_STATEMENT_SECONDS,
        server_settings={"application_name": "gavel-worker"},
    )
    try:
        yield pool
    finally:
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await pool.close()
        except (OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.PostgresError):
            pool.terminate()


class _Queue(QueueManager):
    """A queue that asks twice whether it hears, and parks only what was given up."""

    async def listener_healthy(self, timeout: timedelta = timedelta(seconds=10)) -> HealthCheckEvent:  # noqa: ASYNC109
        """Whether a notice comes back within the time; FailingListenerError where it does not.

        The first question may go out before the queue listens.
        """
        with contextlib.suppress(FailingListenerError):
            return await super().listener_healthy(timeout / 2)
        return await super().listener_healthy(timeout / 2)

    async def log_failure(
        self, job: Job, executor: AbstractEntrypointExecutor, exc: Exception, jbuff: JobStatusLogBuffer
    ) -> None:
        """Park a job that its executor gave up.

        Where the record was away when a retry should have been noted, the job has failed no more than that: it is left
        to its lease, after which it is taken again.
        """
        if isinstance(executor, JobExecutor) and not executor.forget_given_up(job):
            _log.warning("a retry was not noted", job=job.entrypoint, job_id=job.id, fault=repr(exc))
            return
        await super().log_failure(job, executor, exc, jbuff)


def _queuer(pool: Any, sources: Sources, options: WorkerOptions, kinds: Sequence[JobKind]) -> PgQueuer:
    queuer = PgQueuer.from_asyncpg_pool(pool)
    queuer.qm = _Queue(queuer.qm.queries, queuer.channel, resources=queuer.resources)
    queuer.qm.shutdown = queuer.shutdown
    for kind in kinds:
        queuer.entrypoint(
            kind.name,
            concurrency_limit=kind.concurrency,
            on_failure="delete" if kind.is_recurring else "hold",
            executor_factory=executor_of(kind, sources, options.retrying),
        )(_nothing)
        if kind.cron is not None:
            queuer.schedule(kind.name, kind.cron)(_Asking(sources, kind.name).scheduled)
    return queuer


async def _nothing(_job: Job) -> None:
    """The queue wants a function; our executor runs the kind's work instead."""


async def _work(queuer: PgQueuer, stop: asyncio.Event, options: WorkerOptions) -> None:
    running = asyncio.create_task(
        queuer.run(
            batch_size=options.jobs_per_fetch,
            max_concurrent_tasks=options.jobs_at_once,
            dequeue_timeout=options.look_every,
            heartbeat_timeout=options.lease,
            shutdown_on_listener_failure=True,
        )
    )
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        queuer.shutdown.set()
        await asyncio.wait({running}, timeout=options.finish_within.total_seconds())
    finally:
        queuer.shutdown.set()
        stopping.cancel()
        running.cancel()
        await asyncio.wait({running}, timeout=_CLOSE_SECONDS)
    if running.done() and not running.cancelled():
        running.result()


class _Asking:
    """Asks for one job of a kind; one that waits already is enough."""

    def __init__(self, sources: Sources, name: str) -> None:
        self._sources = sources
        self._name = name

    async def __call__(self) -> None:
        await self._sources.database.write(
            "jobs.ask", lambda connection: queue.enqueue(connection, self._name, {}, dedupe_key=self._name)
        )

    async def scheduled(self, _schedule: Schedule) -> None:
        await self()


class _Reporting:
    """Shows the backlog as metrics."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    async def __call__(self) -> None:
        backlog = await self._sources.database.read("jobs.backlog", queue.backlog)
        metrics.show_backlog(backlog, now=self._sources.clock())


async def _every(period: timedelta, stop: asyncio.Event, act: _Asking | _Reporting) -> None:
    while not await _wait(stop, period):
        with contextlib.suppress(UpstreamUnavailableError):  # the next round comes
            await act()


async def _wait(stop: asyncio.Event, period: timedelta) -> bool:
    """Wait for the period or for `stop`; whether it was `stop`."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), period.total_seconds())
    return stop.is_set()
