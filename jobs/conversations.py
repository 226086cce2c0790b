"""Jobs of conversations: unread counts are counted anew each night."""

from datasources.sources import Sources
from jobs.kinds import JobKind, Payload
from services import conversations


async def correct_unread(sources: Sources, _payload: Payload) -> None:
    """Count what is unread."""
    await conversations.correct_unread(sources)


def kinds() -> tuple[JobKind, ...]:
    """The jobs of this noun."""
    return (JobKind(conversations.CORRECT_UNREAD, correct_unread, seconds=3_600, concurrency=1, cron="27 3 * * *"),)
