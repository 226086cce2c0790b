"""Presence, typing and live counters: states that coalesce, for those who may see them, and that end by themselves."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from datasources.redis import counters as live_counters
from domain.nodes import encode_node_id
from domain.users import User, Viewer
from services.conversations import block_user
from subscriptions import presence as following
from tests.live.message_market import MessageMarket, account, open_market, signed_in
from tests.mail import LISTING, a_seller, begin
from tests.stores import add_user, rows

PRESENCE = "subscription ($ids: [ID!]!) { presence(userIds: $ids) { userId isOnline lastSeenAt } }"
TYPING = "subscription ($id: ID!) { typing(conversationId: $id) { userId isTyping } }"
COUNTERS = "subscription ($ids: [ID!]!) { listingCounters(ids: $ids) { listingId views likes favourites } }"
BEAT = "mutation { heartbeat { __typename } }"
HIDE = "mutation ($hide: Boolean!) { setPresence(input: {isHidden: $hide}) { __typename } }"
TYPE = "mutation ($id: ID!) { setTyping(input: {conversationId: $id}) { __typename } }"


@pytest.fixture
async def market(database_url: str, redis_url: str) -> AsyncIterator[MessageMarket]:
    async with open_market(database_url, redis_url) as opened:
        yield opened


@pytest.fixture
async def seller(database_url: str) -> User:
    return await a_seller(database_url, LISTING, "listing-2")


@pytest.fixture
async def buyer(database_url: str) -> User:
    return await add_user(database_url)


@pytest.fixture
async def conversation(market: MessageMarket, seller: User, buyer: User) -> str:
    return encode_node_id("Conversation", (await begin(market.office, buyer)).conversation_id)


async def following_of(stream: Any, name: str) -> Any:
    result = await asyncio.wait_for(anext(stream), 10)
    assert result.errors is None, result.errors
    return result.data[name]


async def test_a_heartbeat_is_seen_by_who_writes_with_them_and_to_the_minute(
    market: MessageMarket, seller: User, buyer: User, conversation: str
) -> None:
    stream = await market.watch(signed_in(buyer), PRESENCE, ids=[account(seller)])
    assert (await following_of(stream, "presence"))[0]["isOnline"] is False
    await market.ask(signed_in(seller), BEAT)
    (seen,) = await following_of(stream, "presence")
    assert (seen["userId"], seen["isOnline"]) == (account(seller), True)
    assert seen["lastSeenAt"][16:19] == ":00"
    await stream.aclose()


async def test_strangers_hidden_and_blocked_people_look_as_if_never_there(
    market: MessageMarket, seller: User, buyer: User, conversation: str, database_url: str
) -> None:
    stranger = await add_user(database_url)
    for user in (seller, stranger):
        await market.ask(signed_in(user), BEAT)

    async def seen(viewer: Viewer, user: User) -> tuple[bool, str | None]:
        stream = await market.watch(viewer, PRESENCE, ids=[account(user)])
        (found,) = await following_of(stream, "presence")
        await stream.aclose()
        return found["isOnline"], found["lastSeenAt"]

    assert (await seen(signed_in(buyer), seller))[0] is True
    assert await seen(signed_in(buyer), stranger) == (False, None)
    assert await seen(signed_in(stranger), seller) == (False, None)
    await market.ask(signed_in(seller), HIDE, hide=True)
    await market.ask(signed_in(seller), BEAT)
    assert await seen(signed_in(buyer), seller) == (False, None)
    await market.ask(signed_in(seller), HIDE, hide=False)
    await market.ask(signed_in(seller), BEAT)
    assert (await seen(signed_in(buyer), seller))[0] is True
    await block_user(market.office, seller, buyer.user_id)
    assert await seen(signed_in(buyer), seller) == (False, None)


async def test_whose_time_is_over_goes_offline_without_a_word(
    market: MessageMarket, seller: User, buyer: User, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "LOOK_SECONDS", 0.1)
    await market.ask(signed_in(seller), BEAT)
    stream = await market.watch(signed_in(buyer), PRESENCE, ids=[account(seller)])
    assert (await following_of(stream, "presence"))[0]["isOnline"] is True
    await market.office.sources.live.redis.delete(f"gavel:online:{seller.user_id}")
    (gone,) = await following_of(stream, "presence")
    assert gone["isOnline"] is False
    assert gone["lastSeenAt"] is not None
    await stream.aclose()


async def test_typing_is_shown_to_the_other_and_ends(
    market: MessageMarket, seller: User, buyer: User, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "TYPING_SECONDS", 0.3)
    stream = await market.watch(signed_in(seller), TYPING, id=conversation)
    reading = asyncio.ensure_future(following_of(stream, "typing"))
    await asyncio.sleep(0.2)
    for _ in range(5):
        await market.ask(signed_in(buyer), TYPE, id=conversation)
    assert await reading == {"userId": account(buyer), "isTyping": True}
    assert await following_of(stream, "typing") == {"userId": account(buyer), "isTyping": False}
    await stream.aclose()
    assert market.hub.listener_count == 0


async def test_typing_is_never_stored(
    market: MessageMarket, seller: User, buyer: User, conversation: str, database_url: str
) -> None:
    before = await rows(database_url, "select count(*) from topic_events")
    await market.ask(signed_in(buyer), TYPE, id=conversation)
    assert await rows(database_url, "select count(*) from topic_events") == before
    redis = market.office.sources.live.redis
    streams = [each async for each in redis.scan_iter("gavel:typing:*")]
    assert [0 < await redis.ttl(each) <= 60 for each in streams] == [True]


async def test_counters_are_followed_and_coalesced(market: MessageMarket, seller: User, buyer: User) -> None:
    listings = [encode_node_id("Listing", each) for each in (LISTING, "listing-2")]
    stream = await market.watch(signed_in(buyer), COUNTERS, ids=listings)
    first = await following_of(stream, "listingCounters")
    assert [(each["listingId"], each["views"]) for each in first] == [(each, 0) for each in listings]
    for number in range(20):
        await live_counters.record_view(market.office.sources.live, LISTING, f"viewer-{number}")
    seen: list[dict[str, Any]] = []
    while not seen or seen[-1]["views"] < 20:
        seen += await following_of(stream, "listingCounters")
    assert {each["listingId"] for each in seen} == {listings[0]}
    assert len(seen) < 10, "what changed meanwhile is shown once"
    await market.ask(
        signed_in(buyer),
        "mutation ($id: ID!) { likeListing(input: {id: $id}) { __typename } }",
        id=listings[1],
    )
    (liked,) = await following_of(stream, "listingCounters")
    assert (liked["listingId"], liked["likes"]) == (listings[1], 1)
    await stream.aclose()
    assert market.board.followed_count == 0
