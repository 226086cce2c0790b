"""What the live stream of an account's notifications shows."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationEvent:
    """Something on the account's stream, and the cursor behind it."""

    cursor: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationsSnapshot(NotificationEvent):
    """The stream begins here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationsGap(NotificationEvent):
    """Events are missing here; the list is to be read again."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationTold(NotificationEvent):
    """A notification is new, or stands for one more cause."""

    notification_id: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationsMarked(NotificationEvent):
    """Some were marked as read, here or on another device."""

    marked: int
