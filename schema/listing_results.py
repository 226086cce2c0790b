"""What mutations of listings answer: the record or a refusal."""

from typing import Annotated

import strawberry

from resolvers import listing_marks as resolve
from schema.fields import attribute, resolved
from schema.listings import Listing, ListingCounters, ViewerListingState
from schema.nodes import view
from schema.problems import (
    EditConflict,
    IdempotencyConflict,
    InvalidInput,
    NotAllowed,
    NotFound,
    NotSignedIn,
    RetryLater,
    WrongState,
)
from services.counters import RecordedView as RecordedViewRecord

ListingResult = Annotated[
    Listing
    | NotSignedIn
    | NotAllowed
    | NotFound
    | InvalidInput
    | EditConflict
    | WrongState
    | IdempotencyConflict
    | RetryLater,
    strawberry.union("ListingResult", description="The listing as it stands now, or why nothing changed."),
]


@view(of=RecordedViewRecord, description="A view was seen.")
class RecordedView:
    """A view of `services.counters.RecordedView`."""

    is_counted: bool = attribute("Whether it counted: once per visitor, listing and day.")
    counters: ListingCounters = attribute("The counters after it.")


@view(of=resolve.ListingMarked, description="A listing was liked, kept, or no longer so.")
class ListingMarked:
    """A view of `resolvers.listing_marks.ListingMarked`."""

    state: ViewerListingState = attribute("What the viewer did with it, after the mutation.")
    listing: Listing | None = resolved(by=resolve.marked_listing, description="The listing itself.")


RecordViewResult = Annotated[
    RecordedView | NotFound | RetryLater,
    strawberry.union("RecordViewResult", description="The counters, or why the view was not seen."),
]
MarkListingResult = Annotated[
    ListingMarked | NotSignedIn | NotFound | RetryLater,
    strawberry.union("MarkListingResult", description="The new state, or why nothing changed."),
]
