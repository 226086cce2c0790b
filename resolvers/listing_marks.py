"""Mutations by which viewers see, like and keep listings."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from strawberry import Parent

from datasources.sources import Sources
from domain.counters import ViewerListingState
from domain.listings import Listing
from domain.nodes import record_id_of
from domain.problems import NotFound, RetryLater, UpstreamUnavailableError
from domain.users import User
from resolvers.context import Info
from resolvers.listing_changes import ListingInput
from resolvers.listings import visible_listing
from services import counters


@dataclass(frozen=True, slots=True)
class ListingMarked:
    """What the viewer did with the listing, after the mutation."""

    state: ViewerListingState

    @property
    def listing_id(self) -> str:
        """The listing's id."""
        return self.state.listing_id


async def record_view(info: Info, input: ListingInput) -> counters.RecordedView | NotFound | RetryLater:  # noqa: A002 - the customary name of a mutation's one argument
    """Count a view."""
    try:
        return await counters.record_view(info.context.sources, info.context.viewer, record_id_of(input.id, "Listing"))
    except UpstreamUnavailableError as error:
        return RetryLater(error.public_message)


async def like_listing(info: Info, input: ListingInput) -> ListingMarked | NotFound | RetryLater:  # noqa: A002 - as above
    """Like a listing."""
    return await _marked(info, input, counters.like_listing)


async def unlike_listing(info: Info, input: ListingInput) -> ListingMarked | NotFound | RetryLater:  # noqa: A002 - as above
    """Take a like back."""
    return await _marked(info, input, counters.unlike_listing)


async def favourite_listing(info: Info, input: ListingInput) -> ListingMarked | NotFound | RetryLater:  # noqa: A002 - as above
    """Keep a listing."""
    return await _marked(info, input, counters.favourite_listing)


async def unfavourite_listing(info: Info, input: ListingInput) -> ListingMarked | NotFound | RetryLater:  # noqa: A002 - as above
    """Stop keeping a listing."""
    return await _marked(info, input, counters.unfavourite_listing)


Change = Callable[[Sources, User, str], Awaitable[ViewerListingState | NotFound]]


async def _marked(info: Info, wanted: ListingInput, change: Change) -> ListingMarked | NotFound | RetryLater:
    try:
        outcome = await change(info.context.sources, info.context.user, record_id_of(wanted.id, "Listing"))
    except UpstreamUnavailableError as error:
        return RetryLater(error.public_message)
    return outcome if isinstance(outcome, NotFound) else ListingMarked(outcome)


async def marked_listing(info: Info, root: Parent[ListingMarked]) -> Listing | None:
    """The listing itself."""
    return await visible_listing(info.context, root.listing_id)
