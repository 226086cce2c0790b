"""Causes told over real stores: once each, grouped while unread, as wanted, by mail and on the account's topic."""

import asyncio
import json
from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from datasources.postgres import notifications as recorded
from datasources.postgres import topics
from datasources.sources import Sources
from domain.mails import EVERY_KIND, write_link_token
from domain.notifications import Cause, Channel, Notification, NotificationKind
from domain.pages import Slice
from domain.problems import InvalidInput
from domain.topics import notices_topic
from domain.users import User
from jobs.kinds import UnusablePayloadError
from jobs.notifications import tell as tell_job
from services.mails import unsubscribe
from services.notifications import (
    NotificationsRead,
    Wanted,
    mark_read,
    notice,
    preferences_of,
    set_preference,
    tell,
    tell_users,
)
from tests.clocks import Clock
from tests.mailing import LINK_SECRET
from tests.stores import add_listing, add_user, open_sources, rows


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def sources(database_url: str, redis_url: str, clock: Clock) -> AsyncIterator[Sources]:
    async with open_sources(database_url, redis_url, clock=clock) as opened:
        yield opened


def outbid(key: str, *, lot: str = "lot-1", kind: NotificationKind = NotificationKind.OUTBID) -> Cause:
    return Cause(kind=kind, key=key, group=lot, facts={"title": "a boat", "price": "R100", "auction": lot})


async def told(sources: Sources, user: User) -> list[Notification]:
    return await recorded.page_of_user(sources.database, user.user_id, Slice(50))


async def events(sources: Sources, user: User) -> list[str]:
    found = await topics.events_after(sources.database, notices_topic(user.user_id), seq=0, most=100)
    assert [each.seq for each in found] == list(range(1, len(found) + 1))
    return [each.kind for each in found]


async def mailed(database_url: str, user: User) -> list[str]:
    query = "select draft->>'subject' from mails where recipient = $1 order by created_at, mail_id"
    return [row[0] for row in await rows(database_url, query, str(user.user_id))]


async def test_a_cause_is_told_once_however_often_and_by_however_many_workers(
    sources: Sources, database_url: str
) -> None:
    ann, bob = [await add_user(database_url) for _ in range(2)]
    people = [str(ann.user_id), str(bob.user_id)]
    await asyncio.gather(*(tell_users(sources, outbid("c1"), people) for _ in range(5)))
    await tell_users(sources, outbid("c1"), people[:1])
    for user in (ann, bob):
        assert [(each.title, each.count) for each in await told(sources, user)] == [("You were outbid on a boat", 1)]
        assert await events(sources, user) == ["told"]
        assert await mailed(database_url, user) == ["You were outbid on a boat"]
    assert len(await rows(database_url, "select 1 from pgqueuer where entrypoint = 'mails.send'")) == 2


async def test_unread_causes_of_a_group_are_one_notification_and_one_mail(
    sources: Sources, database_url: str, clock: Clock
) -> None:
    ann = await add_user(database_url)
    for number in range(3):
        clock.forward(1)
        await tell_users(sources, outbid(f"c{number}"), [str(ann.user_id)])
    await tell_users(sources, outbid("other", lot="lot-2"), [str(ann.user_id)])
    titles = [each.title for each in await told(sources, ann)]
    assert sorted(titles) == ["You were outbid 3 times on a boat", "You were outbid on a boat"]
    assert len(await mailed(database_url, ann)) == 2
    await mark_read(sources, ann, None)
    clock.forward(1)
    await tell_users(sources, outbid("after reading"), [str(ann.user_id)])
    newest = (await told(sources, ann))[0]
    assert (newest.title, newest.is_read) == ("You were outbid on a boat", False)
    assert len(await mailed(database_url, ann)) == 3


async def test_causes_of_a_kind_without_groups_stand_apart(sources: Sources, database_url: str) -> None:
    ann = await add_user(database_url)
    for key in ("w1", "w2"):
        await tell_users(sources, outbid(key, kind=NotificationKind.AUCTION_WON), [str(ann.user_id)])
    assert [each.count for each in await told(sources, ann)] == [1, 1]


async def test_nobody_is_told_what_they_switched_off(sources: Sources, database_url: str, clock: Clock) -> None:
    ann = await add_user(database_url)
    kind = NotificationKind.OUTBID
    await set_preference(sources, ann, kind, Channel.IN_APP, is_on=False)
    await tell_users(sources, outbid("c1"), [str(ann.user_id)])
    assert (await told(sources, ann), len(await mailed(database_url, ann))) == ([], 1)
    clock.forward(1)
    await unsubscribe(sources, write_link_token(ann.user_id, EVERY_KIND, LINK_SECRET), LINK_SECRET)
    await tell_users(sources, outbid("c2"), [str(ann.user_id)])
    assert len(await mailed(database_url, ann)) == 1
    clock.forward(1)
    chosen = await set_preference(sources, ann, kind, Channel.EMAIL, is_on=True)
    assert (chosen.in_app, chosen.email) == (False, True)  # type: ignore[union-attr]
    hears = {each.kind: each.email for each in await preferences_of(sources, ann)}
    assert hears[kind]
    assert not hears[NotificationKind.AUCTION_WON], "the others stay off"
    await tell_users(sources, outbid("c3"), [str(ann.user_id)])
    assert len(await mailed(database_url, ann)) == 2


