"""Telling accounts of a cause: notifications, mails and live events of one cause, all in the caller's transaction."""

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.postgres import jobs, mails, notifications, preferences, topics
from domain.ids import RANDOM_BITS, uuid7
from domain.mails import EVERY_KIND
from domain.notifications import Cause, Channel, NotificationKind, is_wanted, mail_of
from domain.topics import NewEvent, TopicEvent, notices_topic

MOST_AT_ONCE = 100
"""Accounts in one transaction."""

TOLD = "told"
READ = notifications.READ


async def tell(
    connection: AsyncConnection,
    causes: Sequence[tuple[Cause, Collection[UUID]]],
    *,
    mail_job: str,
    now: datetime,
) -> list[TopicEvent]:
    """Tell accounts of causes, each account of each cause once; the live events to publish after the commit."""
    events = []
    for cause, user_ids in causes:
        events += await _tell_one(connection, cause, user_ids, mail_job=mail_job, now=now)
    # Last and at once, as topics want it: their rows are locked until the commit.
    return await topics.append_all(connection, events, at=now)


async def _tell_one(
    connection: AsyncConnection, cause: Cause, user_ids: Collection[UUID], *, mail_job: str, now: datetime
) -> list[NewEvent]:
    fresh = await notifications.first_told(connection, cause.key, user_ids, now=now) if user_ids else []
    if not fresh:
        return []
    choices = await preferences.of_users(connection, fresh)
    seen = [each for each in fresh if _wants(cause.kind, Channel.IN_APP, choices[each])]
    told = await notifications.add(connection, cause, [(each, _new_id(now)) for each in seen], now=now)
    grown = {each.user_id for each in told if not each.is_new}
    for user_id in fresh:
        # An unread group was mailed when it began; its growth is seen in the app.
        if user_id not in grown and _wants(cause.kind, Channel.EMAIL, choices[user_id]):
            await _mail(connection, cause, user_id, mail_job=mail_job, now=now)
    return [
        NewEvent(notices_topic(each.user_id), TOLD, {"id": each.notification_id, "count": each.count}) for each in told
    ]


def _wants(kind: NotificationKind, channel: Channel, chosen: preferences.Choices) -> bool:
    return is_wanted(kind, channel, of_kind=chosen.get((kind.code, channel)), of_all=chosen.get((EVERY_KIND, channel)))


async def _mail(connection: AsyncConnection, cause: Cause, user_id: UUID, *, mail_job: str, now: datetime) -> None:
    mail_id = _new_id(now)
    if await mails.add(connection, mail_id, mail_of(cause, user_id), now=now):
        await jobs.enqueue(connection, mail_job, {"id": mail_id}, dedupe_key=f"{mail_job}:{mail_id}")


def _new_id(now: datetime) -> str:
    return str(uuid7(now, secrets.randbits(RANDOM_BITS)))
