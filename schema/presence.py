"""Presence and typing as clients see them."""

from datetime import datetime
from typing import Annotated

import strawberry

from domain import presence as domain
from resolvers import presence as resolve
from schema.fields import attribute, resolved
from schema.nodes import view
from schema.problems import NotFound, NotSignedIn, RetryLater
from services import presence as services


@view(of=domain.Presence, description="Whether somebody is there.")
class Presence:
    """A view of `domain.presence.Presence`."""

    user_id: strawberry.ID = resolved(by=resolve.present_id, description="Whom it is about.")
    is_online: bool = attribute("Whether they were heard of within the last 75 seconds.")
    last_seen_at: datetime | None = attribute("When they were last there, to the minute; null where it is not shown.")


@view(of=domain.Typing, description="Whether the other is writing.")
class Typing:
    """A view of `domain.presence.Typing`."""

    conversation_id: strawberry.ID = resolved(by=resolve.typing_conversation_id, description="Where.")
    user_id: strawberry.ID = resolved(by=resolve.typing_id, description="Who.")
    is_typing: bool = attribute("Whether something is being written; it ends by itself after six seconds.")


@view(of=services.PresenceNoted, description="It is noted.")
class PresenceNoted:
    """A view of `services.presence.PresenceNoted`."""

    is_hidden: bool = attribute("Whether the viewer has just chosen not to be seen.")


PresenceResult = Annotated[
    PresenceNoted | NotSignedIn | NotFound | RetryLater,
    strawberry.union("PresenceResult", description="Whether it is noted."),
]
