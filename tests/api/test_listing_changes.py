"""Writing listings: drafts, validation, publication and refusals."""

from typing import Any
from uuid import uuid4

from tests.api.conftest import Asker

RESULT = """
  __typename
  ... on Listing { id title revision isDraft status price { formatted } attributes { key text } }
  ... on Problem { code message }
  ... on InvalidInput { problems { field message } }
  ... on EditConflict { currentRevision }
"""
CREATE = f"""mutation ($key: String!, $content: ListingContentInput!) {{
  createListing(input: {{idempotencyKey: $key, content: $content}}) {{ {RESULT} }} }}"""
UPDATE = f"""mutation ($id: ID!, $revision: String, $content: ListingContentInput!) {{
  updateListing(input: {{id: $id, revision: $revision, content: $content}}) {{ {RESULT} }} }}"""
PUBLISH = f"mutation ($id: ID!) {{ publishListing(input: {{id: $id}}) {{ {RESULT} }} }}"
ARCHIVE = f"mutation ($id: ID!) {{ archiveListing(input: {{id: $id}}) {{ {RESULT} }} }}"


async def bakkie(ask: Asker) -> dict[str, Any]:
    category = (await ask('{ category(slug: "bakkies") { id } }')).data["category"]["id"]
    return {
        "title": "A tidy blue bakkie",
        "description": "It never saw a beach, and every service is in the book.",
        "categoryId": category,
        "priceMinor": 25_000_000,
        "city": "Paarl",
        "attributes": [
            {"key": "make", "value": "Toyota"},
            {"key": "model", "value": "Hilux"},
            {"key": "year", "value": 2021},
        ],
    }


async def created(ask: Asker, content: dict[str, Any], *, by: str = "dealer-1") -> dict[str, Any]:
    answer = await ask(CREATE, {"key": str(uuid4()), "content": content}, by=by)
    found: dict[str, Any] = answer.data["createListing"]
    assert found["__typename"] == "Listing", found
    return found


async def test_a_retry_with_the_same_key_makes_no_second_listing(ask: Asker) -> None:
    content = await bakkie(ask)
    key = str(uuid4())
    first = (await ask(CREATE, {"key": key, "content": content}, by="dealer-1")).data["createListing"]
    again = (await ask(CREATE, {"key": key, "content": content}, by="dealer-1")).data["createListing"]
    assert first == again
    other = (await ask(CREATE, {"key": key, "content": content | {"title": "Another one"}}, by="dealer-1")).data
    assert other["createListing"]["code"] == "IDEMPOTENCY_CONFLICT"
    elsewhere = (await ask(CREATE, {"key": key, "content": content}, by="dealer-2")).data["createListing"]
    assert elsewhere["id"] != first["id"]


async def test_every_mistake_is_named_with_its_field(ask: Asker) -> None:
    content = await bakkie(ask)
    content |= {
        "title": "x",
        "currency": "rand",
        "latitude": 3,
        "tags": ["x" * 31],
        "imageAssetIds": ["nonsense"],
        "attributes": [
            {"key": "make", "value": "Trabant"},
            {"key": "year", "value": "new"},
            {"key": "mileageKm", "value": -1},
            {"key": "wings", "value": 2},
        ],
    }
    answer = await ask(CREATE, {"key": str(uuid4()), "content": content}, by="dealer-1")
    refused = answer.data["createListing"]
    assert refused["code"] == "INVALID_INPUT"
    assert {each["field"] for each in refused["problems"]} == {
        "title", "currency", "latitude", "tags", "imageAssetIds",
        "attributes.make", "attributes.year", "attributes.mileageKm", "attributes.wings",
    }  # fmt: skip
    assert all(each["message"].endswith(".") for each in refused["problems"])


async def test_a_draft_that_lacks_what_buyers_need_is_not_published(ask: Asker) -> None:
    draft = await created(ask, {"title": "Only a title"})
    refused = (await ask(PUBLISH, {"id": draft["id"]}, by="dealer-1")).data["publishListing"]
    assert refused["code"] == "INVALID_INPUT"
    assert {each["field"] for each in refused["problems"]} == {"description", "categoryId", "priceMinor", "city"}
    assert (await ask("query ($id: ID!) { listing(id: $id) { id } }", {"id": draft["id"]})).data["listing"] is None


