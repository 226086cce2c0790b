"""Notifications and preferences as clients see them, and what their mutations answer."""

from datetime import datetime
from typing import Annotated

import strawberry

from domain import notifications as domain
from resolvers import notifications as resolve
from schema.auctions import Auction
from schema.fields import attribute, resolved
from schema.listings import Listing
from schema.nodes import Node, view
from schema.problems import InvalidInput, NotSignedIn, RetryLater
from services import notifications as services

TOLD = ("kind", "facts", "count")
"""What the texts of a notification are made of."""


@view(of=domain.Notification, description="Something the viewer was told.")
class Notification(Node):
    """A view of `domain.notifications.Notification`."""

    kind: domain.NotificationKind = attribute("What it is about.")
    title: str = attribute("What it says first.", reads=TOLD)
    body: str = attribute("What it says then.", reads=TOLD)
    path: str = attribute("Where it leads on the marketplace's site.", reads=TOLD)
    count: int = attribute("How many things it stands for, such as three new bids.")
    is_read: bool = attribute("Whether it was read.", reads=("read_at",))
    created_at: datetime = attribute("When the first of them happened.")
    updated_at: datetime = attribute("When the newest of them happened.")
    listing: Listing | None = resolved(by=resolve.listing, description="The listing, while everybody may see it.")
    auction: Auction | None = resolved(by=resolve.auction, description="The auction.")


@view(of=domain.NotificationPreference, description="Whether the viewer hears of a kind, on each channel.")
class NotificationPreference:
    """A view of `domain.notifications.NotificationPreference`."""

    kind: domain.NotificationKind = attribute("The kind.")
    in_app: bool = attribute("Whether it is shown in the app.")
    email: bool = attribute("Whether a mail is sent.")


@view(of=services.NotificationsRead, description="Notifications were marked as read.")
class NotificationsRead:
    """A view of `services.notifications.NotificationsRead`."""

    marked: int = attribute("How many were unread before.")
    unread: int = attribute("How many stand unread now.")


MarkNotificationsReadResult = Annotated[
    NotificationsRead | NotSignedIn | InvalidInput | RetryLater,
    strawberry.union("MarkNotificationsReadResult", description="What was marked, or why nothing was."),
]
NotificationPreferenceResult = Annotated[
    NotificationPreference | NotSignedIn | RetryLater,
    strawberry.union("NotificationPreferenceResult", description="The choice as it stands now, or why not."),
]
