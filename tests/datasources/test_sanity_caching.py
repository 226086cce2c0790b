"""Answers kept on two levels: found again, refreshed in the background, and used when the store is away."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from uuid import uuid4

import pytest

from datasources.redis.connections import LiveState
from datasources.redis.content_cache import ContentCache
from datasources.sanity import listings, users, walks
from datasources.sanity.client import Perspective, SanityClient, SanityOptions
from datasources.sanity.staleness import Staleness, current_staleness
from domain.listings import Listing
from domain.problems import UpstreamUnavailableError
from loaders.categories import CategoryTrees
from tests.datasources.sanity_relay import Relay, relaying
from tests.stores import new_dataset, until

LISTING = {"_id": "l1", "_type": "listing", "title": "A bike", "status": "active", "slug": {"current": "bike"}}
PROFILE = {"_id": "p1", "_type": "publicUser", "handle": "ann"}
NOWHERE = "redis://127.0.0.1:9/0"

Open = Callable[..., SanityClient]


@asynccontextmanager
async def opening(relay: Relay, lake_url: str, redis_url: str) -> AsyncIterator[Open]:
    """Opens clients of one fresh dataset, as several processes would."""
    dataset = await new_dataset(lake_url)
    usual = SanityOptions(relay.url, "gavel", dataset, "2025-02-19", "token", read_seconds=3.0)
    async with AsyncExitStack() as stack:

        def open_client(
            shared: str = redis_url,
            *,
            listing_seconds: float = 300.0,
            read_seconds: float = 3.0,
            redis_seconds: float = 2.0,
        ) -> SanityClient:
            live = LiveState(shared, call_seconds=redis_seconds)
            options = replace(usual, listing_seconds=listing_seconds, read_seconds=read_seconds)
            client = SanityClient(options, shared=ContentCache(live, dataset))
            stack.push_async_callback(live.close)
            stack.push_async_callback(client.close)
            return client

        writer = open_client(listing_seconds=0)
        await writer.mutate([{"create": LISTING}, {"create": PROFILE}], tag="test")
        relay.passed.clear()
        yield open_client


@pytest.fixture
async def relay(lake_url: str) -> AsyncIterator[Relay]:
    async with relaying(lake_url) as found:
        yield found


@pytest.fixture
async def open_client(relay: Relay, lake_url: str, redis_url: str) -> AsyncIterator[Open]:
    async with opening(relay, lake_url, redis_url) as found:
        yield found


async def bike(client: SanityClient) -> Listing | None:
    return (await listings.by_ids(client, ["l1"]))[0]


async def title(client: SanityClient) -> str | None:
    found = await bike(client)
    return found.title if found else None


async def listening(client: SanityClient) -> SanityClient:
    """The client once it hears of changes."""
    await title(client)

    async def hears() -> bool:
        return client.hears_of_changes

    await until(hears)
    return client


async def rename(client: SanityClient, name: str) -> None:
    await client.mutate([{"patch": {"id": "l1", "set": {"title": name}}}], tag="test")


async def test_an_answer_is_asked_for_once(open_client: Open, relay: Relay) -> None:
    client = await listening(open_client())
    await title(client)
    relay.passed.clear()
    assert [await title(client) for _ in range(5)] == ["A bike"] * 5
    assert relay.passed == []


async def test_drafts_and_walks_are_asked_for_every_time(open_client: Open, relay: Relay) -> None:
    client = await listening(open_client())
    relay.passed.clear()
    for _ in range(2):
        await listings.by_ids(client, ["l1"], perspective=Perspective.DRAFTS)
        await walks.published_listing_ids(client, ["l1"])
        await listings.newest(client, ["l1"])
    assert len(relay.passed) == 6


async def test_processes_share_what_one_of_them_asked_for(open_client: Open, relay: Relay) -> None:
    first, second = await listening(open_client()), await listening(open_client())
    await listings.by_slugs(first, ["bike"])
    await asyncio.sleep(0.1)
    relay.passed.clear()
    (found,) = await listings.by_slugs(second, ["bike"])
    assert found is not None
    assert found.title == "A bike"
    assert relay.queries == []


async def test_a_writer_reads_its_own_write_at_once(open_client: Open) -> None:
    client = await listening(open_client())
    for number in range(20):
        await title(client)
        await listings.by_slugs(client, ["bike"])
        await rename(client, f"Bike {number}")
        assert await title(client) == f"Bike {number}"
        (by_slug,) = await listings.by_slugs(client, ["bike"])
        assert by_slug is not None
        assert by_slug.title == f"Bike {number}"


async def test_a_write_leaves_what_it_cannot_have_changed(open_client: Open, relay: Relay) -> None:
    client = await listening(open_client())
    await client.mutate([{"createOrReplace": {**PROFILE, "handle": "bob"}}], tag="test")
    await asyncio.sleep(0.3)
    await title(client)
    (profile,) = await users.by_ids(client, ["p1"])
    assert profile is not None
    assert profile.handle == "bob"
    relay.passed.clear()
    await client.mutate([{"createOrReplace": {**PROFILE, "handle": "eve"}}], tag="test")
    await title(client)
    assert relay.queries == []


async def test_a_change_by_somebody_else_is_seen_within_a_second(open_client: Open) -> None:
    reader, other = await listening(open_client()), open_client(listing_seconds=0)
    assert await title(reader) == "A bike"
    await rename(other, "A car")
    began = time.monotonic()

    async def sees_it() -> bool:
        return await title(reader) == "A car"

    await until(sees_it)
    assert time.monotonic() - began < 1.0


async def test_a_change_is_seen_by_a_process_that_starts_after_it(open_client: Open) -> None:
    first, other = await listening(open_client()), open_client(listing_seconds=0)
    await listings.by_slugs(first, ["bike"])
    await asyncio.sleep(0.1)
    await first.close()
    await rename(other, "A car")
    late = await listening(open_client())
    await asyncio.sleep(0.2)
    (found,) = await listings.by_slugs(late, ["bike"])
    assert found is not None
    assert found.title == "A car"


async def test_a_break_of_the_event_stream_outdates_everything_and_is_mended(open_client: Open, relay: Relay) -> None:
    client, other = await listening(open_client()), open_client(listing_seconds=0)
    await title(client)
    relay.is_away = True
    relay.cut()

    async def is_deaf() -> bool:
        return not client.hears_of_changes

    await until(is_deaf)
    relay.is_away = False
    await rename(other, "A car")
    assert await title(client) == "A car"
    await listening(client)
    await rename(other, "A van")

    async def sees_it() -> bool:
        return await title(client) == "A van"

    await until(sees_it, seconds=2)


async def test_an_old_answer_is_given_at_once_and_refreshed_behind_it(open_client: Open, relay: Relay) -> None:
    client = await listening(open_client(shared=NOWHERE, listing_seconds=0.4))
    await title(client)
    await asyncio.sleep(0.5)
    relay.passed.clear()
    relay.delay = 0.1
    began = time.monotonic()
    assert await title(client) == "A bike"
    assert time.monotonic() - began < 0.09
    await asyncio.sleep(0.3)
    assert len(relay.queries) == 1
    await title(client)
    assert len(relay.queries) == 1


async def test_without_the_store_the_last_good_answer_stands_in_with_its_age(open_client: Open, relay: Relay) -> None:
    client = await listening(open_client())
    relay.is_away = True
    relay.cut()
    await asyncio.sleep(0.3)
    staleness = Staleness()
    current_staleness.set(staleness)
    assert await title(client) == "A bike"
    assert staleness.seconds is not None
    assert 0.2 < staleness.seconds < 30
    with pytest.raises(UpstreamUnavailableError):
        await listings.by_ids(client, ["never-asked-for"])


async def test_a_store_that_swallows_everything_holds_up_nobody_beyond_the_budget(
    open_client: Open, relay: Relay
) -> None:
    client = await listening(open_client(read_seconds=0.5))
    relay.is_hole = True
    relay.cut()
    await asyncio.sleep(0.2)

    async def seconds(listing_id: str) -> float:
        began = time.monotonic()
        with suppress(UpstreamUnavailableError):
            await listings.by_ids(client, [listing_id])
        return time.monotonic() - began

    spent = await asyncio.gather(*(seconds(f"l{number % 10}") for number in range(60)))
    assert max(spent) < 0.5 + 0.25
    assert await title(client) == "A bike", "what was known is still told"


async def test_a_redis_that_swallows_everything_costs_no_more_than_its_budget(
    open_client: Open, relay: Relay, lake_url: str
) -> None:
    async with relaying(lake_url) as hole:
        hole.is_hole = True
        client = await listening(open_client(shared=hole.url.replace("http", "redis"), redis_seconds=0.15))
        began = time.monotonic()
        await listings.by_slugs(client, ["bike"])
        assert time.monotonic() - began < 0.15 + 0.5
        relay.passed.clear()
        await listings.by_slugs(client, ["bike"])
        assert relay.queries == []


async def test_a_good_answer_is_not_called_stale(open_client: Open) -> None:
    client = await listening(open_client())
    current_staleness.set(staleness := Staleness())
    await title(client)
    assert staleness.seconds is None


async def test_without_redis_answers_are_kept_in_memory(open_client: Open, relay: Relay) -> None:
    client, other = await listening(open_client(shared=NOWHERE)), open_client(listing_seconds=0)
    await title(client)
    await listings.by_slugs(client, ["bike"])
    await other.mutate([{"createOrReplace": {**PROFILE, "handle": "bob"}}], tag="test")  # Redis is not told
    await asyncio.sleep(0.2)
    relay.passed.clear()
    assert await title(client) == "A bike"
    assert relay.passed == []
    await rename(other, "A car")

    async def sees_it() -> bool:
        return await title(client) == "A car"

    await until(sees_it, seconds=2)


async def test_the_category_tree_changes_as_soon_as_a_category_does(open_client: Open, relay: Relay) -> None:
    client, other = await listening(open_client()), open_client(listing_seconds=0)
    trees = CategoryTrees(client)
    assert (await trees.current()) is (await trees.current())
    relay.passed.clear()
    await trees.current()
    assert relay.passed == []
    await other.mutate([{"create": {"_id": "c1", "_type": "category", "title": "Boats"}}], tag="test")

    async def has_boats() -> bool:
        return "c1" in (await trees.current()).by_id

    await until(has_boats, seconds=2)


async def test_a_tag_that_changed_after_the_lookup_makes_the_answer_unusable(redis_url: str) -> None:
    live = LiveState(redis_url, call_seconds=2.0)
    cache = ContentCache(live, uuid4().hex)
    missed = await cache.find("k")
    assert missed.body is None
    assert missed.stamp is not None
    await cache.keep("k", b"answer", tags=["a", "b"], stamp=missed.stamp, seconds=60)
    assert (await cache.find("k")).body == b"answer"
    assert await cache.forget(["c"], position="7")
    assert (await cache.find("k")).body == b"answer"
    assert await cache.forget(["b"], position="8")
    assert (await cache.find("k")).body is None
    await cache.keep("k", b"answer", tags=["a", "b"], stamp=missed.stamp, seconds=60)
    assert (await cache.find("k")).body is None, "it was asked for before the change"
    assert await cache.position() == "8"
    fresh = (await cache.find("k")).stamp
    assert fresh is not None
    await cache.keep("k", b"answer", tags=["a"], stamp=fresh, seconds=60)
    assert await cache.forget_everything(position="9")
    assert (await cache.find("k")).body is None
    await live.close()
