"""The schema, built from its roots."""

from functools import cache

import strawberry
from strawberry.schema.config import StrawberryConfig

from schema.lot_events import AuctionChanged, AuctionClosed, AuctionSnapshot, BidPlaced, BidsRemoved, GapEvent
from schema.message_events import MESSAGE_EVENTS
from schema.mutation import Mutation
from schema.notification_events import NotificationsGap, NotificationsMarked, NotificationsSnapshot, NotificationTold
from schema.query import Query
from schema.scalars import SCALARS
from schema.subscription import Subscription

# Members of an interface that no field names by itself.
LOT_EVENTS = (AuctionSnapshot, GapEvent, BidPlaced, BidsRemoved, AuctionChanged, AuctionClosed)
NOTIFICATION_EVENTS = (NotificationsSnapshot, NotificationsGap, NotificationTold, NotificationsMarked)


@cache
def build_schema() -> strawberry.Schema:
    """The one schema of the product, built once per process."""
    return strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=(*LOT_EVENTS, *MESSAGE_EVENTS, *NOTIFICATION_EVENTS),
        config=StrawberryConfig(scalar_map=SCALARS),
    )
