"""Jobs of personal data: erasing what is one person's."""

from uuid import UUID

from datasources.sources import Sources
from jobs.kinds import JobKind, Payload, UnusablePayloadError, text_of
from services import personal_data


async def erase(sources: Sources, payload: Payload) -> None:
    """Erase one person's data; a repetition goes on where the last attempt stopped."""
    try:
        user_id = UUID(text_of(payload, "user"))
    except ValueError as error:
        raise UnusablePayloadError("The payload names no account.") from error
    await personal_data.erase(sources, user_id)


def kinds() -> tuple[JobKind, ...]:
    """The jobs of this noun."""
    return (JobKind(personal_data.ERASE, erase, seconds=3_600, concurrency=2),)
