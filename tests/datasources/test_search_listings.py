"""The typed search of listings, against the local search server over HTTP."""

import asyncio
import random
import socket
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from datasources.search import listings
from datasources.search.administration import SearchAdministration
from datasources.search.client import SearchClient, SearchOptions, SearchRejectedError
from datasources.search.listing_documents import ListingDocument, document_key
from datasources.search.listing_index import Synchronised, synchronise, write
from domain.listings import Condition, GeoPoint, ListingStatus
from domain.pages import Slice
from domain.problems import BadInputError, UpstreamUnavailableError
from domain.search import (
    AttributeFilter,
    Facet,
    FacetValue,
    ListingFilter,
    ListingHit,
    ListingQuery,
    ListingSort,
    Near,
    NumberRange,
    PriceFilter,
)
from domain.users import ProfileKind
from tests.search_servers import running_search_server

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CAPE_TOWN = GeoPoint(-33.92, 18.42)
DURBAN = GeoPoint(-29.86, 31.02)


def document(listing_id: str, title: str = "Chair", **changes: object) -> ListingDocument:
    base = ListingDocument(
        listing_id=listing_id,
        slug=listing_id,
        title=title,
        text="In good order.",
        category_ids=("goods", "furniture"),
        attributes={},
        price_minor=10_000,
        currency="ZAR",
        city="Cape Town",
        location=CAPE_TOWN,
        condition=Condition.GOOD,
        seller_id="user-1",
        seller_kind=ProfileKind.PRIVATE,
        status=ListingStatus.ACTIVE,
        is_promoted=False,
        published_at=NOON,
        updated_at=NOON,
    )
    return replace(base, **changes)  # type: ignore[arg-type]  # a factory takes any field


@pytest.fixture(scope="module")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_search_server(tmp_path_factory.mktemp("search"), "--master-key", "secret") as server:
        yield server.url


@pytest.fixture
async def client(server_url: str) -> AsyncIterator[SearchClient]:
    opened = SearchClient(SearchOptions(server_url, "secret", read_seconds=5))
    yield opened
    await opened.close()


@pytest.fixture
async def index(server_url: str, request: pytest.FixtureRequest) -> str:
    """An empty index of the test's own."""
    name = f"listings-{abs(hash(request.node.nodeid))}"
    await SearchAdministration(server_url, "secret").prepare(name)
    return name


def ids(answer: listings.SearchAnswer) -> list[str]:
    return [edge.node.listing_id for edge in answer.page.edges]


async def find(client: SearchClient, index: str, query: ListingQuery, first: int = 50) -> list[str]:
    return ids(await listings.page(client, query, Slice(first), index=index))


async def test_words_find_the_best_listing_first_and_mark_what_matched(client: SearchClient, index: str) -> None:
    stored = [
        document("corolla", "Toyota Corolla", text="Swapped for a hilux."),
        document("hilux", "Toyota Hilux 2.4"),
        document("ranger", "Ford Ranger"),
    ]
    await write(client, stored, index=index)
    answer = await listings.page(client, ListingQuery("toyta hilux"), Slice(10), index=index)
    assert ids(answer) == ["hilux", "corolla"]
    best = answer.page.edges[0].node
    assert best == ListingHit("hilux", "\ue000Toyota\ue001 \ue000Hilux\ue001 2.4", None, None)


