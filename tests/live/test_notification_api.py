"""The live stream of notifications through GraphQL: only one's own, without hole or double, with the right counts."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from datasources.redis.topics import TopicHub
from domain.notifications import Cause, NotificationKind
from domain.users import Role, User, Viewer
from schema.build import build_schema
from services.notifications import mark_read, tell_users
from services.salerooms import Saleroom
from tests.live.auction_schema import context_for
from tests.lots import open_saleroom
from tests.stores import add_user

SCHEMA = build_schema()
FEED = """subscription ($after: String) { notifications(after: $after) {
  __typename cursor unreadCount
  ... on NotificationTold { notification { title count isRead } }
  ... on NotificationsMarked { marked } } }"""


@pytest.fixture
async def saleroom(database_url: str, redis_url: str) -> AsyncIterator[Saleroom]:
    async with open_saleroom(database_url, redis_url) as opened:
        yield opened


@pytest.fixture
async def hub(saleroom: Saleroom) -> AsyncIterator[TopicHub]:
    opened = TopicHub(saleroom.sources.live, secret=b"secret")
    yield opened
    await opened.close()


def viewer(user: User | None) -> Viewer:
    return Viewer(user, frozenset({Role.USER}), "key")


class Feed:
    """One subscriber."""

    def __init__(self, saleroom: Saleroom, hub: TopicHub, user: User | None) -> None:
        self._context = context_for(saleroom, hub, viewer(user))
        self._stream: Any = None

    async def open(self, after: str | None = None) -> "Feed":
        self._stream = await SCHEMA.subscribe(FEED, variable_values={"after": after}, context_value=self._context)
        return self

    async def take(self, count: int) -> list[dict[str, Any]]:
        async with asyncio.timeout(10):
            found = [await anext(self._stream) for _ in range(count)]
        assert all(each.errors is None for each in found), found
        return [each.data["notifications"] for each in found]

    async def close(self) -> None:
        await self._stream.aclose()


async def tell(saleroom: Saleroom, user: User, *keys: str, lot: str = "lot-1") -> None:
    for key in keys:
        cause = Cause(kind=NotificationKind.OUTBID, key=key, group=lot, facts={"title": "a boat", "price": "R1"})
        await tell_users(saleroom.sources, cause, [str(user.user_id)])


async def test_what_is_told_and_read_is_shown_to_its_owner_alone(
    saleroom: Saleroom, hub: TopicHub, database_url: str
) -> None:
    ann, bob = [await add_user(database_url) for _ in range(2)]
    of_ann, of_bob = [await Feed(saleroom, hub, each).open() for each in (ann, bob)]
    (start,), _ = await of_ann.take(1), await of_bob.take(1)
    assert (start["__typename"], start["unreadCount"]) == ("NotificationsSnapshot", 0)
    await tell(saleroom, ann, "c1", "c2")
    await mark_read(saleroom.sources, ann, None)
    await tell(saleroom, bob, "for bob")
    first, second, marked = await of_ann.take(3)
    assert first["notification"]["title"] in {"You were outbid on a boat", "You were outbid 2 times on a boat"}
    assert second["notification"]["count"] == 2
    assert (marked["marked"], marked["unreadCount"]) == (1, 0)
    (his,) = await of_bob.take(1)
    assert his["notification"]["title"] == "You were outbid on a boat"
    await of_ann.close()
    await of_bob.close()
    assert hub.listener_count == 0


async def test_a_cut_stream_goes_on_behind_its_cursor_without_hole_or_double(
    saleroom: Saleroom, hub: TopicHub, database_url: str
) -> None:
    ann = await add_user(database_url)
    feed = await Feed(saleroom, hub, ann).open()
    cursor = (await feed.take(1))[0]["cursor"]
    seen = []
    for round_number in range(4):
        await tell(saleroom, ann, *(f"{round_number}-{n}" for n in range(3)), lot=f"lot-{round_number}")
        found = await feed.take(2)
        seen += [each["cursor"] for each in found]
        cursor = seen[-1]
        await feed.close()
        if round_number == 1:
            await saleroom.sources.live.redis.flushdb()  # the record shows it again
        feed = await Feed(saleroom, hub, ann).open(cursor)
    seen += [each["cursor"] for each in await feed.take(4)]
    assert len(seen) == len(set(seen)) == 12
    await feed.close()


async def test_strangers_and_foreign_cursors_are_turned_away(
    saleroom: Saleroom, hub: TopicHub, database_url: str
) -> None:
    ann, bob = [await add_user(database_url) for _ in range(2)]
    of_ann = await Feed(saleroom, hub, ann).open()
    cursor = (await of_ann.take(1))[0]["cursor"]
    await of_ann.close()
    for user, after, code in ((None, None, "UNAUTHENTICATED"), (bob, cursor, "BAD_CURSOR")):
        feed = await Feed(saleroom, hub, user).open(after)
        result = await anext(feed._stream)
        assert [each.original_error.public_code for each in result.errors] == [code]
        assert result.data is None
        await feed.close()
