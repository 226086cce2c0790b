"""Jobs that move counters from Redis into the record and keep them right."""

from datetime import timedelta

from datasources.sources import Sources
from jobs.kinds import JobKind, Payload
from services import counters


async def flush_counters(sources: Sources, _payload: Payload) -> None:
    """Move what Redis counted into the record."""
    await counters.flush_counters(sources)


async def correct_counters(sources: Sources, _payload: Payload) -> None:
    """Compare the totals with the marks they count, then fold in what differed."""
    await counters.correct_counters(sources)
    await counters.flush_counters(sources)


def kinds(*, flush_every: timedelta) -> tuple[JobKind, ...]:
    """The jobs of this noun; flushes follow the configured rhythm (S0-033)."""
    return (
        JobKind(counters.FLUSH_COUNTERS, flush_counters, concurrency=1, every=flush_every),
        JobKind(counters.CORRECT_COUNTERS, correct_counters, concurrency=1, cron="47 2 * * *"),
    )
