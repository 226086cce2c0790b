"""Saved searches and favourites hear of listings as the index job brings them in: once, and only what is news."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from datasources.guards import Spend, current_spend
from datasources.postgres import saved_searches as recorded
from datasources.sources import Sources
from domain.money import Money
from domain.notifications import NotificationKind
from domain.problems import InvalidInput, NotFound, WrongState
from domain.saved_searches import MOST_SAVED, SavedSearch
from domain.search import AttributeFilter, ListingFilter, ListingQuery, NumberRange, PriceFilter
from domain.users import Role, User, Viewer
from jobs.notifications import tell as tell_job
from jobs.notifications import tell_taken_down as taken_down_job
from jobs.saved_searches import match_searches
from services.indexing import sync_listings
from services.listing_notices import tell_taken_down
from services.listings import archive_listing
from services.saved_searches import delete_search, save_search
from tests.services.test_indexing import CATEGORIES, SELLER, listing, put
from tests.stores import add_user, empty_index, new_dataset, open_sources, rows

CHEAP = ListingQuery(
    text="hilux",
    filter=ListingFilter(
        category_ids=("vehicles",),
        price=PriceFilter(NumberRange(None, 30_000_000), "ZAR"),
        attributes=(AttributeFilter("year", any_of=(2022.0, "2022", True), range=NumberRange(2020, None)),),
    ),
)


@pytest.fixture
async def sources(database_url: str, redis_url: str, lake_url: str, search_url: str) -> AsyncIterator[Sources]:
    await empty_index(search_url)
    dataset = await new_dataset(lake_url)
    async with open_sources(
        database_url, redis_url, sanity_url=lake_url, dataset=dataset, search_url=search_url
    ) as opened:
        await put(opened, *CATEGORIES, SELLER)
        yield opened


def priced(amount: int, **changes: Any) -> dict[str, Any]:
    document = listing(**changes)
    document["price"]["amountMinor"] = amount
    return document


async def bring_in(sources: Sources, database_url: str, document: dict[str, Any], *, times: int = 1) -> None:
    """Publish, sync as the webhook's job does, then do what the sync asked for."""
    await put(sources, document)
    for _ in range(times):
        await sync_listings(sources, [document["_id"]])
    while jobs := await rows(
        database_url,
        "delete from pgqueuer where entrypoint in ('searches.match', 'notices.tell') returning entrypoint, payload",
    ):
        for job in jobs:
            work = match_searches if job["entrypoint"] == "searches.match" else tell_job
            await work(sources, json.loads(job["payload"]))


async def told(database_url: str, user: User) -> list[tuple[str, int]]:
    query = "select kind, count from notifications where user_id = $1 order by created_at"
    return [(row[0], row[1]) for row in await rows(database_url, query, user.user_id)]


async def kept(sources: Sources, user: User, query: ListingQuery = CHEAP, name: str = "mine") -> SavedSearch:
    found = await save_search(sources, user, name, query, has_alerts=True)
    assert isinstance(found, SavedSearch)
    return found


WITHOUT_YEAR = replace(CHEAP, filter=replace(CHEAP.filter, attributes=()))


async def test_a_search_is_kept_as_it_was_asked_and_forgotten_by_its_owner_only(
    sources: Sources, database_url: str
) -> None:
    ann, bob = [await add_user(database_url) for _ in range(2)]
    search = await kept(sources, ann)
    assert await recorded.of_user(sources.database, ann.user_id) == [search]
    assert await recorded.of_user(sources.database, bob.user_id) == []
    assert isinstance(await delete_search(sources, bob, search.search_id), NotFound)
    assert await delete_search(sources, ann, search.search_id) == search
    assert isinstance(await delete_search(sources, ann, search.search_id), NotFound)
    assert await rows(database_url, "select 1 from saved_search_keys") == []


async def test_an_account_keeps_fifty_however_many_ask_at_once(sources: Sources, database_url: str) -> None:
    ann = await add_user(database_url)
    for name in ("", " ", "x" * 101, "a\0"):
        assert isinstance(await save_search(sources, ann, name, CHEAP, has_alerts=True), InvalidInput)
    await rows(
        database_url,
        "insert into saved_searches (search_id, user_id, name, query, has_alerts, created_at) "
        "select 's' || n, $1, 'x', '{}', false, now() from generate_series(1, $2) n",
        ann.user_id,
        MOST_SAVED - 2,
    )
    found = await asyncio.gather(*(save_search(sources, ann, "mine", CHEAP, has_alerts=True) for _ in range(6)))
    assert sum(isinstance(each, SavedSearch) for each in found) == 2
    assert sum(isinstance(each, WrongState) for each in found) == 4


async def test_a_new_listing_is_told_to_those_whose_search_it_satisfies_once(
    sources: Sources, database_url: str
) -> None:
    ann, bob, silent = [await add_user(database_url) for _ in range(3)]
    await kept(sources, ann, WITHOUT_YEAR)
    await kept(sources, ann, ListingQuery(filter=ListingFilter(cities=("Durban",))), name="another")
    await kept(sources, bob, replace(WITHOUT_YEAR, text="ranger"))
    await save_search(sources, silent, "quiet", WITHOUT_YEAR, has_alerts=False)
    await bring_in(sources, database_url, priced(29_500_000), times=3)
    await bring_in(sources, database_url, priced(29_500_000, title="Toyota Hilux, polished"))
    assert await told(database_url, ann) == [("search-match", 1)]
    assert await told(database_url, bob) == []
    assert await told(database_url, silent) == []
    await bring_in(sources, database_url, priced(28_000_000, listing_id="hilux-2"))
    assert await told(database_url, ann) == [("search-match", 2)], "two new listings for one search"


