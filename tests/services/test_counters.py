"""Counting views and marks against a real Postgres and a real Valkey."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from datasources import counters as stored_counters
from datasources.guards import Spend, current_spend
from datasources.redis.connections import LiveState
from datasources.sources import Sources
from domain.counters import ListingCounters, ViewerListingState
from domain.problems import NotFound, UpstreamUnavailableError
from services.counters import (
    FLUSH_COUNTERS,
    FlushedCounters,
    RecordedView,
    correct_counters,
    favourite_listing,
    flush_counters,
    like_listing,
    record_view,
    unfavourite_listing,
    unlike_listing,
)
from tests.stores import add_listing, add_user, open_sources, rows, visitor


@pytest.fixture
async def sources(database_url: str, redis_url: str) -> AsyncIterator[Sources]:
    async with open_sources(database_url, redis_url) as opened:
        await add_listing(database_url, "bike")
        yield opened


async def read(sources: Sources, *ids: str) -> list[ListingCounters]:
    return await stored_counters.by_ids(sources.database, sources.live, ids)


async def test_a_viewer_counts_once_per_listing_and_window(sources: Sources) -> None:
    first = await record_view(sources, visitor("ann"), "bike")
    again = await record_view(sources, visitor("ann"), "bike")
    other = await record_view(sources, visitor("ben"), "bike")
    assert first == RecordedView(is_counted=True, counters=ListingCounters("bike", 1, 0, 0))
    assert again == RecordedView(is_counted=False, counters=ListingCounters("bike", 1, 0, 0))
    assert other == RecordedView(is_counted=True, counters=ListingCounters("bike", 2, 0, 0))


async def test_fifty_views_at_once_count_every_viewer_once(sources: Sources) -> None:
    await asyncio.gather(*(record_view(sources, visitor(f"v{index % 25}"), "bike") for index in range(50)))
    assert await read(sources, "bike") == [ListingCounters("bike", 25, 0, 0)]


async def test_a_view_of_an_archived_listing_is_refused(
    sources: Sources, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add_listing(database_url, "gone", status="archived")

    async def nothing_published(*_: object, **__: object) -> list[None]:
        return [None]

    monkeypatch.setattr(sources.sanity.__class__, "documents", nothing_published)
    assert isinstance(await record_view(sources, visitor("ann"), "gone"), NotFound)
    assert await sources.live.redis.keys("gavel:viewed:*") == []


async def test_only_a_hash_of_the_viewer_is_kept(sources: Sources) -> None:
    await record_view(sources, visitor("203.0.113.7"), "bike")
    keys = await sources.live.redis.keys("*")
    assert not [each for each in keys if "203.0.113.7" in each]


async def test_a_second_like_by_the_same_viewer_changes_nothing(sources: Sources, database_url: str) -> None:
    user = await add_user(database_url)
    state = ViewerListingState("bike", has_liked=True, has_favourited=False)
    assert await like_listing(sources, user, "bike") == state
    assert await like_listing(sources, user, "bike") == state
    assert await read(sources, "bike") == [ListingCounters("bike", 0, 1, 0)]


async def test_ten_taps_at_once_like_once(sources: Sources, database_url: str) -> None:
    user = await add_user(database_url)
    await read(sources, "bike")
    await asyncio.gather(*(like_listing(sources, user, "bike") for _ in range(10)))
    assert await read(sources, "bike") == [ListingCounters("bike", 0, 1, 0)]


async def test_marks_and_their_withdrawal_follow_each_other(sources: Sources, database_url: str) -> None:
    user = await add_user(database_url)
    await like_listing(sources, user, "bike")
    await favourite_listing(sources, user, "bike")
    assert await read(sources, "bike") == [ListingCounters("bike", 0, 1, 1)]
    assert await unlike_listing(sources, user, "bike") == ViewerListingState(
        "bike", has_liked=False, has_favourited=True
    )
    await unlike_listing(sources, user, "bike")
    await unfavourite_listing(sources, user, "bike")
    assert await read(sources, "bike") == [ListingCounters("bike", 0, 0, 0)]


async def test_counters_of_a_page_cost_one_call_once_they_are_seeded(sources: Sources) -> None:
    ids = [f"listing-{index}" for index in range(20)]
    await read(sources, *ids)
    spend = Spend()
    token = current_spend.set(spend)
    found = await read(sources, *ids, ids[0])
    current_spend.reset(token)
    assert [each.listing_id for each in found] == [*ids, ids[0]]
    assert spend.calls == {"redis": 1}


async def test_missing_counters_of_a_page_are_seeded_in_one_batch(sources: Sources) -> None:
    spend = Spend()
    token = current_spend.set(spend)
    await read(sources, *(f"listing-{index}" for index in range(20)))
    current_spend.reset(token)
    assert spend.calls == {"redis": 2, "postgres": 1}


async def test_a_flush_moves_views_and_marks_into_the_record(sources: Sources, database_url: str) -> None:
    user = await add_user(database_url)
    await like_listing(sources, user, "bike")
    for each in ("ann", "ben", "cat"):
        await record_view(sources, visitor(each), "bike")
    assert await flush_counters(sources, settle_seconds=0) == FlushedCounters(views=3, marked_listings=1)
    recorded = await rows(database_url, "select views, likes, favourites from listing_counters")
    assert [tuple(row) for row in recorded] == [(3, 1, 0)]
    assert await flush_counters(sources, settle_seconds=0) == FlushedCounters(views=0, marked_listings=0)
    assert await read(sources, "bike") == [ListingCounters("bike", 3, 1, 0)]


async def test_totals_survive_the_loss_of_redis_but_for_unflushed_views(sources: Sources, database_url: str) -> None:
    user = await add_user(database_url)
    await record_view(sources, visitor("ann"), "bike")
    await flush_counters(sources, settle_seconds=0)
    await like_listing(sources, user, "bike")
    await sources.live.redis.flushdb()
    assert await read(sources, "bike") == [ListingCounters("bike", 1, 1, 0)]


async def test_a_flush_larger_than_one_batch_loses_nothing(sources: Sources, database_url: str) -> None:
    waiting = {f"listing-{index}": index % 7 + 1 for index in range(12_000)}
    await sources.live.redis.hset("gavel:views:waiting", mapping={each: str(views) for each, views in waiting.items()})
    flushed = await flush_counters(sources, settle_seconds=0)
    (row,) = await rows(database_url, "select count(*) as listings, sum(views) as views from listing_counters")
    assert flushed.views == sum(waiting.values()) == row["views"]
    assert row["listings"] == len(waiting)


async def test_two_flushes_at_once_add_each_view_once(sources: Sources, database_url: str) -> None:
    for each in range(30):
        await record_view(sources, visitor(f"v{each}"), "bike")
    await asyncio.gather(*(flush_counters(sources, settle_seconds=0.01) for _ in range(4)))
    (row,) = await rows(database_url, "select views from listing_counters")
    assert row["views"] == 30
    assert await read(sources, "bike") == [ListingCounters("bike", 30, 0, 0)]


async def test_a_mark_whose_counter_was_never_touched_is_mended_by_the_next_flush(
    sources: Sources, database_url: str
) -> None:
    user = await add_user(database_url)
    await read(sources, "bike")
    await rows(database_url, "insert into likes values ($1, 'bike', now())", user.user_id)
    await rows(database_url, "insert into counter_changes (listing_id, likes, favourites) values ('bike', 1, 0)")
    assert await read(sources, "bike") == [ListingCounters("bike", 0, 0, 0)]
    await flush_counters(sources, settle_seconds=0)
    assert await read(sources, "bike") == [ListingCounters("bike", 0, 1, 0)]


async def test_totals_that_drifted_from_their_marks_are_corrected(sources: Sources, database_url: str) -> None:
    user = await add_user(database_url)
    await like_listing(sources, user, "bike")
    await rows(database_url, "insert into listing_counters (listing_id, likes, flushed_at) values ('bike', 7, now())")
    await rows(database_url, "insert into listing_counters (listing_id, likes, flushed_at) values ('car', 2, now())")
    assert await correct_counters(sources) == 2
    await flush_counters(sources, settle_seconds=0)
    assert await read(sources, "bike", "car") == [ListingCounters("bike", 0, 1, 0), ListingCounters("car", 0, 0, 0)]
    assert await correct_counters(sources) == 0


async def test_without_redis_reading_is_a_typed_fault_and_likes_are_still_recorded(
    sources: Sources, database_url: str
) -> None:
    user = await add_user(database_url)
    away = LiveState("redis://127.0.0.1:9/0")
    sources = replace(sources, live=away)
    with pytest.raises(UpstreamUnavailableError, match="redis"):
        await read(sources, "bike")
    with pytest.raises(UpstreamUnavailableError, match="redis"):
        await record_view(sources, visitor("ann"), "bike")
    state = await like_listing(sources, user, "bike")
    assert state == ViewerListingState("bike", has_liked=True, has_favourited=False)
    (row,) = await rows(database_url, "select count(*) as likes from likes")
    assert row["likes"] == 1
    await away.close()


async def test_the_view_that_crosses_the_threshold_asks_for_one_flush(sources: Sources, database_url: str) -> None:
    await sources.live.redis.hset("gavel:views:waiting", "bike", "998")
    await asyncio.gather(*(record_view(sources, visitor(f"v{each}"), "bike") for each in range(5)))
    found = await rows(database_url, "select entrypoint from pgqueuer")
    assert [row["entrypoint"] for row in found] == [FLUSH_COUNTERS]
