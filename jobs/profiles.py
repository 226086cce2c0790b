"""Jobs that bring a changed profile, and what is shown of it elsewhere, up to date."""

from datasources.sources import Sources
from jobs.kinds import JobKind, Payload, text_of
from services import indexing


async def sync_profile(sources: Sources, payload: Payload) -> None:
    """Bring one profile's link up to date and its listings after it."""
    await indexing.sync_profile(sources, text_of(payload, "id"))


def kinds() -> tuple[JobKind, ...]:
    """The jobs of this noun."""
    return (JobKind(indexing.SYNC_PROFILE, sync_profile),)