async def test_a_price_that_falls_is_told_to_favourites_and_to_searches_it_falls_into(
    sources: Sources, database_url: str
) -> None:
    ann, bob = [await add_user(database_url) for _ in range(2)]
    await bring_in(sources, database_url, priced(31_000_000))
    await kept(sources, ann, WITHOUT_YEAR)
    await rows(
        database_url, "insert into favourites (user_id, listing_id, marked_at) values ($1, 'hilux', now())", bob.user_id
    )
    await bring_in(sources, database_url, priced(32_000_000))
    assert (await told(database_url, ann), await told(database_url, bob)) == ([], [])
    await bring_in(sources, database_url, priced(29_000_000), times=2)
    assert await told(database_url, ann) == [("search-match", 1)]
    assert await told(database_url, bob) == [("price-drop", 1)]
    facts = (await rows(database_url, "select facts from notifications where kind = 'price-drop'"))[0][0]
    assert json.loads(facts)["was"] == Money(32_000_000, "ZAR").formatted
    await bring_in(sources, database_url, priced(28_000_000))
    assert (await told(database_url, ann), len(await told(database_url, bob))) == ([("search-match", 1)], 2)


async def test_what_could_be_found_when_the_search_was_saved_is_no_news(sources: Sources, database_url: str) -> None:
    ann = await add_user(database_url)
    await bring_in(sources, database_url, priced(29_500_000))
    await kept(sources, ann, WITHOUT_YEAR)
    await bring_in(sources, database_url, priced(29_500_000, title="Toyota Hilux, polished"))
    assert await told(database_url, ann) == []


async def test_a_seller_hears_that_a_listing_is_live_and_again_after_it_was_away(
    sources: Sources, database_url: str
) -> None:
    sam = await add_user(database_url)
    await rows(
        database_url,
        "insert into profiles (profile_id, external_id, handle, kind, content_updated_at) "
        "values ('seller', $1, 'sam', 'dealer', now())",
        sam.external_id,
    )
    await bring_in(sources, database_url, priced(1_000), times=2)
    await bring_in(sources, database_url, priced(1_000, title="Another title"))
    await bring_in(sources, database_url, priced(1_000, status="archived"))
    assert await told(database_url, sam) == [(NotificationKind.LISTING_APPROVED.code, 1)]
    await bring_in(sources, database_url, priced(1_000))
    assert await told(database_url, sam) == [(NotificationKind.LISTING_APPROVED.code, 1)] * 2


async def test_a_seller_hears_that_staff_took_a_listing_down_only_if_they_did(
    sources: Sources, database_url: str
) -> None:
    sam, editor = [await add_user(database_url) for _ in range(2)]
    await rows(
        database_url,
        "insert into profiles (profile_id, external_id, handle, kind, content_updated_at) "
        "values ('seller', $1, 'sam', 'dealer', now())",
        sam.external_id,
    )
    await put(sources, priced(1_000))
    staff = Viewer(editor, frozenset({Role.EDITOR}), "key")
    await tell_taken_down(sources, "hilux", "seller", revision="r0")
    assert await told(database_url, sam) == [], "it is still shown"
    for _ in range(2):
        await archive_listing(sources, staff, editor, "hilux")
    (job,) = await rows(database_url, "select payload from pgqueuer where entrypoint = 'notices.listing-taken-down'")
    for _ in range(2):
        await taken_down_job(sources, json.loads(job[0]))
    assert await told(database_url, sam) == [("listing-rejected", 1)]
    await put(sources, priced(1_000, listing_id="own"))
    seller = replace(sam, profile_id="seller")
    await archive_listing(sources, Viewer(seller, frozenset({Role.USER}), "key"), seller, "own")
    assert len(await rows(database_url, "select 1 from pgqueuer where entrypoint = 'notices.listing-taken-down'")) == 1


async def test_a_changed_listing_reads_only_searches_that_stand_under_its_keys(
    sources: Sources, database_url: str
) -> None:
    ann = await add_user(database_url)
    await rows(
        database_url,
        "insert into saved_searches (search_id, user_id, name, query, has_alerts, created_at) "
        # Their queries cannot be read: whoever touches one of them fails.
        "select 'other' || n, $1, 'x', '[]', true, now() from generate_series(1, 5000) n",
        ann.user_id,
    )
    await rows(
        database_url,
        "insert into saved_search_keys (key, search_id) select 'category:boats', search_id from saved_searches",
    )
    await kept(sources, await add_user(database_url), WITHOUT_YEAR)
    await put(sources, priced(29_500_000))
    await sync_listings(sources, ["hilux"])
    spend = Spend()
    current_spend.set(spend)
    await match_searches(sources, {"listing": "hilux"})
    assert spend.operations["postgres.saved-searches.candidates"] == 1
    assert spend.operations["postgres.notifications.tell"] == 1