async def test_reading_is_of_ones_own_and_marks_once(sources: Sources, database_url: str) -> None:
    ann, bob = [await add_user(database_url) for _ in range(2)]
    for lot in ("lot-1", "lot-2", "lot-3"):
        await tell_users(sources, outbid(lot, lot=lot), [str(ann.user_id)])
    ids = [each.notification_id for each in await told(sources, ann)]
    assert await mark_read(sources, bob, ids) == NotificationsRead(0, 0)
    assert await mark_read(sources, ann, ids[:1] * 3) == NotificationsRead(1, 2)
    assert await mark_read(sources, ann, ids[:1]) == NotificationsRead(0, 2)
    assert await mark_read(sources, ann, None) == NotificationsRead(2, 0)
    assert isinstance(await mark_read(sources, ann, []), InvalidInput)
    assert isinstance(await mark_read(sources, ann, ["x"] * 101), InvalidInput)
    assert await events(sources, ann) == ["told"] * 3 + ["read"] * 2
    assert await events(sources, bob) == []


async def test_pages_continue_where_the_last_one_ended(sources: Sources, database_url: str, clock: Clock) -> None:
    ann = await add_user(database_url)
    for number in range(7):
        clock.forward(0.001 * (number % 2))
        await tell_users(sources, outbid(f"c{number}", lot=f"lot-{number}"), [str(ann.user_id)])
    whole = [each.notification_id for each in await told(sources, ann)]
    found: list[str] = []
    place = None
    for _ in range(4):
        page = (await recorded.page_of_user(sources.database, ann.user_id, Slice(2, place)))[:2]
        found += [each.notification_id for each in page]
        place = recorded.place_of(page[-1])
    assert found == whole
    assert len(set(found)) == 7


async def test_watchers_are_told_batch_by_batch_and_the_title_is_looked_up(
    sources: Sources, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.notifications.MOST_AT_ONCE", 2)
    await add_listing(database_url, "car-1")
    people = [await add_user(database_url) for _ in range(5)]
    for each in people:
        await rows(
            database_url, "insert into favourites (user_id, listing_id, marked_at) values ($1, 'car-1', now())",
            each.user_id,
        )  # fmt: skip
    facts = {"was": "R20", "price": "R10", "listing": "car-1"}
    cause = Cause(kind=NotificationKind.PRICE_DROP, key="drop", group="car-1", facts=facts)
    _, payload, _ = notice(cause, listing="car-1")
    for _ in range(2):
        await tell(sources, Wanted.of(payload))
    while jobs := await rows(database_url, "delete from pgqueuer where entrypoint = 'notices.tell' returning payload"):
        for job in jobs:
            await tell_job(sources, json.loads(job[0]))
    for each in people:
        assert [one.title for one in await told(sources, each)] == ["A thing costs less now"]


async def test_the_seller_is_the_account_behind_the_profile(sources: Sources, database_url: str) -> None:
    sam = await add_user(database_url)
    await rows(
        database_url,
        "insert into profiles (profile_id, external_id, handle, kind, content_updated_at) "
        "values ('profile-1', $1, 'sam', 'dealer', now())",
        sam.external_id,
    )
    cause = outbid("n1", kind=NotificationKind.NEW_BIDS)
    await tell(sources, Wanted.of(notice(cause, seller="profile-1")[1]))
    await tell(sources, Wanted.of(notice(outbid("n2", kind=NotificationKind.NEW_BIDS), seller="nobody")[1]))
    assert [each.title for each in await told(sources, sam)] == ["A new bid on a boat"]
    assert await mailed(database_url, sam) == [], "a quiet kind"


@pytest.mark.parametrize(
    "payload", [{}, {"kind": "unheard-of"}, {"kind": "outbid", "cause": "c", "group": "g", "facts": 7}]
)
async def test_a_payload_that_is_no_cause_is_parked_at_once(sources: Sources, payload: dict[str, object]) -> None:
    with pytest.raises(UnusablePayloadError):
        await tell_job(sources, payload)


async def test_accounts_that_are_gone_are_left_out(sources: Sources, database_url: str) -> None:
    ann = await add_user(database_url)
    assert await tell_users(sources, outbid("c1"), [str(ann.user_id), str(UUID(int=1))]) == 1
