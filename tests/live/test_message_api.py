"""Messages through GraphQL: two people write, read, follow live and resume; lists are paged; calls are counted."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from datasources.guards import Spend, current_spend
from domain.nodes import encode_node_id
from domain.users import User, Viewer
from tests.live.message_market import MessageMarket, account, open_market, signed_in
from tests.mail import LISTING, a_seller, begin, write
from tests.stores import add_user

START = """mutation ($listing: ID!, $body: String!, $key: String!) {
  startConversation(input: {listingId: $listing, body: $body, clientMessageId: $key}) {
    __typename
    ... on MessageSent { replayed sentMessage { id seq body isMine } conversation { id unreadCount } }
    ... on MessageHeld { heldMessage { status seq } }
    ... on Problem { code }
  } }"""
SEND = """mutation ($id: ID!, $body: String!, $key: String!) {
  sendMessage(input: {conversationId: $id, body: $body, clientMessageId: $key}) {
    __typename ... on MessageSent { sentMessage { id seq } } ... on Problem { code }
  } }"""
READ = """mutation ($id: ID!, $seq: Int!) { markRead(input: {conversationId: $id, seq: $seq}) {
  __typename ... on ConversationChanged { conversation { unreadCount } } ... on Problem { code } } }"""
WATCH = """subscription ($id: ID!, $after: String) { conversationEvents(conversationId: $id, after: $after) {
  __typename cursor version conversation { lastSeq unreadCount }
  ... on MessageArrived { seq message { body isMine } }
  ... on MessageChanged { change seq message { body isDeleted } }
  ... on ReadMarksMoved { userId lastReadSeq lastDeliveredSeq } } }"""
INBOX = """subscription ($after: String) { inboxEvents(after: $after) { __typename cursor totalUnread
  ... on InboxMessage { unreadCount message { body } conversation { id } } ... on InboxRead { unreadCount } } }"""
LIST = """query ($filter: ConversationState! = ACTIVE, $first: Int! = 20, $after: String) { viewer { unreadCount
  conversations(filter: $filter, first: $first, after: $after) {
  edges { node { id unreadCount lastMessage { body } participants { userId role isViewer } } }
  pageInfo { hasNextPage endCursor } } } }"""
PAGE = """query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String) { conversation(id: $id) {
  messages(first: $first, after: $after, last: $last, before: $before) {
    edges { node { seq body } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"""


@pytest.fixture
async def market(database_url: str, redis_url: str) -> AsyncIterator[MessageMarket]:
    async with open_market(database_url, redis_url) as opened:
        yield opened


@pytest.fixture
async def seller_user(database_url: str) -> User:
    return await a_seller(database_url, LISTING, "listing-2", "listing-3")


@pytest.fixture
def seller(seller_user: User) -> Viewer:
    return signed_in(seller_user)


@pytest.fixture
async def buyer(database_url: str) -> Viewer:
    return signed_in(await add_user(database_url))


def of(viewer: Viewer) -> User:
    assert viewer.user is not None
    return viewer.user


async def following(stream: Any, name: str) -> dict[str, Any]:
    result = await asyncio.wait_for(anext(stream), 10)
    assert result.errors is None, result.errors
    return dict(result.data[name])


async def begun(market: MessageMarket, buyer: Viewer, listing: str = LISTING) -> str:
    message = await begin(market.office, of(buyer), listing)
    return encode_node_id("Conversation", message.conversation_id)


async def test_two_people_write_and_read(market: MessageMarket, seller: Viewer, buyer: Viewer) -> None:
    listing = encode_node_id("Listing", LISTING)
    first = (await market.ask(buyer, START, listing=listing, body="Hello?", key="key-00000001"))["startConversation"]
    assert first["__typename"] == "MessageSent"
    assert first["sentMessage"] | {"id": ""} == {"id": "", "seq": 1, "body": "Hello?", "isMine": True}
    conversation = first["conversation"]["id"]
    inbox = (await market.ask(seller, LIST))["viewer"]
    assert inbox["unreadCount"] == 1
    (edge,) = inbox["conversations"]["edges"]
    assert edge["node"]["id"] == conversation
    assert edge["node"]["lastMessage"] == {"body": "Hello?"}
    assert [each["isViewer"] for each in edge["node"]["participants"]] == [False, True]
    read = await market.ask(seller, READ, id=conversation, seq=1)
    assert read["markRead"]["conversation"] == {"unreadCount": 0}
    answered = await market.ask(seller, SEND, id=conversation, body="Yes", key="key-00000001")
    assert answered["sendMessage"]["sentMessage"]["seq"] == 2
    assert (await market.ask(buyer, LIST))["viewer"]["unreadCount"] == 1


async def test_both_follow_the_conversation_and_resume(market: MessageMarket, seller: Viewer, buyer: Viewer) -> None:
    conversation = await begun(market, buyer)
    stream = await market.watch(buyer, WATCH, id=conversation)
    snapshot = await following(stream, "conversationEvents")
    assert (snapshot["__typename"], snapshot["conversation"]["lastSeq"]) == ("ConversationSnapshot", 1)
    await market.ask(seller, SEND, id=conversation, body="Yes", key="key-00000001")
    arrived = await following(stream, "conversationEvents")
    assert (arrived["__typename"], arrived["message"]) == ("MessageArrived", {"body": "Yes", "isMine": False})
    await stream.aclose()
    await market.ask(buyer, READ, id=conversation, seq=2)
    await market.ask(seller, SEND, id=conversation, body="Still there?", key="key-00000002")
    resumed = await market.watch(buyer, WATCH, id=conversation, after=arrived["cursor"])
    marked = await following(resumed, "conversationEvents")
    assert (marked["userId"], marked["lastReadSeq"]) == (account(of(buyer)), 2)
    assert (await following(resumed, "conversationEvents"))["message"]["body"] == "Still there?"
    await resumed.aclose()


async def test_the_inbox_tells_of_every_conversation(market: MessageMarket, seller: Viewer, buyer: Viewer) -> None:
    stream = await market.watch(seller, INBOX)
    assert (await following(stream, "inboxEvents"))["__typename"] == "InboxSnapshot"
    one, two = await begun(market, buyer), await begun(market, buyer, "listing-2")
    found = [await following(stream, "inboxEvents") for _ in range(2)]
    assert [each["conversation"]["id"] for each in found] == [one, two]
    assert found[1]["totalUnread"] == 2
    await market.ask(seller, READ, id=one, seq=1)
    read = await following(stream, "inboxEvents")
    assert (read["__typename"], read["unreadCount"], read["totalUnread"]) == ("InboxRead", 0, 1)
    await stream.aclose()


async def test_what_was_deleted_is_not_shown_by_replaying_events(
    market: MessageMarket, seller: Viewer, buyer: Viewer
) -> None:
    conversation = await begun(market, buyer)
    stream = await market.watch(seller, WATCH, id=conversation)
    start = await following(stream, "conversationEvents")
    await stream.aclose()
    sent = (await market.ask(buyer, SEND, id=conversation, body="A secret", key="key-00000001"))["sendMessage"]
    await market.ask(
        buyer,
        "mutation ($id: ID!) { deleteMessage(input: {messageId: $id}) { __typename } }",
        id=sent["sentMessage"]["id"],
    )
    resumed = await market.watch(seller, WATCH, id=conversation, after=start["cursor"])
    events = [await following(resumed, "conversationEvents") for _ in range(2)]
    assert "A secret" not in str(events)
    assert events[1]["message"] == {"body": None, "isDeleted": True}
    await resumed.aclose()


async def test_messages_are_paged_from_both_ends(market: MessageMarket, seller: Viewer, buyer: Viewer) -> None:
    conversation = await begun(market, buyer)
    record_id = (await begin(market.office, of(buyer))).conversation_id
    for number in range(3, 8):
        await write(market.office, of(seller), record_id, f"Number {number}")

    async def page(**window: Any) -> tuple[list[int], dict[str, Any]]:
        found = (await market.ask(buyer, PAGE, id=conversation, **window))["conversation"]["messages"]
        return [each["node"]["seq"] for each in found["edges"]], found["pageInfo"]

    newest, info = await page(last=3)
    assert newest == [5, 6, 7]
    assert (info["hasPreviousPage"], info["hasNextPage"]) == (True, False)
    older, info = await page(last=3, before=info["startCursor"])
    assert (older, info["hasPreviousPage"]) == ([2, 3, 4], True)
    first, info = await page(first=2)
    assert (first, info["hasPreviousPage"], info["hasNextPage"]) == ([1, 2], False, True)
    second, _ = await page(first=2, after=info["endCursor"])
    assert second == [3, 4]
    await write(market.office, of(buyer), record_id, "Newer")
    assert (await page(last=2))[0] == [7, 8], "a copy that is kept close is never older than the record"


async def test_conversations_are_paged_and_filtered(market: MessageMarket, seller: Viewer, buyer: Viewer) -> None:
    made = [await begun(market, buyer, listing) for listing in (LISTING, "listing-2", "listing-3")]
    first = (await market.ask(seller, LIST, first=2))["viewer"]["conversations"]
    rest = await market.ask(seller, LIST, first=2, after=first["pageInfo"]["endCursor"])
    found = [*first["edges"], *rest["viewer"]["conversations"]["edges"]]
    assert [each["node"]["id"] for each in found] == made[::-1]
    await market.ask(
        seller,
        "mutation ($id: ID!) { archiveConversation(input: {conversationId: $id}) { __typename } }",
        id=made[0],
    )
    await market.ask(seller, READ, id=made[1], seq=1)

    async def ids(state: str) -> list[str]:
        page = (await market.ask(seller, LIST, filter=state))["viewer"]["conversations"]
        return [each["node"]["id"] for each in page["edges"]]

    assert await ids("ACTIVE") == [made[2], made[1]]
    assert await ids("ARCHIVED") == [made[0]]
    assert await ids("UNREAD") == [made[2], made[0]]
    await begun(market, buyer, LISTING)
    assert (await ids("ACTIVE"))[0] == made[0], "a new message takes it out again"


async def test_an_inbox_costs_the_same_calls_however_long_it_is(
    market: MessageMarket, seller: Viewer, buyer: Viewer
) -> None:
    for listing in (LISTING, "listing-2", "listing-3"):
        await begun(market, buyer, listing)
    counted = []
    for first in (1, 3):
        spend = Spend()
        current_spend.set(spend)
        await market.ask(seller, LIST, first=first)
        counted.append(dict(spend.operations))
    assert counted[0] == counted[1]
    assert sum(counted[0].values()) == 4