async def test_publishing_shows_the_listing_and_publishing_again_changes_nothing(ask: Asker) -> None:
    draft = await created(ask, await bakkie(ask))
    published = (await ask(PUBLISH, {"id": draft["id"]}, by="dealer-1")).data["publishListing"]
    assert (published["isDraft"], published["status"]) == (False, "ACTIVE")
    assert (await ask(PUBLISH, {"id": draft["id"]}, by="dealer-1")).data["publishListing"] == published
    seen = await ask("query ($id: ID!) { listing(id: $id) { title status } }", {"id": draft["id"]})
    assert seen.data["listing"] == {"title": "A tidy blue bakkie", "status": "ACTIVE"}


async def test_an_edit_is_seen_by_strangers_only_once_it_is_published(ask: Asker) -> None:
    draft = await created(ask, await bakkie(ask))
    await ask(PUBLISH, {"id": draft["id"]}, by="dealer-1")
    await ask(UPDATE, {"id": draft["id"], "content": {"title": "Even tidier than before"}}, by="dealer-1")
    title = "query ($id: ID!) { listing(id: $id) { title } }"
    assert (await ask(title, {"id": draft["id"]})).data["listing"]["title"] == "A tidy blue bakkie"
    await ask(PUBLISH, {"id": draft["id"]}, by="dealer-1")
    assert (await ask(title, {"id": draft["id"]})).data["listing"]["title"] == "Even tidier than before"


async def test_an_edit_of_an_older_revision_is_refused_with_the_current_one(ask: Asker) -> None:
    draft = await created(ask, await bakkie(ask))
    edit = {"id": draft["id"], "revision": draft["revision"], "content": {"city": "Worcester"}}
    newer = (await ask(UPDATE, edit, by="dealer-1")).data["updateListing"]
    refused = (await ask(UPDATE, edit, by="dealer-1")).data["updateListing"]
    assert (refused["code"], refused["currentRevision"]) == ("EDIT_CONFLICT", newer["revision"])


async def test_an_archived_listing_is_gone_for_buyers_and_can_come_back(ask: Asker) -> None:
    draft = await created(ask, await bakkie(ask))
    await ask(PUBLISH, {"id": draft["id"]}, by="dealer-1")
    for _ in range(2):
        archived = (await ask(ARCHIVE, {"id": draft["id"]}, by="dealer-1")).data["archiveListing"]
        assert archived["status"] == "ARCHIVED"
    seen = "query ($id: ID!) { listing(id: $id) { status } }"
    assert (await ask(seen, {"id": draft["id"]})).data["listing"] is None
    assert (await ask(seen, {"id": draft["id"]}, by="dealer-1")).data["listing"]["status"] == "ARCHIVED"
    back = (await ask(PUBLISH, {"id": draft["id"]}, by="dealer-1")).data["publishListing"]
    assert back["status"] == "ACTIVE"


async def test_only_the_seller_and_staff_may_change_a_listing(ask: Asker) -> None:
    draft = await created(ask, await bakkie(ask))
    edit = {"id": draft["id"], "content": {"city": "Elsewhere"}}
    assert (await ask(UPDATE, edit)).data["updateListing"]["code"] == "NOT_SIGNED_IN"
    assert (await ask(UPDATE, edit, by="dealer-2")).data["updateListing"]["code"] == "NOT_FOUND"
    await ask(PUBLISH, {"id": draft["id"]}, by="dealer-1")
    assert (await ask(UPDATE, edit, by="dealer-2")).data["updateListing"]["code"] == "NOT_ALLOWED"
    assert (await ask(UPDATE, edit, by="editor-1")).data["updateListing"]["__typename"] == "Listing"


async def test_a_profile_is_needed_first_and_its_handle_is_unique(ask: Asker) -> None:
    mutation = """mutation ($input: UpsertProfileInput!) { upsertProfile(input: $input) {
      __typename ... on PublicUser { id handle displayName bio { text } phone }
      ... on Problem { code } ... on InvalidInput { problems { field } } } }"""
    person = {"handle": f"reader-{uuid4().hex[:8]}", "displayName": "A reader", "bio": "I read.\n\nA lot."}
    made = (await ask(mutation, {"input": person}, by="buyer-2")).data["upsertProfile"]
    assert made["bio"]["text"] == "I read.\n\nA lot."
    assert (await ask(mutation, {"input": person}, by="buyer-2")).data["upsertProfile"] == made
    taken = (await ask(mutation, {"input": {"handle": person["handle"]}}, by="buyer-3")).data["upsertProfile"]
    assert taken["problems"] == [{"field": "handle"}]
    wrong = {"handle": "No!", "displayName": "", "phone": "none"}
    refused = (await ask(mutation, {"input": wrong}, by="buyer-2")).data["upsertProfile"]
    assert {each["field"] for each in refused["problems"]} == {"handle", "displayName", "phone"}
