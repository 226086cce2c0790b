"""Bringing published content into the record and the index, over the real stores, in every order."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from datasources.guards import Spend, current_spend
from datasources.postgres.connections import Database
from datasources.sanity import listings as content_listings
from datasources.search.administration import SearchAdministration
from datasources.sources import Sources
from domain.problems import UpstreamUnavailableError
from services import indexing
from services.indexing import SYNC_BATCH, Walk, sync_batch, sync_category, sync_listings, sync_profile
from services.reindexing import Reconciled, reconcile, reindex_all
from tests.stores import empty_index, new_dataset, open_sources, rows

CATEGORIES = (
    {"_id": "vehicles", "_type": "category", "title": "Vehicles", "slug": {"current": "vehicles"}},
    {
        "_id": "bakkies",
        "_type": "category",
        "title": "Bakkies",
        "slug": {"current": "bakkies"},
        "parent": {"_type": "reference", "_ref": "vehicles"},
    },
)
SELLER = {"_id": "seller", "_type": "publicUser", "handle": "thandi", "kind": "private", "externalId": "user-1"}


def listing(listing_id: str = "hilux", *, title: str = "Toyota Hilux", status: str = "active") -> dict[str, Any]:
    return {
        "_id": listing_id,
        "_type": "listing",
        "title": title,
        "slug": {"_type": "slug", "current": listing_id},
        "seller": {"_type": "reference", "_ref": "seller"},
        "category": {"_type": "reference", "_ref": "bakkies"},
        "price": {"_type": "money", "amountMinor": 29_500_000, "currency": "ZAR"},
        "status": status,
        "publishedAt": "2026-05-01T08:00:00Z",
    }


@pytest.fixture
async def administration(search_url: str) -> SearchAdministration:
    return await empty_index(search_url)


@pytest.fixture
async def sources(
    database_url: str, redis_url: str, lake_url: str, search_url: str, administration: SearchAdministration
) -> AsyncIterator[Sources]:
    dataset = await new_dataset(lake_url)
    async with open_sources(
        database_url, redis_url, sanity_url=lake_url, dataset=dataset, search_url=search_url
    ) as opened:
        await put(opened, *CATEGORIES, SELLER)
        yield opened


async def put(sources: Sources, *documents: Mapping[str, Any]) -> None:
    await sources.sanity.mutate([{"createOrReplace": dict(each)} for each in documents], tag="test")


async def remove(sources: Sources, document_id: str) -> None:
    await sources.sanity.mutate([{"delete": {"id": document_id}}], tag="test")


async def indexed(sources: Sources) -> dict[str, Any]:
    found = await sources.search.fetch_documents("listings", {"limit": 1_000})
    return {each["listingId"]: each for each in found}


async def recorded(database_url: str) -> dict[str, Any]:
    found = await rows(database_url, "select * from listings_meta where deleted_at is null")
    return {row["listing_id"]: row for row in found}


async def batches(database_url: str) -> Sequence[Walk]:
    found = await rows(database_url, "select payload from pgqueuer where entrypoint = $1 order by id", SYNC_BATCH)
    payloads = [orjson.loads(row["payload"]) for row in found]
    return [Walk(each["cause"], each["sellerId"], each["categoryId"], each["after"]) for each in payloads]


async def test_a_published_listing_reaches_the_record_the_index_and_the_counters(
    sources: Sources, database_url: str
) -> None:
    await put(sources, listing())
    await sync_listings(sources, ["hilux"])
    row = (await recorded(database_url))["hilux"]
    assert (row["title"], row["price_minor"], row["currency"]) == ("Toyota Hilux", 29_500_000, "ZAR")
    assert (row["seller_profile_id"], row["category_id"], row["status"]) == ("seller", "bakkies", "active")
    document = (await indexed(sources))["hilux"]
    assert document["categoryIds"] == ["vehicles", "bakkies"]
    assert document["sellerKind"] == "private"
    assert await sources.live.redis.keys("gavel:counters:*") == ["gavel:counters:hilux"]


async def test_syncing_again_writes_nothing_to_the_index(sources: Sources) -> None:
    await put(sources, listing())
    assert (await sync_listings(sources, ["hilux"])).written == 1
    spend = Spend()
    token = current_spend.set(spend)
    again = await sync_listings(sources, ["hilux", "hilux"])
    current_spend.reset(token)
    assert (again.written, again.removed, again.unchanged) == (0, 0, 1)
    assert "search.put" not in spend.operations


@pytest.mark.parametrize("end", ["archived", "draft", "deleted"])
async def test_a_listing_that_is_no_longer_shown_leaves_the_index(
    sources: Sources, database_url: str, end: str
) -> None:
    await put(sources, listing())
    await sync_listings(sources, ["hilux"])
    await (remove(sources, "hilux") if end == "deleted" else put(sources, listing(status=end)))
    await sync_listings(sources, ["hilux"])
    assert await indexed(sources) == {}
    assert ("hilux" in await recorded(database_url)) == (end != "deleted")


async def test_a_listing_published_again_loses_its_tombstone(sources: Sources, database_url: str) -> None:
    for _ in range(2):
        await put(sources, listing())
        await sync_listings(sources, ["hilux"])
        assert set(await indexed(sources)) == set(await recorded(database_url)) == {"hilux"}
        await remove(sources, "hilux")
        await sync_listings(sources, ["hilux"])
        assert await recorded(database_url) == {}


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_any_order_of_duplicated_deliveries_by_two_workers_ends_in_the_newest_state(
    sources: Sources, database_url: str, order: tuple[int, ...]
) -> None:
    """W1: each delivery triggers a sync at a moment of its own; the content store is what they all ask."""
    states = [listing(title="First"), listing(title="Second"), listing(title="Third")]
    running: list[asyncio.Task[Any]] = []
    for place in order:
        await put(sources, states[place])
        running += [asyncio.create_task(sync_listings(sources, ["hilux"])) for _ in range(2)]
    await asyncio.gather(*running)
    newest = states[order[-1]]["title"]
    assert (await indexed(sources))["hilux"]["title"] == newest
    assert (await recorded(database_url))["hilux"]["title"] == newest


async def test_a_worker_that_read_an_old_version_does_not_leave_it_behind(
    sources: Sources, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(sources, listing(title="Old"))
    read_newest = content_listings.newest
    stalled, resume = asyncio.Event(), asyncio.Event()

    async def stalling(*args: Any, **options: Any) -> Any:
        found = await read_newest(*args, **options)
        if not stalled.is_set():
            stalled.set()
            await resume.wait()
        return found

    monkeypatch.setattr(content_listings, "newest", stalling)
    slow = asyncio.create_task(sync_listings(sources, ["hilux"]))
    await stalled.wait()
    await put(sources, listing(title="New"))
    await sync_listings(sources, ["hilux"])
    resume.set()
    await slow
    assert (await indexed(sources))["hilux"]["title"] == "New"
    assert (await recorded(database_url))["hilux"]["title"] == "New"


async def test_a_moved_category_moves_its_listings_in_bounded_batches(
    sources: Sources, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "BATCH", 2)
    ids = [f"hilux-{index}" for index in range(5)]
    await put(sources, *(listing(each) for each in ids))
    await sync_listings(sources, ids)
    await put(sources, {key: value for key, value in CATEGORIES[1].items() if key != "parent"})
    await sync_category(sources, "bakkies")
    await sync_category(sources, "bakkies")
    seen: list[Walk] = []
    while len(found := await batches(database_url)) > len(seen):
        assert len(found) == len(seen) + 1
        seen.append(found[-1])
        await sync_batch(sources, found[-1])
    assert [each.after for each in seen] == ["", "hilux-1", "hilux-3"]
    assert {tuple(each["categoryIds"]) for each in (await indexed(sources)).values()} == {("bakkies",)}


async def test_a_changed_seller_is_linked_and_shown_with_the_listings(sources: Sources, database_url: str) -> None:
    await put(sources, listing())
    await sync_listings(sources, ["hilux"])
    await put(sources, SELLER | {"kind": "dealer"})
    await sync_profile(sources, "seller")
    (walk,) = await batches(database_url)
    await sync_batch(sources, walk)
    assert (await indexed(sources))["hilux"]["sellerKind"] == "dealer"
    (row,) = await rows(database_url, "select * from profiles")
    assert (row["profile_id"], row["external_id"], row["handle"], row["kind"]) == (
        "seller",
        "user-1",
        "thandi",
        "dealer",
    )
    await put(sources, listing() | {"seller": None})
    await remove(sources, "seller")
    await sync_profile(sources, "seller")
    assert await rows(database_url, "select * from profiles") == []


async def test_a_second_profile_with_the_same_account_does_not_stop_the_jobs(
    sources: Sources, database_url: str
) -> None:
    await sync_profile(sources, "seller")
    await put(sources, SELLER | {"_id": "impostor", "handle": "other"})
    await sync_profile(sources, "impostor")
    found = await rows(database_url, "select profile_id from profiles")
    assert [row["profile_id"] for row in found] == ["seller"]


async def test_the_end_of_a_promotion_is_remembered(sources: Sources, database_url: str) -> None:
    until = datetime.now(UTC) + timedelta(days=2)
    await put(sources, listing() | {"promotedUntil": until.isoformat()})
    await sync_listings(sources, ["hilux"])
    await sync_listings(sources, ["hilux"])
    assert (await indexed(sources))["hilux"]["promotedRank"] == 1
    query = "select entrypoint, execute_after from pgqueuer where entrypoint not in ('searches.match', 'notices.tell')"
    (job,) = await rows(database_url, query)
    assert job["entrypoint"] == indexing.SYNC_LISTING
    assert abs(job["execute_after"] - until) < timedelta(seconds=5)
    later = replace(sources, clock=lambda: until + timedelta(seconds=1))
    await sync_listings(later, ["hilux"])
    assert (await indexed(later))["hilux"]["promotedRank"] == 0


async def test_reconciling_mends_what_is_missing_outdated_and_orphaned_once(
    sources: Sources, database_url: str
) -> None:
    await put(sources, *(listing(each) for each in ("kept", "missing", "outdated", "hidden", "orphan")))
    await sync_listings(sources, ["kept", "outdated", "hidden", "orphan"])
    await put(sources, listing("outdated", title="Newer"), listing("hidden", status="archived"))
    await remove(sources, "orphan")
    found = await reconcile(sources)
    assert found == Reconciled(compared=4, missing=1, outdated=2, orphaned=1)
    assert set(await indexed(sources)) == {"kept", "missing", "outdated"}
    assert (await indexed(sources))["outdated"]["title"] == "Newer"
    assert set(await recorded(database_url)) == {"kept", "missing", "outdated", "hidden"}
    assert await reconcile(sources) == Reconciled(compared=4, missing=0, outdated=0, orphaned=0)


async def test_reconciling_finds_a_listing_that_only_the_index_still_holds(sources: Sources, database_url: str) -> None:
    await put(sources, listing())
    await sync_listings(sources, ["hilux"])
    await remove(sources, "hilux")
    await rows(database_url, "delete from listings_meta")
    assert (await reconcile(sources)).orphaned == 1
    assert await indexed(sources) == {}


async def test_rebuilding_replaces_the_index_without_an_empty_moment(
    sources: Sources, database_url: str, administration: SearchAdministration
) -> None:
    await put(sources, *(listing(f"hilux-{index}") for index in range(450)), listing("hidden", status="archived"))
    await reindex_all(sources, administration)
    done: list[int] = []
    counts: list[int] = []

    async def watch() -> None:
        while True:
            counts.append(len(await indexed(sources)))
            await asyncio.sleep(0)

    watching = asyncio.create_task(watch())
    assert await reindex_all(sources, administration, done.append) == 450
    watching.cancel()
    assert set(counts) == {450}
    assert done[-1] == 450
    assert len(await recorded(database_url)) == 451


async def test_without_postgres_a_sync_fails_typed_and_leaves_the_index_alone(sources: Sources) -> None:
    await put(sources, listing())
    away = Database("postgresql://root@127.0.0.1:9/nowhere")
    with pytest.raises(UpstreamUnavailableError, match="postgres"):
        await sync_listings(replace(sources, database=away), ["hilux"])
    await away.close()
    assert await indexed(sources) == {}
