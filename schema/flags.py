"""Feature flags as staff sees them."""

from typing import Annotated

import strawberry

from domain import flags as domain
from domain.users import Role
from resolvers import flags as resolve
from schema.fields import attribute, resolved
from schema.nodes import view
from schema.problems import InvalidInput, NotAllowed, NotFound, NotSignedIn, RetryLater


@view(of=domain.Flag, description="A feature that is switched on or off while the marketplace runs.")
class Flag:
    """A view of `domain.flags.Flag`."""

    name: str = attribute("Its name.")
    is_on: bool = attribute("Whether everybody has the feature.")
    roles: list[Role] = resolved(by=resolve.roles, description="The roles that have it in any case.")
    user_count: int = resolved(by=resolve.user_count, description="How many single accounts have it in any case.")


SetFlagResult = Annotated[
    Flag | NotSignedIn | NotAllowed | NotFound | InvalidInput | RetryLater,
    strawberry.union("SetFlagResult", description="The flag after the change, or why it was not changed."),
]
