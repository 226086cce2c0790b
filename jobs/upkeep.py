"""The job that deletes rows nobody needs any more."""

from datasources.sources import Sources
from jobs.kinds import JobKind, Payload
from services import upkeep


async def delete_expired(sources: Sources, _payload: Payload) -> None:
    """Delete old deliveries, idempotency keys, flushes and finished jobs."""
    await upkeep.delete_expired_rows(sources)


def kinds() -> tuple[JobKind, ...]:
    """The jobs of this noun."""
    return (JobKind(upkeep.DELETE_EXPIRED, delete_expired, seconds=900, concurrency=1, cron="29 * * * *"),)
