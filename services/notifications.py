"""Telling people what happened: causes become notifications, mails and live events, each once."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from datasources.postgres import audiences, jobs, notifications, preferences, telling, topics
from datasources.postgres.telling import MOST_AT_ONCE
from datasources.sources import Sources
from domain.mails import EVERY_KIND
from domain.notifications import (
    KIND_BY_CODE,
    Audience,
    Cause,
    Channel,
    NotificationKind,
    NotificationPreference,
    is_wanted,
)
from domain.problems import FieldProblem, InvalidInput, RetryLater, UpstreamUnavailableError
from domain.topics import NewEvent, TopicEvent, notices_topic
from domain.users import User
from services.mails import SEND_MAIL
from services.topics import publish

TELL = "notices.tell"

_MOST_MARKED = 100

Job = tuple[str, Mapping[str, Any], str]


def notice(cause: Cause, *, users: Collection[str] = (), seller: str | None = None, listing: str | None = None) -> Job:
    """The job (name, payload, dedupe key) that tells a cause; enqueue it in the transaction of what happened.

    Give what the kind's audience asks for: the accounts, the seller's profile, or the listing that is watched.
    """
    payload = {
        "kind": cause.kind.code,
        "cause": cause.key,
        "group": cause.group,
        "count": cause.count,
        "facts": dict(cause.facts),
        "users": sorted(users),
        "seller": seller,
        "listing": listing,
    }
    return TELL, payload, f"{TELL}:{cause.key}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A cause and whom it names, as a job's payload holds them."""

    cause: Cause
    users: tuple[str, ...]
    seller: str | None
    listing: str | None
    after: UUID | None

    @classmethod
    def of(cls, payload: Mapping[str, Any]) -> "Wanted":
        """What the payload says; KeyError or ValueError where it says something else."""
        after = payload.get("after")
        return cls(
            cause=Cause(
                kind=KIND_BY_CODE[payload["kind"]],
                key=str(payload["cause"]),
                group=str(payload["group"]),
                facts={str(name): str(value) for name, value in dict(payload["facts"]).items()},
                count=int(payload.get("count", 1)),
            ),
            users=tuple(payload.get("users") or ()),
            seller=payload.get("seller"),
            listing=payload.get("listing"),
            after=UUID(after) if after is not None else None,
        )


async def tell(sources: Sources, wanted: Wanted) -> int:
    """Tell a cause to a batch of its audience and have the next one told; how many live events came of it."""
    now = sources.clock()

    async def run(connection: notifications.Connection) -> list[TopicEvent]:
        audience = await _audience(connection, wanted)
        cause = await _with_title(connection, wanted.cause)
        events = await telling.tell(connection, [(cause, audience)], mail_job=SEND_MAIL, now=now)
        if len(audience) == MOST_AT_ONCE:
            name, payload, key = notice(wanted.cause, users=wanted.users, seller=wanted.seller, listing=wanted.listing)
            after = str(audience[-1])
            await jobs.enqueue(connection, name, {**payload, "after": after}, dedupe_key=f"{key}:{after}")
        return events

    events = await sources.database.write("notifications.tell", run)
    await publish(sources, events)
    return len(events)


async def tell_users(sources: Sources, cause: Cause, users: Collection[str]) -> int:
    """Tell a cause to accounts, now."""
    return await tell(sources, Wanted(cause, tuple(users), None, None, None))


async def _audience(connection: notifications.Connection, wanted: Wanted) -> list[UUID]:
    match wanted.cause.kind.value.audience:
        case Audience.NAMED:
            later = sorted(UUID(each) for each in wanted.users if wanted.after is None or UUID(each) > wanted.after)
            return later[:MOST_AT_ONCE]
        case Audience.SELLER if wanted.seller is not None:
            return await audiences.accounts_of_profile(connection, wanted.seller)
        case Audience.WATCHERS if wanted.listing is not None:
            return await audiences.watchers_of(connection, wanted.listing, after=wanted.after, most=MOST_AT_ONCE)
        case _:
            return []


async def _with_title(connection: notifications.Connection, cause: Cause) -> Cause:
    if cause.facts.get("title"):
        return cause
    title = await audiences.title_of(
        connection, auction_id=cause.facts.get("auction"), listing_id=cause.facts.get("listing")
    )
    facts = {**cause.facts, "title": title or "something you follow"}
    return Cause(kind=cause.kind, key=cause.key, group=cause.group, facts=facts, count=cause.count)


@dataclass(frozen=True, slots=True)
class NotificationsRead:
    """How many were marked, and how many stand unread after it."""

    marked: int
    unread: int


async def mark_read(
    sources: Sources, user: User, ids: Collection[str] | None
) -> NotificationsRead | InvalidInput | RetryLater:
    """Mark these notifications as read, or all of them; marking again changes nothing."""
    if ids is not None and not 1 <= len(ids) <= _MOST_MARKED:
        return InvalidInput((FieldProblem("ids", f"Name 1 to {_MOST_MARKED} notifications, or leave ids out."),))
    now, wanted = sources.clock(), None if ids is None else sorted(set(ids))

    async def run(connection: notifications.Connection) -> tuple[int, list[TopicEvent]]:
        marked = await notifications.mark_read(connection, user.user_id, wanted, up_to=now)
        told = [NewEvent(notices_topic(user.user_id), telling.READ, {"count": len(marked)})] if marked else []
        return len(marked), await topics.append_all(connection, told, at=now)

    try:
        marked, events = await sources.database.write("notifications.mark-read", run)
        unread = await notifications.unread_count(sources.database, user.user_id)
    except UpstreamUnavailableError as error:
        return RetryLater(error.public_message)
    await publish(sources, events)
    return NotificationsRead(marked, unread)


async def preferences_of(sources: Sources, user: User) -> list[NotificationPreference]:
    """What the account hears of, kind by kind."""
    chosen = await sources.database.read(
        "notifications.preferences", lambda it: preferences.of_users(it, [user.user_id])
    )
    return [_preference(kind, chosen[user.user_id]) for kind in NotificationKind]


async def set_preference(
    sources: Sources, user: User, kind: NotificationKind, channel: Channel, *, is_on: bool
) -> NotificationPreference | RetryLater:
    """Choose whether to hear of a kind on a channel; again changes nothing."""
    now = sources.clock()

    async def run(connection: notifications.Connection) -> NotificationPreference:
        await preferences.save(connection, user.user_id, kind.code, channel, is_on=is_on, now=now)
        return _preference(kind, (await preferences.of_users(connection, [user.user_id]))[user.user_id])

    try:
        return await sources.database.write("notifications.set-preference", run)
    except UpstreamUnavailableError as error:
        return RetryLater(error.public_message)


def _preference(kind: NotificationKind, chosen: preferences.Choices) -> NotificationPreference:
    hears = {
        channel: is_wanted(
            kind, channel, of_kind=chosen.get((kind.code, channel)), of_all=chosen.get((EVERY_KIND, channel))
        )
        for channel in Channel
    }
    return NotificationPreference(kind, in_app=hears[Channel.IN_APP], email=hears[Channel.EMAIL])
