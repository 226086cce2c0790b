"""Live counters as clients see them."""

import strawberry

from domain import counters as domain
from schema.fields import attribute, resolved
from schema.lifetimes import ALWAYS
from schema.nodes import view
from subscriptions import presence_fields as resolve


@view(of=domain.LiveListingCounters, description="The counters of one listing, as they have just become.")
class LiveListingCounters:
    """A view of `domain.counters.LiveListingCounters`."""

    listing_id: strawberry.ID = resolved(by=resolve.counted_id, description="The listing.", kept=ALWAYS)
    views: int = attribute("Views, one per visitor and day.")
    likes: int = attribute("Accounts that like it.")
    favourites: int = attribute("Accounts that keep it among their favourites.")
