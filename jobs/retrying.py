"""How a job is attempted: within a deadline, again after a growing wait, and parked when it keeps failing."""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import structlog
from pgqueuer.core.executors import AbstractEntrypointExecutor, EntrypointExecutorParameters
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.models import Context, Job

from datasources.sources import Sources
from domain.problems import UpstreamUnavailableError
from jobs import metrics
from jobs.kinds import JobKind, Payload, UnusablePayloadError

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Retrying:
    """When a failed job runs again. A system that is away is waited for far longer than a fault of ours."""

    most_attempts: int = 6
    first_wait: timedelta = timedelta(seconds=1)
    longest_wait: timedelta = timedelta(minutes=5)
    wait_for_upstream: timedelta = timedelta(hours=24)

    def wait_after(self, fault: Exception, *, attempts: int, age: timedelta) -> timedelta | None:
        """How long to wait after the fault of an attempt (the first is number 1); None to give up."""
        if isinstance(fault, UnusablePayloadError):
            return None
        is_away = isinstance(fault, UpstreamUnavailableError) and age < self.wait_for_upstream
        if attempts >= self.most_attempts and not is_away:
            return None
        doubled: int = 2 ** min(attempts - 1, 30)
        return min(self.first_wait * doubled, self.longest_wait)


def executor_of(
    kind: JobKind, sources: Sources, retrying: Retrying
) -> Callable[[EntrypointExecutorParameters], AbstractEntrypointExecutor]:
    """What the queue makes an executor with."""
    return lambda parameters: JobExecutor(parameters, kind=kind, sources=sources, retrying=retrying)


class JobExecutor(AbstractEntrypointExecutor):
    """Runs the jobs of one kind, and knows which of them it gave up."""

    def __init__(
        self, parameters: EntrypointExecutorParameters, *, kind: JobKind, sources: Sources, retrying: Retrying
    ) -> None:
        super().__init__(parameters)
        self._kind = kind
        self._sources = sources
        self._retrying = retrying
        self._given_up: set[int] = set()

    def forget_given_up(self, job: Job) -> bool:
        """Whether the job failed for good; asked once."""
        is_given_up = job.id in self._given_up
        self._given_up.discard(job.id)
        return is_given_up

    async def execute(self, job: Job, context: Context) -> None:  # noqa: ARG002 - the queue's own signature
        """Attempt the job within its deadline; RetryRequested where it is to run again."""
        started = time.monotonic()
        outcome = "failed"
        try:
            async with asyncio.timeout(self._kind.seconds):
                await self._kind.work(self._sources, _payload(job))
            outcome = "done"
        except asyncio.CancelledError as stopped:
            # The queue deletes a cancelled job; a worker that is told to stop must give it back instead.
            outcome = "given back"
            raise RetryRequested(delay=timedelta(0), reason="the worker stopped") from stopped
        except Exception as fault:
            age = datetime.now(UTC) - job.created
            wait = self._retrying.wait_after(fault, attempts=job.attempts + 1, age=age)
            outcome = "retried" if wait is not None else "dropped" if self._kind.is_recurring else "parked"
            _log.warning("job failed", job=self._kind.name, job_id=job.id, outcome=outcome, fault=repr(fault))
            if wait is None:
                self._given_up.add(job.id)
                raise
            jitter = random.uniform(0.75, 1.25)  # noqa: S311 - spreads load, guards nothing
            raise RetryRequested(delay=wait * jitter, reason=type(fault).__name__) from fault
        finally:
            metrics.JOBS.labels(job=self._kind.name, outcome=outcome).inc()
            metrics.JOB_SECONDS.labels(job=self._kind.name).observe(time.monotonic() - started)


def _payload(job: Job) -> Payload:
    try:
        payload: Any = orjson.loads(job.payload or b"{}")
    except orjson.JSONDecodeError:
        payload = None
    if not isinstance(payload, dict):
        raise UnusablePayloadError("The payload is not a JSON object.")
    return payload
