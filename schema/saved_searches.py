"""Saved searches as clients see them, and what their mutations answer."""

from datetime import datetime
from typing import Annotated

import strawberry

from domain import saved_searches as domain
from resolvers import saved_searches as resolve
from schema.fields import attribute, resolved
from schema.nodes import Node, view
from schema.problems import InvalidInput, NotFound, NotSignedIn, RetryLater, WrongState


@view(of=domain.SavedSearch, description="A search that the viewer keeps.")
class SavedSearch(Node):
    """A view of `domain.saved_searches.SavedSearch`."""

    name: str = attribute("What the viewer calls it.")
    text: str = resolved(by=resolve.text, description="Its words; a price in them has become a condition.")
    has_alerts: bool = attribute("Whether the viewer is told of listings that satisfy it.")
    created_at: datetime = attribute("When it was saved; listings published later are told of.")


SavedSearchResult = Annotated[
    SavedSearch | NotSignedIn | InvalidInput | NotFound | WrongState | RetryLater,
    strawberry.union("SavedSearchResult", description="The search that was kept or forgotten, or why not."),
]
