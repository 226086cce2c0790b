"""A chat as two people live it: written, typed, read, cut off and resumed; and a question answered for everybody."""

from typing import Any
from uuid import uuid4

import pytest

from domain.nodes import encode_node_id
from tests.journeys.auction_market import SELLER, Client, Shop
from tests.journeys.test_notifications import until_mailed

pytestmark = pytest.mark.alone

START = """mutation ($listing: ID!, $body: String!, $key: String!) {
  startConversation(input: {listingId: $listing, body: $body, clientMessageId: $key}) {
    __typename ... on MessageSent { conversation { id listing { id } } } ... on Problem { code } } }"""
SEND = """mutation ($id: ID!, $body: String!, $key: String!) {
  sendMessage(input: {conversationId: $id, body: $body, clientMessageId: $key}) {
    __typename ... on MessageSent { replayed sentMessage { seq } } ... on Problem { code } } }"""
READ = "mutation ($id: ID!, $seq: Int!) { markRead(input: {conversationId: $id, seq: $seq}) { __typename } }"
TYPE = "mutation ($id: ID!) { setTyping(input: {conversationId: $id}) { __typename } }"
UNREAD = "{ viewer { unreadCount conversations { edges { node { id unreadCount } } } } }"
CHAT = """subscription ($id: ID!, $after: String) { conversationEvents(conversationId: $id, after: $after) {
  __typename cursor version conversation { unreadCount }
  ... on MessageArrived { seq message { body isMine } } ... on ReadMarksMoved { lastReadSeq } } }"""
INBOX = """subscription ($after: String) { inboxEvents(after: $after) {
  __typename cursor totalUnread ... on InboxMessage { message { body } } } }"""
NEWS = "subscription ($after: String) { notifications(after: $after) { __typename cursor } }"
TYPING = "subscription ($id: ID!) { typing(conversationId: $id) { isTyping } }"
PRESENCE = "subscription ($ids: [ID!]!) { presence(userIds: $ids) { isOnline } }"
PEOPLE = "query ($id: ID!) { conversation(id: $id) { participants { userId isViewer profile { displayName } } } }"
ASK = """mutation ($listing: ID!, $key: String!) {
  askQuestion(input: {listingId: $listing, body: "Is delivery included?", clientMessageId: $key}) {
    ... on QuestionPosted { question { id } } ... on Problem { code } } }"""
ANSWER = """mutation ($id: ID!) { answerQuestion(input: {questionId: $id, body: "Yes, within the town."}) {
  __typename } }"""
QUESTIONS = "query ($id: ID!) { listing(id: $id) { questions { edges { node { body answer } } } } }"


def arrived(events: list[Any]) -> list[str]:
    return [each["message"]["body"] for each in events if each["__typename"] == "MessageArrived"]


async def unread(person: Client) -> int:
    return int((await person.ask(UNREAD))["viewer"]["unreadCount"])


