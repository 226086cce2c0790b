"""The account's notifications live: a start or what came after a cursor, then every event in order."""

from collections.abc import AsyncGenerator
from datetime import datetime

from strawberry import Parent

from datasources.postgres import notifications as recorded
from datasources.postgres.telling import TOLD
from domain.notification_events import (
    NotificationEvent,
    NotificationsGap,
    NotificationsMarked,
    NotificationsSnapshot,
    NotificationTold,
)
from domain.notifications import Notification
from domain.topics import notices_topic
from resolvers.auction_context import AuctionInfo
from resolvers.context import Info
from subscriptions.auction_fields import CursorArgument
from subscriptions.topics import LiveTopics, TopicShown, TopicStart


async def notifications(info: AuctionInfo, after: CursorArgument = None) -> AsyncGenerator[NotificationEvent]:
    """The viewer's own stream."""
    topic = notices_topic(info.context.user.user_id)
    stream = LiveTopics(info.context.sources, info.context.hub).follow(topic, after)
    try:
        async for found in stream:
            yield _shown(found, info.context.sources.clock())
    finally:
        await stream.aclose()


def _shown(found: TopicStart | TopicShown, now: datetime) -> NotificationEvent:
    if isinstance(found, TopicStart):
        if found.gap is None:
            return NotificationsSnapshot(cursor=found.cursor, at=now)
        return NotificationsGap(cursor=found.cursor, at=now, reason=found.gap.value)
    event, payload = found.event, found.event.payload
    count = int(payload.get("count", 0))
    if event.kind == TOLD:
        return NotificationTold(cursor=found.cursor, at=event.at, notification_id=str(payload["id"]), count=count)
    return NotificationsMarked(cursor=found.cursor, at=event.at, marked=count)


async def told_notification(info: Info, root: Parent[NotificationTold]) -> Notification | None:
    """The notification as it stands now."""
    user_id = info.context.user.user_id
    return (await recorded.by_ids(info.context.sources.database, user_id, [root.notification_id]))[0]


async def unread_count(info: Info) -> int:
    """How many stand unread now."""
    return await recorded.unread_count(info.context.sources.database, info.context.user.user_id)
