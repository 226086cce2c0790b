"""Notifications and preferences through the API: lists, counts, and who may see and change what."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from config import Settings
from datasources.sources import Sources
from domain.nodes import record_id_of
from domain.notifications import Cause, NotificationKind
from local.people import people
from opening import Patience, open_sources
from services.notifications import tell_users
from tests.api.conftest import Asker
from tests.stores import rows

LIST = """query ($first: Int!, $after: String) { viewer { unreadNotifications
  notifications(first: $first, after: $after) {
    edges { node { id kind title body path count isRead listing { title } auction { id } } }
    pageInfo { hasNextPage endCursor } } } }"""
MARK = """mutation ($ids: [ID!]) { markNotificationsRead(input: {ids: $ids}) {
  __typename ... on NotificationsRead { marked unread } ... on Problem { code } } }"""
CHOOSE = """mutation ($kind: NotificationKind!, $channel: NotificationChannel!, $isOn: Boolean!) {
  setNotificationPreference(input: {kind: $kind, channel: $channel, isOn: $isOn}) {
    __typename ... on NotificationPreference { kind inApp email } ... on Problem { code } } }"""
NODE = "query ($id: ID!) { node(id: $id) { __typename id } }"
SUSPENDED, BLOCKED = "buyer-3", "buyer-4"
EVERYBODY = ("buyer-1", "buyer-2", SUSPENDED, BLOCKED, "dealer-1", "admin-1", None)


@pytest.fixture
async def sources(marketplace: Settings) -> AsyncIterator[Sources]:
    opened = open_sources(marketplace, Patience.OF_JOBS)
    yield opened
    await opened.close()


async def account(ask: Asker, settings: Settings, by: str) -> UUID:
    """The account behind a demo user, fresh of notifications."""
    await ask("{ viewer { displayName } }", by=by)
    url = settings.database_url.get_secret_value()
    external_id = next(each.external_id for each in people() if each.user == by)
    user_id: UUID = (await rows(url, "select user_id from users where external_id = $1", external_id))[0][0]
    await rows(url, "delete from notifications where user_id = $1", user_id)
    return user_id


@pytest.fixture
async def silenced(ask: Asker, marketplace: Settings) -> AsyncIterator[None]:
    """One who may not write, and one whom buyer-1 has blocked."""
    url = marketplace.database_url.get_secret_value()
    ann = await account(ask, marketplace, "buyer-1")
    suspended, blocked = [await account(ask, marketplace, each) for each in (SUSPENDED, BLOCKED)]
    await rows(url, "insert into suspensions values ($1, null, 'case', now())", suspended)
    await rows(url, "insert into blocks values ($1, $2, now())", ann, blocked)
    yield
    await rows(url, "delete from suspensions where user_id = $1", suspended)
    await rows(url, "delete from blocks where blocker_id = $1", ann)


async def tell(sources: Sources, user_id: UUID, number: int, **facts: str) -> None:
    about = {"title": f"Thing {number}", "price": "R1"} | facts
    cause = Cause(kind=NotificationKind.AUCTION_WON, key=str(uuid4()), group="g", facts=about)
    await tell_users(sources, cause, [str(user_id)])


async def a_listing(ask: Asker) -> tuple[str, str]:
    node = (await ask("{ listings(first: 1) { edges { node { id title } } } }")).data["listings"]["edges"][0]["node"]
    return node["id"], node["title"]


async def test_the_list_is_paged_and_counts_what_is_unread(ask: Asker, marketplace: Settings, sources: Sources) -> None:
    ann = await account(ask, marketplace, "buyer-1")
    listing_id, title = await a_listing(ask)
    for number in range(5):
        await tell(sources, ann, number, listing=record_id_of(listing_id, "Listing"))
    first = (await ask(LIST, {"first": 3}, by="buyer-1")).data["viewer"]
    assert first["unreadNotifications"] == 5
    edges = first["notifications"]["edges"]
    assert [each["node"]["title"] for each in edges] == ["You won Thing 4", "You won Thing 3", "You won Thing 2"]
    assert edges[0]["node"]["listing"] == {"title": title}
    assert edges[0]["node"]["kind"] == "AUCTION_WON"
    after = first["notifications"]["pageInfo"]["endCursor"]
    rest = (await ask(LIST, {"first": 3, "after": after}, by="buyer-1")).data["viewer"]["notifications"]
    assert [each["node"]["title"] for each in rest["edges"]] == ["You won Thing 1", "You won Thing 0"]
    assert not rest["pageInfo"]["hasNextPage"]
    marked = await ask(MARK, {"ids": [edges[0]["node"]["id"]]}, by="buyer-1")
    assert marked.data["markNotificationsRead"] == {"__typename": "NotificationsRead", "marked": 1, "unread": 4}
    every = await ask(MARK, {}, by="buyer-1")
    assert every.data["markNotificationsRead"] == {"__typename": "NotificationsRead", "marked": 4, "unread": 0}


async def test_a_page_costs_the_same_calls_however_long_it_is(
    ask: Asker, marketplace: Settings, sources: Sources
) -> None:
    ann = await account(ask, marketplace, "buyer-1")
    listing_id, _ = await a_listing(ask)
    for number in range(6):
        await tell(sources, ann, number, listing=record_id_of(listing_id, "Listing"), auction=f"lot-{number}")
    few = (await ask(LIST, {"first": 1}, by="buyer-1")).calls
    many = (await ask(LIST, {"first": 6}, by="buyer-1")).calls
    assert dict(few) == dict(many)


async def test_a_notification_is_nobody_elses(
    ask: Asker, marketplace: Settings, sources: Sources, silenced: None
) -> None:
    ann = await account(ask, marketplace, "buyer-1")
    await account(ask, marketplace, "buyer-2")
    await tell(sources, ann, 1)
    node_id = (await ask(LIST, {"first": 1}, by="buyer-1")).data["viewer"]["notifications"]["edges"][0]["node"]["id"]
    seen = {}
    for by in EVERYBODY:
        seen[by] = (await ask(NODE, {"id": node_id}, by=by)).data["node"]
        if by != "buyer-1":
            marked = (await ask(MARK, {"ids": [node_id]}, by=by)).data["markNotificationsRead"]
            assert marked.get("marked", 0) == 0
    assert {by: found is not None for by, found in seen.items()} == {by: by == "buyer-1" for by in EVERYBODY}
    mine = (await ask(LIST, {"first": 1}, by="buyer-1")).data["viewer"]["notifications"]["edges"][0]["node"]
    assert mine["isRead"] is False


@pytest.mark.parametrize("by", [SUSPENDED, BLOCKED])
async def test_who_may_not_write_keeps_what_is_their_own(
    ask: Asker, marketplace: Settings, sources: Sources, silenced: None, by: str
) -> None:
    await tell(sources, await account(ask, marketplace, by), 1)
    viewer = (await ask(LIST, {"first": 1}, by=by)).data["viewer"]
    assert [each["node"]["title"] for each in viewer["notifications"]["edges"]] != []
    assert (await ask(MARK, {}, by=by)).data["markNotificationsRead"]["marked"] == 1
    chosen: dict[str, Any] = {"kind": "OUTBID", "channel": "EMAIL", "isOn": True}
    assert (await ask(CHOOSE, chosen, by=by)).data["setNotificationPreference"]["email"] is True
    saved = (await ask(SAVE, {"name": "Farm", "text": "hilux"}, by=by)).data["saveSearch"]
    assert (await ask(DELETE, {"id": saved["id"]}, by=by)).data["deleteSavedSearch"]["id"] == saved["id"]


async def test_visitors_have_none_and_change_none(ask: Asker) -> None:
    assert (await ask(LIST, {"first": 1})).data["viewer"] is None
    chosen: dict[str, Any] = {"kind": "OUTBID", "channel": "EMAIL", "isOn": True}
    refusal = {"__typename": "NotSignedIn", "code": "NOT_SIGNED_IN"}
    assert (await ask(MARK, {})).data["markNotificationsRead"] == refusal
    assert (await ask(CHOOSE, chosen)).data["setNotificationPreference"] == refusal


async def test_a_preference_is_ones_own(ask: Asker) -> None:
    chosen: dict[str, Any] = {"kind": "PRICE_DROP", "channel": "EMAIL", "isOn": False}
    done = (await ask(CHOOSE, chosen, by="buyer-1")).data["setNotificationPreference"]
    assert done == {"__typename": "NotificationPreference", "kind": "PRICE_DROP", "inApp": True, "email": False}
    query = "{ viewer { notificationPreferences { kind inApp email } } }"
    for by, email in (("buyer-1", False), ("buyer-2", True)):
        found = (await ask(query, by=by)).data["viewer"]["notificationPreferences"]
        assert len(found) == len(NotificationKind)
        assert {"kind": "PRICE_DROP", "inApp": True, "email": email} in found


@pytest.mark.parametrize("ids", [[], ["x"] * 101])
async def test_ids_that_cannot_be_are_refused(ask: Asker, ids: list[str]) -> None:
    answer = await ask(MARK, {"ids": ids}, by="buyer-1")
    if ids:
        assert answer.codes == ["BAD_ID"]
    else:
        assert answer.data["markNotificationsRead"] == {"__typename": "InvalidInput", "code": "INVALID_INPUT"}


SAVE = """mutation ($name: String!, $text: String!, $filter: SearchFilterInput) {
  saveSearch(input: {name: $name, text: $text, filter: $filter}) {
    __typename ... on SavedSearch { id name text hasAlerts } ... on Problem { code } } }"""
DELETE = """mutation ($id: ID!) { deleteSavedSearch(input: {id: $id}) {
  __typename ... on SavedSearch { id } ... on Problem { code } } }"""
SAVED = "{ viewer { savedSearches { id name text } } }"


async def test_a_saved_search_is_ones_own_and_a_price_in_its_words_becomes_a_condition(
    ask: Asker, silenced: None
) -> None:
    asked = {"name": "Farm", "text": "hilux under R300,000"}
    saved = (await ask(SAVE, asked, by="buyer-1")).data["saveSearch"]
    assert (saved["name"], saved["text"], saved["hasAlerts"]) == ("Farm", "hilux", True)
    mine = (await ask(SAVED, by="buyer-1")).data["viewer"]["savedSearches"]
    assert {"id": saved["id"], "name": "Farm", "text": "hilux"} in mine
    for by in EVERYBODY:
        is_mine = by == "buyer-1"
        assert ((await ask(NODE, {"id": saved["id"]}, by=by)).data["node"] is not None) == is_mine
        if not is_mine:
            refused = (await ask(DELETE, {"id": saved["id"]}, by=by)).data["deleteSavedSearch"]
            assert refused["code"] == ("NOT_SIGNED_IN" if by is None else "NOT_FOUND")
            viewer = (await ask(SAVED, by=by)).data["viewer"]
            assert viewer is None or saved["id"] not in [each["id"] for each in viewer["savedSearches"]]
    gone = (await ask(DELETE, {"id": saved["id"]}, by="buyer-1")).data["deleteSavedSearch"]
    assert gone == {"__typename": "SavedSearch", "id": saved["id"]}
    assert (await ask(SAVE, asked)).data["saveSearch"] == {"__typename": "NotSignedIn", "code": "NOT_SIGNED_IN"}
    nameless = (await ask(SAVE, asked | {"name": " "}, by="buyer-1")).data["saveSearch"]
    assert nameless == {"__typename": "InvalidInput", "code": "INVALID_INPUT"}


async def test_the_link_in_a_mail_and_the_mail_webhook_are_served(ask: Asker) -> None:
    assert (await ask.http.get("/unsubscribe?token=nonsense")).status_code == 400
    assert (await ask.http.post("/webhooks/resend", content=b"{}")).status_code == 400
