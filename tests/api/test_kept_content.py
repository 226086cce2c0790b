"""Pages from kept content and from the replica: no request to the content store, and never behind a writer."""

from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import uuid4

import pytest

from config import ContentMode, Settings
from tests.api.conftest import Asker, serving
from tests.stores import until

PAGE = """{ listings(first: 20) { edges { node {
  id title category { title } seller { displayName listings(first: 3) { edges { node { title } } } } } } } }"""
RESULT = "... on Listing { id } ... on Problem { code message }"
CREATE = f"""mutation ($key: String!, $content: ListingContentInput!) {{
  createListing(input: {{idempotencyKey: $key, content: $content}}) {{ {RESULT} }} }}"""
UPDATE = f"""mutation ($id: ID!, $content: ListingContentInput!) {{
  updateListing(input: {{id: $id, content: $content}}) {{ {RESULT} }} }}"""
PUBLISH = f"mutation ($id: ID!) {{ publishListing(input: {{id: $id}}) {{ {RESULT} }} }}"
ARCHIVE = f"mutation ($id: ID!) {{ archiveListing(input: {{id: $id}}) {{ {RESULT} }} }}"


@pytest.fixture(params=list(ContentMode), ids=lambda mode: mode.value)
async def kept(
    request: pytest.FixtureRequest, marketplace: Settings, tokens: Mapping[str, str]
) -> AsyncIterator[Asker]:
    """A client of the product as it is set up by default, with and without a replica."""
    changes = {"content": request.param, "content_cache_seconds": 300}
    async with serving(marketplace.model_copy(update=changes), tokens) as asker:

        async def costs_nothing() -> bool:
            return "sanity" not in (await asker(PAGE)).calls

        await until(costs_nothing)
        yield asker


async def test_a_page_makes_no_request_to_the_content_store(kept: Asker) -> None:
    answer = await kept(PAGE, by="buyer-1")
    assert len(answer.data["listings"]["edges"]) == 20
    assert "sanity" not in answer.calls


async def test_everybody_sees_what_an_owner_publishes_edits_and_archives_at_once(kept: Asker) -> None:
    async def newest(by: str | None) -> Any:
        return (await kept("{ listings(first: 1) { edges { node { id title } } } }", by=by)).data["listings"]["edges"]

    async def change(text: str, **variables: object) -> str:
        (outcome,) = (await kept(text, variables, by="dealer-1")).data.values()
        assert "id" in outcome, outcome
        return str(outcome["id"])

    category = (await kept('{ category(slug: "bakkies") { id } }')).data["category"]["id"]
    make = [{"key": "make", "value": "Toyota"}, {"key": "model", "value": "Hilux"}, {"key": "year", "value": 2021}]
    content: dict[str, object] = {
        "title": "A bakkie of today", "description": "It never saw a beach, and every service is in the book.",
        "categoryId": category, "priceMinor": 25_000_000, "city": "Paarl", "attributes": make,
    }  # fmt: skip
    listing_id = await change(CREATE, key=str(uuid4()), content=content)
    before = await newest(None)
    await change(PUBLISH, id=listing_id)
    assert (await newest(None))[0]["node"] == {"id": listing_id, "title": "A bakkie of today"}
    await change(UPDATE, id=listing_id, content={"title": "A bakkie of tomorrow"})
    await change(PUBLISH, id=listing_id)
    assert (await newest("buyer-2"))[0]["node"]["title"] == "A bakkie of tomorrow"
    await change(ARCHIVE, id=listing_id)
    assert await newest(None) == before
