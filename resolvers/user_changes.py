"""The mutation of the viewer's own profile and its input."""

import strawberry

from domain.problems import EditConflict, InvalidInput, NotFound, RetryLater
from domain.users import PublicUser
from resolvers.context import Info
from services import users
from services.users import ProfileEdit


@strawberry.input(description="What a person shows of themselves; fields left out stay as they are.")
class UpsertProfileInput:
    """Input of `upsertProfile`."""

    handle: str | None = strawberry.field(default=None, description="3 to 30 of a-z, 0-9, - and _; unique.")
    display_name: str | None = strawberry.field(default=None, description="The name for people.")
    bio: str | None = strawberry.field(default=None, description="Plain text, at most 2,000 characters.")
    city: str | None = strawberry.field(default=None, description="The town they trade from.")
    phone: str | None = strawberry.field(default=None, description="A phone number with its country code.")
    shows_phone: bool | None = strawberry.field(default=None, description="Whether everybody may see the number.")


async def upsert_profile(
    info: Info,
    input: UpsertProfileInput,  # noqa: A002 - the customary name of a mutation's one argument
) -> PublicUser | InvalidInput | EditConflict | NotFound | RetryLater:
    """Create or change the viewer's public profile."""
    edit = ProfileEdit(
        handle=input.handle,
        display_name=input.display_name,
        bio=input.bio,
        city=input.city,
        phone=input.phone,
        shows_phone=input.shows_phone,
    )
    return await users.upsert_profile(info.context.sources, info.context.viewer, info.context.user, edit)
