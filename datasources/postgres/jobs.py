"""The job queue: enqueueing within the caller's transaction, parked jobs, and the state of the backlog."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
import sqlalchemy as sa
from pgqueuer import Queries
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.domain.types import JobId
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.postgres.connections import driver_of

Payload = Mapping[str, Any]

_MOST_FAILED = 1_000
_jobs = sa.table(
    "pgqueuer", sa.column("entrypoint"), sa.column("status"), sa.column("created"), sa.column("dedupe_key")
)


@dataclass(frozen=True, slots=True)
class FailedJob:
    """A job that failed too often and waits for a person; `gavel jobs` shows it, `requeue` runs it again."""

    job_id: int
    entrypoint: str
    payload: bytes
    attempts: int
    created_at: datetime
    failed_at: datetime


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many jobs of one kind stand in one state, and since when the oldest of them does."""

    entrypoint: str
    state: str
    count: int
    oldest_at: datetime


async def enqueue(
    connection: AsyncConnection,
    entrypoint: str,
    payload: Payload,
    *,
    dedupe_key: str | None = None,
    delay: timedelta | None = None,
) -> bool:
    """Add a job that exists exactly when the caller's transaction commits (J1).

    False when a job of this kind with the same key already waits or runs; the insert skips it, so the transaction
    stays usable.
    """
    queries = await _queries(connection)
    key = None if dedupe_key is None else _key_of(entrypoint, dedupe_key)
    ids = await queries.enqueue(
        entrypoint, orjson.dumps(payload), execute_after=delay, dedupe_key=key, on_conflict="skip"
    )
    return ids[0] is not None


async def enqueue_all(
    connection: AsyncConnection, entrypoint: str, wanted: Sequence[tuple[Payload, timedelta]]
) -> None:
    """Add jobs of one kind without keys, each with its delay, in one statement; they exist when it commits (J1)."""
    if not wanted:
        return
    queries = await _queries(connection)
    payloads: list[bytes | None] = [orjson.dumps(payload) for payload, _ in wanted]
    delays: list[timedelta | None] = [delay for _, delay in wanted]
    await queries.enqueue([entrypoint] * len(wanted), payloads, [0] * len(wanted), delays)


def _key_of(entrypoint: str, dedupe_key: str) -> str:
    """The queue holds keys to be unique over all kinds; ours are unique within theirs."""
    return f"{entrypoint}/{dedupe_key}"


async def known_keys(connection: AsyncConnection, wanted: Mapping[str, str]) -> set[str]:
    """Which of these keys, each given with its kind, a job has, whether it waits, runs or stands parked."""
    by_name = {_key_of(kind, key): key for key, kind in wanted.items()}
    query = sa.select(_jobs.c.dedupe_key).where(_jobs.c.dedupe_key.in_(list(by_name)))
    return {by_name[name] for name in (await connection.execute(query)).scalars()}


async def failed_jobs(connection: AsyncConnection, *, limit: int = 100) -> list[FailedJob]:
    """Parked jobs, the newest first."""
    queries = await _queries(connection)
    return [
        FailedJob(each.id, each.entrypoint, each.payload or b"", each.attempts, each.created, each.updated)
        for each in await queries.list_failed_jobs(limit=min(limit, _MOST_FAILED))
    ]


async def requeue(connection: AsyncConnection, job_ids: Sequence[int]) -> None:
    """Let parked jobs run again with fresh attempts; ids of other jobs change nothing."""
    queries = await _queries(connection)
    await queries.requeue_jobs([JobId(each) for each in job_ids])


async def backlog(connection: AsyncConnection) -> list[Backlog]:
    """What waits, runs and stands parked, for metrics."""
    kind, state = _jobs.c.entrypoint, sa.cast(_jobs.c.status, sa.Text)
    query = sa.select(kind, state, sa.func.count(), sa.func.min(_jobs.c.created)).group_by(kind, state)
    return [Backlog(*row) for row in await connection.execute(query)]


async def _queries(connection: AsyncConnection) -> Queries:
    """The queue's own statements over the caller's connection, inside the caller's transaction."""
    return Queries(AsyncpgDriver(await driver_of(connection)))