async def test_matches_are_marked_only_in_the_texts_that_are_asked_for(
    client: SearchClient, index: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await write(client, [document("hilux", "Toyota Hilux", text="A hilux with a canopy.")], index=index)
    sent: list[Any] = []
    send = client.multi_search

    async def noted(bodies: Sequence[Mapping[str, Any]]) -> Any:
        sent[:] = bodies
        return await send(bodies)

    monkeypatch.setattr(client, "multi_search", noted)

    async def best(*fields: str) -> ListingHit:
        query = ListingQuery("hilux")
        answer = await listings.page(client, query, Slice(1), index=index, fields=frozenset(fields))
        return answer.page.edges[0].node

    title = await best("highlighted_title")
    assert title.highlighted_title == "Toyota \ue000Hilux\ue001"
    assert (sent[0]["attributesToHighlight"], sent[0]["attributesToCrop"]) == (["title"], [])
    with pytest.raises(AttributeError):
        _ = title.highlighted_text
    assert "\ue000hilux\ue001" in ((await best("highlighted_text")).highlighted_text or "")
    assert (await best()).listing_id == "hilux"
    assert "attributesToHighlight" not in sent[0]


async def test_every_condition_of_a_filter_holds(client: SearchClient, index: str) -> None:
    attributes = {"make": "Toyota", "year": 2020.0, "furnished": True, "extras": ("canopy", "tow bar")}
    stored = [
        document("a", attributes=attributes),
        document("b", price_minor=50_000, attributes=attributes),
        document("c", city="Durban", location=DURBAN),
        document("d", condition=Condition.NEW, seller_kind=ProfileKind.DEALER, seller_id="user-2", is_promoted=True),
        document("e", status=ListingStatus.SOLD),
        document("f", category_ids=("vehicles",), price_minor=None, currency=None, location=None),
        document("g", currency="USD"),
    ]
    await write(client, stored, index=index)
    cheap = PriceFilter(NumberRange(None, 10_000), "ZAR")
    expected = {
        ListingFilter(): "abcdfg",
        ListingFilter(category_ids=("goods",)): "abcdg",
        ListingFilter(category_ids=("vehicles", "furniture")): "abcdfg",
        ListingFilter(cities=("Durban",)): "c",
        ListingFilter(conditions=(Condition.NEW,)): "d",
        ListingFilter(seller_ids=("user-2", "user-3")): "d",
        ListingFilter(seller_kinds=(ProfileKind.PRIVATE,)): "abcfg",
        ListingFilter(statuses=(ListingStatus.SOLD,)): "e",
        ListingFilter(price=cheap): "acd",
        ListingFilter(price=PriceFilter(NumberRange(20_000, None), "ZAR")): "b",
        ListingFilter(near=Near(DURBAN.latitude, DURBAN.longitude, 5_000)): "c",
        ListingFilter(is_promoted=True): "d",
        ListingFilter(attributes=(AttributeFilter("make", ("Toyota", "Ford")),)): "ab",
        ListingFilter(
            attributes=(AttributeFilter("extras", ("tow bar",)), AttributeFilter("furnished", (True,)))
        ): "ab",
        ListingFilter(attributes=(AttributeFilter("year", range=NumberRange(2021, None)),)): "",
        ListingFilter(attributes=(AttributeFilter("year", range=NumberRange(2020, 2020)),), price=cheap): "a",
    }
    for wanted, listing_ids in expected.items():
        assert sorted(await find(client, index, ListingQuery(filter=wanted))) == list(listing_ids), wanted


async def test_facets_count_the_whole_list_on_every_page(client: SearchClient, index: str) -> None:
    stored = [
        document(f"l{number}", attributes={"make": "Ford" if number % 3 else "Audi"}, price_minor=number * 100)
        for number in range(1, 10)
    ]
    await write(client, stored, index=index)
    query = ListingQuery(sort=ListingSort.NEWEST, facets=("attributes.make", "price", "city"))
    first = await listings.page(client, query, Slice(4), index=index)
    second = await listings.page(client, query, Slice(4), after=first.page.page_info.end_cursor, index=index)
    assert first.facets == second.facets
    assert (first.total, second.total, second.page.total_count) == (9, 9, 9)
    assert first.facets[0] == Facet("attributes.make", (FacetValue("Ford", 6), FacetValue("Audi", 3)))
    assert first.facets[1].range == NumberRange(100, 900)
    assert first.facets[2].values == (FacetValue("Cape Town", 9),)


SORTED = [sort for sort in ListingSort if sort is not ListingSort.NEAREST]


def mixed_documents(count: int) -> list[ListingDocument]:
    draw = random.Random(5)
    return [
        document(
            f"listing-{number:03d}",
            "Chair table",
            price_minor=draw.choice((None, 100, 200, 300)),
            published_at=draw.choice((None, NOON, NOON - timedelta(days=draw.randint(1, 3)))),
            is_promoted=draw.random() < 0.3,
            location=draw.choice((None, CAPE_TOWN, DURBAN)),
        )
        for number in range(count)
    ]


@pytest.mark.parametrize("sort", ListingSort)
async def test_pages_walk_through_every_listing_once(client: SearchClient, index: str, sort: ListingSort) -> None:
    stored = mixed_documents(43)
    await write(client, stored, index=index)
    near = Near(CAPE_TOWN.latitude, CAPE_TOWN.longitude, 2_000_000) if sort is ListingSort.NEAREST else None
    query = ListingQuery("chair", ListingFilter(near=near), sort)
    whole = await find(client, index, query, first=100)
    walked: list[str] = []
    cursor = None
    for _ in range(20):
        answer = await listings.page(client, query, Slice(5), after=cursor, index=index)
        walked += ids(answer)
        cursor = answer.page.page_info.end_cursor
        if not answer.page.page_info.has_next_page:
            break
    assert walked == whole
    assert set(whole) == {each.listing_id for each in stored if near is None or each.location is not None}


@pytest.mark.parametrize("sort", [ListingSort.NEWEST, ListingSort.PRICE_LOW_TO_HIGH, ListingSort.PROMOTED])
async def test_listings_that_arrive_between_pages_repeat_and_hide_nothing(
    client: SearchClient, index: str, sort: ListingSort
) -> None:
    stored = mixed_documents(30)
    await write(client, stored, index=index)
    query = ListingQuery(sort=sort)
    before = await find(client, index, query)
    first = await listings.page(client, query, Slice(10), index=index)
    newcomers = [document(f"new-{n}", price_minor=50, published_at=NOON + timedelta(days=1)) for n in range(5)]
    await write(client, [replace(each, is_promoted=True) for each in newcomers], removed_ids=before[:3], index=index)
    second = await listings.page(client, query, Slice(50), after=first.page.page_info.end_cursor, index=index)
    assert ids(second) == before[10:]


async def test_sorting_puts_listings_without_the_value_last(client: SearchClient, index: str) -> None:
    stored = [document("none", price_minor=None), document("dear", price_minor=900), document("cheap", price_minor=1)]
    await write(client, stored, index=index)
    assert await find(client, index, ListingQuery(sort=ListingSort.PRICE_LOW_TO_HIGH)) == ["cheap", "dear", "none"]
    assert await find(client, index, ListingQuery(sort=ListingSort.PRICE_HIGH_TO_LOW)) == ["dear", "cheap", "none"]


async def test_a_cursor_of_another_search_is_refused(client: SearchClient, index: str) -> None:
    await write(client, mixed_documents(5), index=index)
    for sort in SORTED:
        answer = await listings.page(client, ListingQuery("chair", sort=sort), Slice(2), index=index)
        for other in (ListingQuery("table", sort=sort), ListingQuery("chair", ListingFilter(cities=("Durban",)), sort)):
            with pytest.raises(BadInputError, match="another search"):
                await listings.page(client, other, Slice(2), after=answer.page.page_info.end_cursor, index=index)


async def test_nearest_needs_a_place_and_reports_distances(client: SearchClient, index: str) -> None:
    await write(client, [document("far", location=DURBAN), document("here")], index=index)
    near = Near(CAPE_TOWN.latitude, CAPE_TOWN.longitude, 2_000_000)
    query = ListingQuery(filter=ListingFilter(near=near), sort=ListingSort.NEAREST)
    edges = (await listings.page(client, query, Slice(10), index=index)).page.edges
    assert [edge.node.listing_id for edge in edges] == ["here", "far"]
    assert edges[0].node.distance_metres == 0
    assert edges[1].node.distance_metres == pytest.approx(1_271_000, rel=0.001)
    with pytest.raises(BadInputError, match="needs"):
        await listings.page(client, ListingQuery(sort=ListingSort.NEAREST), Slice(10), index=index)


async def test_many_queries_travel_in_one_call_and_stay_aligned(client: SearchClient, index: str) -> None:
    await write(client, [document("a", "Oak table"), document("b", "Pine bench")], index=index)
    queries = [(ListingQuery(text), Slice(5), None) for text in ("bench", "table", "nothing")]
    assert [ids(answer) for answer in await listings.pages(client, queries, index=index)] == [["b"], ["a"], []]


async def test_suggestions_are_titles_each_once(client: SearchClient, index: str) -> None:
    stored = [document("a", "Toyota Hilux"), document("b", "Toyota Hilux"), document("c", "Toyota Corolla")]
    await write(client, [*stored, document("d", "Ford", text="toyota")], index=index)
    assert sorted(await listings.suggest(client, "toy", limit=5, index=index)) == ["Toyota Corolla", "Toyota Hilux"]
    assert await listings.suggest(client, "toyota h", limit=1, index=index) == ["Toyota Hilux"]


async def test_an_attribute_key_cannot_smuggle_a_filter(client: SearchClient, index: str) -> None:
    for key in ('make" OR id EXISTS', "make = 1 OR x", "", "a.b", "a-b"):
        wanted = ListingFilter(attributes=(AttributeFilter(key, ("x",)),))
        with pytest.raises(BadInputError, match="key"):
            await listings.page(client, ListingQuery(filter=wanted), Slice(1), index=index)
    with pytest.raises(BadInputError, match="Facets are"):
        await listings.page(client, ListingQuery(facets=("status OR",)), Slice(1), index=index)


async def test_a_missing_index_is_a_rejection_with_its_code(client: SearchClient) -> None:
    with pytest.raises(SearchRejectedError, match="index_not_found") as caught:
        await listings.page(client, ListingQuery(), Slice(1), index="nowhere")
    assert (caught.value.status, caught.value.code) == (404, "index_not_found")


async def test_a_server_that_never_answers_costs_the_budget_and_no_more() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = SearchClient(SearchOptions(f"http://127.0.0.1:{silent.getsockname()[1]}", read_seconds=0.1))
        started = asyncio.get_running_loop().time()
        with pytest.raises(UpstreamUnavailableError):
            await client.multi_search([{"indexUid": "listings"}])
        assert asyncio.get_running_loop().time() - started < 1
        await client.close()


class ContentStore:
    """The truth that deliveries speak of; reading it takes a moment, in which it may change."""

    def __init__(self) -> None:
        self.documents: dict[str, ListingDocument] = {}

    async def read(self, listing_ids: Sequence[str]) -> list[ListingDocument | None]:
        found = [self.documents.get(listing_id) for listing_id in listing_ids]
        await asyncio.sleep(random.random() / 200)
        return found


async def test_a_duplicate_or_older_delivery_writes_nothing(client: SearchClient, index: str) -> None:
    store = ContentStore()
    store.documents["a"] = document("a")
    assert await synchronise(client, ["a", "a", "gone"], store.read, index=index) == Synchronised(1, 0, 1)
    assert await synchronise(client, ["a"], store.read, index=index) == Synchronised(0, 0, 1)
    store.documents["a"] = document("a", "Another title in the same second")
    assert await synchronise(client, ["a"], store.read, index=index) == Synchronised(1, 0, 0)
    store.documents["a"] = document("a", "What a lagging replica says", updated_at=NOON - timedelta(seconds=1))
    assert await synchronise(client, ["a"], store.read, index=index) == Synchronised(0, 0, 1)
    del store.documents["a"]
    assert await synchronise(client, ["a"], store.read, index=index) == Synchronised(0, 1, 0)
    assert await find(client, index, ListingQuery()) == []


async def test_workers_racing_over_shuffled_deliveries_end_at_the_newest_content(
    client: SearchClient, index: str
) -> None:
    store = ContentStore()
    draw = random.Random(11)
    listing_ids = [f"racing.{number}" for number in range(4)]
    deliveries: asyncio.Queue[str] = asyncio.Queue()

    async def edit() -> None:
        for version in range(40):
            chosen = draw.choice(listing_ids)
            if draw.random() < 0.25:
                store.documents.pop(chosen, None)
            else:
                changed_at = NOON + timedelta(seconds=version)
                store.documents[chosen] = document(chosen, f"Version {version}", updated_at=changed_at)
            for _ in range(draw.randint(1, 2)):
                deliveries.put_nowait(chosen)
            await asyncio.sleep(draw.random() / 100)

    async def work() -> None:
        while True:
            chosen = await deliveries.get()
            await asyncio.sleep(draw.random() / 50)
            await synchronise(client, [chosen], store.read, index=index)
            deliveries.task_done()

    workers = [asyncio.create_task(work()) for _ in range(3)]
    await edit()
    await deliveries.join()
    for worker in workers:
        worker.cancel()
    stored = await client.fetch_documents(index, {"fields": ["id", "title"], "limit": 100})
    truth = {document_key(each.listing_id): each.title for each in store.documents.values()}
    assert {each["id"]: each["title"] for each in stored} == truth


async def test_a_rebuild_swaps_in_a_whole_new_index(server_url: str, client: SearchClient, index: str) -> None:
    administration = SearchAdministration(server_url, "secret")
    await write(client, [document("stale")], index=index)
    seen: list[int] = []
    fresh = [document(f"fresh-{number}") for number in range(7)]
    assert await administration.rebuild(fresh, index=index, progress=seen.append) == 7
    assert sorted(await find(client, index, ListingQuery())) == [each.listing_id for each in fresh]
    assert seen == [7]
    assert await administration.count(index) == 7
    assert await administration.count(f"{index}-rebuild") == 0
