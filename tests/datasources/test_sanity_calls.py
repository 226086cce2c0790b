"""How the content store is called: where to, how often, and who waits for whom."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from datasources.guards import request_deadline
from datasources.sanity import listings, walks
from datasources.sanity.client import ContentRejectedError, Perspective, SanityClient, SanityOptions
from datasources.sanity.pacing import Pace
from domain.problems import UpstreamUnavailableError
from tests.datasources.sanity_relay import Relay, relaying
from tests.stores import new_dataset

LISTING = {"_id": "l1", "_type": "listing", "title": "A bike", "status": "active"}


@pytest.fixture
async def relay(lake_url: str) -> AsyncIterator[Relay]:
    async with relaying(lake_url) as found:
        yield found


@pytest.fixture
async def client(relay: Relay, lake_url: str) -> AsyncIterator[SanityClient]:
    dataset = await new_dataset(lake_url)
    found = SanityClient(SanityOptions(relay.url, "gavel", dataset, "2025-02-19", "token", read_seconds=3.0))
    await found.mutate([{"createOrReplace": LISTING}], tag="test")
    relay.passed.clear()
    yield found
    await found.close()


async def title(client: SanityClient) -> str | None:
    (found,) = await listings.by_ids(client, ["l1"])
    return found.title if found else None


async def test_equal_questions_at_one_time_are_one_call(client: SanityClient, relay: Relay) -> None:
    relay.delay = 0.2
    assert await asyncio.gather(*(title(client) for _ in range(20))) == ["A bike"] * 20
    assert len(relay.queries) == 1


async def test_other_parameters_are_another_question(client: SanityClient, relay: Relay) -> None:
    relay.delay = 0.1
    await asyncio.gather(listings.by_ids(client, ["l1"]), listings.by_ids(client, ["l2"]))
    assert len(relay.queries) == 2


async def test_one_who_gives_up_leaves_the_others_waiting(client: SanityClient, relay: Relay) -> None:
    relay.delay = 0.2
    first = asyncio.create_task(title(client))
    await asyncio.sleep(0.05)
    second = asyncio.create_task(title(client))
    await asyncio.sleep(0.05)
    first.cancel()
    assert await second == "A bike"
    assert first.cancelled()
    assert len(relay.queries) == 1


async def test_an_impatient_request_does_not_shorten_the_call_of_a_patient_one(
    client: SanityClient, relay: Relay
) -> None:
    relay.delay = 0.3

    async def impatient() -> str | None:
        request_deadline.set(asyncio.get_running_loop().time() + 0.1)
        return await title(client)

    hasty = asyncio.create_task(impatient())
    await asyncio.sleep(0.02)
    patient = asyncio.create_task(title(client))
    with pytest.raises(UpstreamUnavailableError):
        await hasty
    assert await patient == "A bike"


async def test_a_read_after_a_write_never_joins_one_from_before_it(client: SanityClient, relay: Relay) -> None:
    relay.delay = 0.2
    before = asyncio.create_task(title(client))
    await asyncio.sleep(0.05)
    relay.delay = 0.0
    await client.mutate([{"patch": {"id": "l1", "set": {"title": "A car"}}}], tag="test")
    assert await title(client) == "A car"
    await before


@pytest.mark.parametrize("status", [429, 502, 503])
async def test_a_read_is_repeated_when_the_store_is_busy(client: SanityClient, relay: Relay, status: int) -> None:
    relay.refusals = [(status, {}), (status, {})]
    assert await title(client) == "A bike"
    assert len(relay.queries) == 3


async def test_a_read_waits_as_long_as_the_store_asks_for(client: SanityClient, relay: Relay) -> None:
    relay.refusals = [(429, {"retry-after": "1"})]
    began = time.monotonic()
    assert await title(client) == "A bike"
    assert time.monotonic() - began >= 1.0


async def test_a_wait_that_would_pass_the_deadline_is_not_begun(client: SanityClient, relay: Relay) -> None:
    relay.refusals = [(429, {"retry-after": "30"})]
    began = time.monotonic()
    with pytest.raises(UpstreamUnavailableError):
        await title(client)
    assert time.monotonic() - began < 1.0
    assert len(relay.queries) == 1


@pytest.mark.parametrize("status", [429, 503])
async def test_a_write_is_sent_once(client: SanityClient, relay: Relay, status: int) -> None:
    relay.refusals = [(status, {})]
    with pytest.raises(UpstreamUnavailableError):
        await client.mutate([{"delete": {"id": "l1"}}], tag="test")
    assert len(relay.about("/data/mutate/")) == 1
    assert await title(client) == "A bike"


async def test_retries_are_a_tenth_of_the_reads_at_most(client: SanityClient, relay: Relay) -> None:
    relay.refusals = [(503, {})] * 60
    outcomes = await asyncio.gather(
        *(listings.by_ids(client, [f"l{each}"]) for each in range(15)), return_exceptions=True
    )
    assert all(isinstance(each, UpstreamUnavailableError) for each in outcomes)
    assert len(relay.queries) <= 15 + 12


async def test_pages_come_from_the_cdn_and_what_must_be_fresh_from_the_api(lake_url: str) -> None:
    dataset = await new_dataset(lake_url)
    async with relaying(lake_url) as api, relaying(lake_url) as cdn:
        options = SanityOptions(api.url, "gavel", dataset, "2025-02-19", "token", read_seconds=3.0, cdn_url=cdn.url)
        client = SanityClient(options)
        await client.mutate([{"create": LISTING}], tag="test")
        api.passed.clear()
        await listings.by_slugs(client, ["bike"])
        assert [each.option("tag") for each in cdn.passed] == ["listings.by-slugs"]
        assert api.passed == []
        await listings.by_ids(client, ["l1"], perspective=Perspective.DRAFTS)
        await walks.published_listing_ids(client, ["l1"])
        await listings.newest(client, ["l1"])
        assert [each.option("tag") for each in api.passed] == [
            "listings.by-ids", "walks.published-listings", "listings.newest",
        ]  # fmt: skip
        assert len(cdn.passed) == 1
        await client.close()


async def test_writes_leave_slower_than_the_store_allows() -> None:
    pace = Pace("sanity", per_second=100.0, burst=4)
    began = time.monotonic()
    for _ in range(24):
        await pace.turn(until=asyncio.get_running_loop().time() + 5)
    assert 0.19 <= time.monotonic() - began < 2.0


async def test_a_write_whose_turn_comes_too_late_is_refused_at_once() -> None:
    pace = Pace("sanity", per_second=1.0, burst=1)
    now = asyncio.get_running_loop().time()
    await pace.turn(until=now + 0.5)
    with pytest.raises(UpstreamUnavailableError):
        await pace.turn(until=now + 0.5)


async def test_a_transaction_too_large_for_the_store_is_not_sent(client: SanityClient, relay: Relay) -> None:
    with pytest.raises(ContentRejectedError, match="transactionTooLarge"):
        await client.mutate([{"create": {**LISTING, "body": "x" * 5_000_000}}], tag="test")
    assert relay.passed == []


async def test_a_store_that_never_answers_costs_no_more_than_the_budget(lake_url: str) -> None:
    async with relaying(lake_url) as relay:
        relay.is_hole = True
        client = SanityClient(SanityOptions(relay.url, "gavel", "x", "2025-02-19", "token", read_seconds=0.3))
        began = time.monotonic()
        outcomes = await asyncio.gather(*(title(client) for _ in range(5)), return_exceptions=True)
        assert time.monotonic() - began < 0.3 + 0.25
        assert all(isinstance(each, UpstreamUnavailableError) for each in outcomes)
        await client.close()
