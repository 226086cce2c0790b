"""What every resolver is given: who asks, the open clients, and loaders that live for one operation."""

from dataclasses import dataclass, field
from datetime import datetime

import strawberry

from datasources.guards import Spend
from datasources.sanity.staleness import Staleness
from datasources.sources import Sources
from domain.problems import UnauthenticatedError
from domain.selections import Selection
from domain.users import User, Viewer
from loaders import Loaders


@dataclass(slots=True, eq=False)
class Context:
    """One operation, or one event of a subscription: loaders are never shared between them."""

    viewer: Viewer
    sources: Sources
    loaders: Loaders
    request_id: str
    now: datetime
    spend: Spend
    staleness: Staleness
    selection: Selection = field(default_factory=Selection, kw_only=True)
    """What the operation needs of records; the executor says it before it begins."""

    @property
    def user(self) -> User:
        """The signed-in account; UNAUTHENTICATED for visitors."""
        if self.viewer.user is None:
            raise UnauthenticatedError
        return self.viewer.user

    def explain(self) -> dict[str, int]:
        """Calls per system so far and the age of content shown from before an outage, for `extensions`."""
        age = self.staleness.seconds
        return dict(self.spend.calls) | ({} if age is None else {"staleContentSeconds": round(age)})


Info = strawberry.Info[Context, None]
