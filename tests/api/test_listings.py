"""Listings as clients read them."""

from typing import Any

import pytest

from tests.api.conftest import Answer, Asker

PAGE = """
query ListingPage($first: Int! = 20, $after: String, $sort: ListingOrder! = NEWEST, $filter: ListingFilter) {
  listings(first: $first, after: $after, sort: $sort, filter: $filter) {
    pageInfo { hasNextPage endCursor }
    edges { node {
      id title publishedAt
      price { amountMinor currency formatted }
      images { url(width: 320, height: 240) lqip alt }
      category { title }
      categoryPath { title }
      seller { displayName isVerified listings(first: 3) { edges { node { title } } } }
      counters { views likes favourites }
      viewerState { hasLiked hasFavourited }
    } }
  }
}
"""


def nodes(answer: Answer) -> list[dict[str, object]]:
    return [edge["node"] for edge in answer.data["listings"]["edges"]]


async def test_a_listing_page_calls_each_system_once_per_level(ask: Asker) -> None:
    await ask(PAGE, by="buyer-1")  # the first reading seeds the counters and the category tree
    answer = await ask(PAGE, by="buyer-1")
    assert len(nodes(answer)) == 20
    # Content is asked for the page, then for its sellers, then for their newest listings.
    assert answer.calls == {"sanity": 3, "postgres": 1, "redis": 1}


async def test_a_longer_page_costs_no_more_calls(ask: Asker) -> None:
    await ask(PAGE, {"first": 40}, by="buyer-1")
    assert (await ask(PAGE, {"first": 40}, by="buyer-1")).calls == {"sanity": 3, "postgres": 1, "redis": 1}


async def test_pages_hold_every_listing_once_and_in_order(ask: Asker) -> None:
    for sort in ("NEWEST", "PRICE_LOW_TO_HIGH", "PRICE_HIGH_TO_LOW"):
        seen: list[dict[str, object]] = []
        after = None
        for _ in range(20):
            answer = await ask(PAGE_OF_IDS, {"first": 30, "after": after, "sort": sort})
            seen += nodes(answer)
            info = answer.data["listings"]["pageInfo"]
            after = info["endCursor"]
            if not info["hasNextPage"]:
                break
        ids = [each["id"] for each in seen]
        assert len(ids) == len(set(ids)) > 100
        keys: list[Any] = [each["publishedAt"] if sort == "NEWEST" else each["price"]["amountMinor"] for each in seen]  # type: ignore[index]  # a JSON object
        assert keys == sorted(keys, reverse=sort != "PRICE_LOW_TO_HIGH")


PAGE_OF_IDS = """
query ($first: Int!, $after: String, $sort: ListingOrder!) {
  listings(first: $first, after: $after, sort: $sort) {
    pageInfo { hasNextPage endCursor }
    edges { node { id publishedAt price { amountMinor } } }
  }
}
"""


async def test_a_category_includes_everything_below_it(ask: Asker) -> None:
    vehicles = (await ask('{ category(slug: "vehicles") { id } }')).data["category"]["id"]
    answer = await ask(PAGE, {"filter": {"categoryId": vehicles}})
    assert len(nodes(answer)) == 20
    assert {each["categoryPath"][0]["title"] for each in nodes(answer)} == {"Vehicles"}  # type: ignore[index]  # a JSON list


async def test_prices_narrow_the_list_beyond_what_thirty_two_bits_hold(ask: Asker) -> None:
    answer = await ask(PAGE, {"filter": {"priceFromMinor": 20_000_000, "priceToMinor": 5_000_000_000}})
    prices = [each["price"]["amountMinor"] for each in nodes(answer)]  # type: ignore[index]  # a JSON object
    assert prices
    assert all(20_000_000 <= price <= 5_000_000_000 for price in prices)


async def test_a_listing_is_found_by_slug_and_by_id(ask: Asker) -> None:
    found = nodes(await ask(PAGE, {"first": 1}))[0]
    by_id = await ask("query ($id: ID!) { listing(id: $id) { id slug details { __typename } } }", {"id": found["id"]})
    slug = by_id.data["listing"]["slug"]
    by_slug = await ask("query ($slug: String!) { listing(slug: $slug) { id } }", {"slug": slug})
    assert by_slug.data["listing"]["id"] == found["id"] == by_id.data["listing"]["id"]


async def test_a_listing_shows_its_text_in_three_renderings(ask: Asker) -> None:
    answer = await ask("{ listings(first: 1) { edges { node { body { raw text(maxLength: 40) html } } } } }")
    body = nodes(answer)[0]["body"]
    assert isinstance(body, dict)
    assert body["raw"][0]["_type"] == "block"
    assert 0 < len(body["text"]) <= 40
    assert body["html"].startswith("<")


async def test_a_picture_has_an_address_for_each_size_and_a_preview(ask: Asker) -> None:
    answer = await ask(
        "{ listings(first: 30) { edges { node { images { url(width: 300, format: WEBP) lqip width } } } } }"
    )
    pictures = [each for node in nodes(answer) for each in node["images"]]  # type: ignore[attr-defined]  # a JSON list
    assert pictures
    assert all("w=300&fm=webp" in each["url"] and each["width"] == 1200 for each in pictures)
    assert all(each["lqip"].startswith("data:image/") for each in pictures)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ listings(first: 0) { edges { cursor } } }", "BAD_PAGE_SIZE"),
        ("{ listings(first: 101) { edges { cursor } } }", "BAD_PAGE_SIZE"),
        ('{ listings(after: "nonsense") { edges { cursor } } }', "BAD_CURSOR"),
        ('{ listings(after: "W10") { edges { cursor } } }', "BAD_CURSOR"),
        ('{ listing(id: "nonsense") { id } }', "BAD_ID"),
        ('{ listing(id: "UHVibGljVXNlcjp4") { id } }', "BAD_ID"),
        ("{ listing { id } }", "BAD_ARGUMENTS"),
        ('{ listings(filter: {categoryId: "x"}) { edges { cursor } } }', "BAD_ID"),
        ("{ listings(first: 1) { edges { node { body { text(maxLength: 0) } } } } }", "BAD_LENGTH"),
        ("{ listings(first: 9) { edges { node { images { url(width: 0) } } } } }", "BAD_IMAGE_SIZE"),
    ],
)  # fmt: skip
async def test_each_wrong_argument_has_a_code_and_a_sentence(ask: Asker, query: str, code: str) -> None:
    answer = await ask(query)
    assert answer.status == 200
    assert code in answer.codes
    for each in answer.body["errors"]:
        assert each["message"].endswith(".")
        assert "Traceback" not in each["message"]


async def test_a_draft_is_seen_by_its_owner_and_by_staff_only(ask: Asker) -> None:
    made = await ask(
        """mutation ($key: String!) { createListing(input: {idempotencyKey: $key, content: {title: "Only for me"}}) {
             ... on Listing { id isDraft } } }""",
        {"key": "draft-visibility"},
        by="dealer-1",
    )
    draft = made.data["createListing"]
    assert draft["isDraft"] is True
    seen = "query ($id: ID!) { node(id: $id) { id ... on Listing { title } } }"
    for by, is_visible in (("dealer-1", True), ("editor-1", True), ("dealer-2", False), (None, False)):
        answer = await ask(seen, {"id": draft["id"]}, by=by)
        assert (answer.data["node"] is not None) == is_visible, by
    missing = await ask(seen, {"id": "TGlzdGluZzpsaXN0aW5nLW5vdGhpbmc"}, by="dealer-2")
    hidden = await ask(seen, {"id": draft["id"]}, by="dealer-2")
    assert missing.body["data"] == hidden.body["data"]
