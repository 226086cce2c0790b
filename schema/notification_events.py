"""Live events of notifications as clients see them."""

from datetime import datetime

import strawberry

from domain import notification_events as domain
from schema.fields import attribute, resolved
from schema.nodes import view
from schema.notifications import Notification
from subscriptions import notifications as resolve


@strawberry.interface(description="Something on the viewer's stream of notifications.")
class NotificationEvent:
    """A view of `domain.notification_events.NotificationEvent`."""

    cursor: str = attribute("Opaque; pass the newest one as `after` to continue behind it. Tells doubles apart too.")
    at: datetime = attribute("When it happened.")
    unread_count: int | None = resolved(by=resolve.unread_count, description="How many stand unread now.")


@view(of=domain.NotificationsSnapshot, description="The stream begins here; read the list now.")
class NotificationsSnapshot(NotificationEvent):
    """A view of `domain.notification_events.NotificationsSnapshot`."""


@view(of=domain.NotificationsGap, description="Earlier events cannot be shown any more; read the list again.")
class NotificationsGap(NotificationEvent):
    """A view of `domain.notification_events.NotificationsGap`."""

    reason: str = attribute("Why: `trimmed` or `generation`.")


@view(of=domain.NotificationTold, description="A notification is new, or stands for one more thing.")
class NotificationTold(NotificationEvent):
    """A view of `domain.notification_events.NotificationTold`."""

    notification: Notification | None = resolved(
        by=resolve.told_notification, description="The notification as it stands now."
    )


@view(of=domain.NotificationsMarked, description="Some were marked as read, here or on another device.")
class NotificationsMarked(NotificationEvent):
    """A view of `domain.notification_events.NotificationsMarked`."""

    marked: int = attribute("How many.")