async def test_two_people_chat_are_cut_off_and_miss_nothing(market: Shop) -> None:
    seller, buyer = Client(market, market.token(SELLER)), Client(market, market.token("buyer-1"))
    before = await unread(seller), await unread(buyer)
    listing_id, title = await market.listing_to_sell()
    listing = encode_node_id("Listing", listing_id)
    async with seller.watching(INBOX) as inbox:
        await inbox.until(len)
        begun = await buyer.ask(START, listing=listing, body="Is it still there?", key=str(uuid4()))
        chat = begun["startConversation"]["conversation"]
        assert chat["listing"] == {"id": listing}
        await inbox.until(lambda events: events[-1].get("message") == {"body": "Is it still there?"})
        assert inbox.events[-1]["totalUnread"] == before[0] + 1
    # Nobody has read it: the seller is written to at once here, after half a minute elsewhere.
    (page,) = await until_mailed(market, f"A new message about {title}", 1)
    assert page.startswith("/mails/")
    people = (await buyer.ask(PEOPLE, id=chat["id"]))["conversation"]["participants"]
    assert all(each["profile"] for each in people if not each["isViewer"])
    other = [each["userId"] for each in people if not each["isViewer"]]

    async with (
        buyer.watching(CHAT, id=chat["id"]) as theirs,
        seller.watching(CHAT, id=chat["id"]) as ours,
        buyer.watching(TYPING, id=chat["id"]) as typing,
        buyer.watching(PRESENCE, ids=other) as presence,
    ):
        await theirs.until(len)
        await ours.until(len)
        await presence.until(lambda events: events and events[-1][0]["isOnline"])
        await seller.ask(TYPE, id=chat["id"])
        await typing.until(lambda events: events and events[-1]["isTyping"])
        await seller.ask(READ, id=chat["id"], seq=1)
        await theirs.until(lambda events: events[-1].get("lastReadSeq") == 1)
        assert ours.events[0]["conversation"]["unreadCount"] == 1
        await seller.ask(SEND, id=chat["id"], body="Yes", key=str(uuid4()))
        await theirs.until(lambda events: arrived(events) == ["Yes"])
        assert theirs.events[-1]["conversation"]["unreadCount"] == 1, "each event is read anew"

        theirs.cut()
        key = str(uuid4())
        sent = [(await seller.ask(SEND, id=chat["id"], body="Come and see it", key=key))["sendMessage"] for _ in "ab"]
        assert [each["replayed"] for each in sent] == [False, True]
        await seller.ask(SEND, id=chat["id"], body="Tomorrow?", key=str(uuid4()))
        async with buyer.watching(CHAT, id=chat["id"], after=theirs.events[-1]["cursor"]) as resumed:
            await resumed.until(lambda events: len(arrived(events)) == 2)
            assert arrived(resumed.events) == ["Come and see it", "Tomorrow?"]
            seen = [each["version"] for each in theirs.events + resumed.events]
            assert seen == list(range(seen[0], seen[0] + len(seen))), "no hole and no double over the cut"
        await the_same_by_events(buyer, chat["id"], theirs.events[-1]["cursor"])
        assert await unread(buyer) == before[1] + 3
        await buyer.ask(READ, id=chat["id"], seq=4)
        assert (await unread(seller), await unread(buyer)) == before
        await ours.until(lambda events: events[-1].get("lastReadSeq") == 4)


async def the_same_by_events(person: Client, chat: str, cursor: str) -> None:
    """Server-sent events resume by the id of the last one, as browsers do by themselves."""
    heard = await person.streamed(CHAT, 2, last_event_id=cursor, id=chat)
    assert arrived([event for _, event in heard]) == ["Come and see it", "Tomorrow?"]
    assert [name for name, _ in heard] == [event["cursor"] for _, event in heard]
    ((last, event),) = await person.streamed(CHAT, 1, last_event_id=heard[0][0], id=chat)
    assert (last, event["message"]["body"]) == (heard[1][0], "Tomorrow?")
    for feed in (INBOX, NEWS):
        ((name, event),) = await person.streamed(feed, 1)
        assert name == event["cursor"]


async def test_a_question_is_answered_for_everybody(market: Shop) -> None:
    seller, buyer, visitor = (
        Client(market, market.token(SELLER)),
        Client(market, market.token("buyer-2")),
        Client(market),
    )
    await seller.ask("{ viewer { roles } }")
    listing = encode_node_id("Listing", (await market.listing_to_sell())[0])
    asked = (await buyer.ask(ASK, listing=listing, key=str(uuid4())))["askQuestion"]["question"]
    assert (await seller.ask(ANSWER, id=asked["id"]))["answerQuestion"] == {"__typename": "QuestionPosted"}
    shown = (await visitor.ask(QUESTIONS, id=listing))["listing"]["questions"]["edges"]
    assert {"body": "Is delivery included?", "answer": "Yes, within the town."} in [each["node"] for each in shown]
