"""Jobs of log topics: publishing what a killed process left, and forgetting what is old."""

from datetime import timedelta

from datasources.sources import Sources
from jobs.kinds import JobKind, Payload
from services import topics


async def relay(sources: Sources, _payload: Payload) -> None:
    """Publish what was recorded and not published in time."""
    await topics.relay(sources)


async def trim(sources: Sources, _payload: Payload) -> None:
    """Delete events that are too old or too many."""
    await topics.trim(sources)


def kinds() -> tuple[JobKind, ...]:
    """The jobs of this noun."""
    return (
        JobKind(topics.RELAY, relay, concurrency=1, every=timedelta(seconds=2)),
        JobKind(topics.TRIM, trim, concurrency=1, cron="17 3 * * *"),
    )
