"""The replica: answers without a request, is never behind a write of its own process, and mends its own holes."""

import asyncio
import random
import time
from collections.abc import AsyncIterator

import httpx
import pytest

from datasources.sanity import listings, users
from datasources.sanity.client import SanityClient, SanityOptions
from datasources.sanity.event_streams import BrokenStreamError
from datasources.sanity.listings import ListingOrder, ListingWhere
from datasources.sanity.questions import Perspective, Question
from datasources.sanity.replica_feed import Change, export
from datasources.sanity.replicas import Replica
from datasources.sanity.staleness import Staleness, current_staleness
from datasources.sanity.walks import revisions_after
from domain.pages import Slice
from domain.problems import UpstreamUnavailableError
from engines.groq import Dataset
from tests.datasources.sanity_relay import Relay, relaying
from tests.stores import new_dataset, until

TITLES = Question('*[_type == "listing"] | order(_id asc).title', {}, "listings.test", Perspective.PUBLISHED)


def listing(number: int, title: str = "A bike") -> dict[str, object]:
    return {
        "_id": f"l{number}",
        "_type": "listing",
        "title": title,
        "status": "active",
        "publishedAt": f"2026-01-{number + 1:02d}T00:00:00Z",
        "seller": {"_type": "reference", "_ref": "p1", "_weak": True},
    }


@pytest.fixture
async def relay(lake_url: str) -> AsyncIterator[Relay]:
    async with relaying(lake_url) as found:
        yield found


@pytest.fixture
async def dataset(lake_url: str) -> str:
    return await new_dataset(lake_url)


@pytest.fixture
async def other(lake_url: str, dataset: str) -> AsyncIterator[SanityClient]:
    """A client of another process, with ten listings and a profile written."""
    client = SanityClient(SanityOptions(lake_url, "gavel", dataset, "2025-02-19", "token", read_seconds=3.0))
    profile = {"_id": "p1", "_type": "publicUser", "handle": "ann"}
    draft = {**listing(0, "A draft"), "_id": "drafts.l0"}
    await client.mutate([{"create": each} for each in [profile, draft, *map(listing, range(10))]], tag="test")
    yield client
    await client.close()


@pytest.fixture
async def client(relay: Relay, dataset: str, other: SanityClient) -> AsyncIterator[SanityClient]:
    assert other.dataset == dataset
    options = SanityOptions(relay.url, "gavel", dataset, "2025-02-19", "token", read_seconds=1.0, has_replica=True)
    found = SanityClient(options)
    await in_sync(found)
    relay.passed.clear()
    yield found
    await found.close()


async def title(client: SanityClient) -> str | None:
    (found,) = await listings.by_ids(client, ["l1"])
    return found.title if found else None


async def in_sync(client: SanityClient) -> None:
    async def is_level() -> bool:
        await title(client)
        return client.replica_lag_seconds == 0

    await until(is_level)


async def titles_of_page(client: SanityClient) -> list[str]:
    found = await listings.page(client, ListingWhere(), ListingOrder.NEWEST, Slice(20))
    return [each.title for _, each in found]


async def rename(client: SanityClient, name: str) -> None:
    await client.mutate([{"patch": {"id": "l1", "set": {"title": name}}}], tag="test")


async def test_pages_cost_no_request(client: SanityClient, relay: Relay) -> None:
    assert await titles_of_page(client) == ["A bike"] * 10
    assert (await users.by_ids(client, ["p1"]))[0] is not None
    assert len((await listings.newest_by_sellers(client, ["p1"], 3))["p1"]) == 4
    assert relay.passed == []


async def test_the_replica_says_what_the_store_says(client: SanityClient, other: SanityClient) -> None:
    for order in ListingOrder:
        here = await listings.page(client, ListingWhere(), order, Slice(5))
        there = await listings.page(other, ListingWhere(), order, Slice(5))
        assert here == there
    assert await listings.newest_by_sellers(client, ["p1"], 3) == await listings.newest_by_sellers(other, ["p1"], 3)


async def test_drafts_are_asked_of_the_store(client: SanityClient, relay: Relay) -> None:
    (draft,) = await listings.by_ids(client, ["l0"], perspective=Perspective.DRAFTS)
    assert draft is not None
    assert draft.title == "A draft"
    assert len(relay.queries) == 1


async def test_a_writer_reads_its_own_write_at_once(client: SanityClient) -> None:
    for number in range(20):
        await rename(client, f"Bike {number}")
        assert await title(client) == f"Bike {number}"


async def test_a_change_by_somebody_else_arrives_within_a_second(client: SanityClient, other: SanityClient) -> None:
    began = time.monotonic()
    await rename(other, "A car")
    await other.mutate([{"delete": {"id": "l9"}}, {"create": listing(11)}], tag="test")

    async def has_both() -> bool:
        return await title(client) == "A car" and (await listings.by_ids(client, ["l9", "l11"]))[0] is None

    await until(has_both)
    assert time.monotonic() - began < 1.5
    assert (await listings.by_ids(client, ["l11"]))[0] is not None


async def test_a_broken_stream_is_resumed_and_nothing_is_missed(
    client: SanityClient, other: SanityClient, relay: Relay
) -> None:
    await rename(other, "Before")

    async def has_heard() -> bool:
        return await title(client) == "Before"

    await until(has_heard)
    relay.is_away = True
    relay.cut()

    async def is_behind() -> bool:
        return client.replica_lag_seconds != 0

    await until(is_behind)
    await rename(other, "Meanwhile")
    relay.passed.clear()
    relay.is_away = False
    assert await title(client) == "Meanwhile"
    assert len(relay.queries) == 1, "it asks the store while it is behind"
    await in_sync(client)

    async def has_caught_up() -> bool:
        return await title(client) == "Meanwhile"

    await until(has_caught_up)
    assert relay.about("/data/export/") == []


async def test_without_the_store_the_last_known_state_stands_in(client: SanityClient, relay: Relay) -> None:
    relay.is_away = True
    relay.cut()
    await asyncio.sleep(0.2)
    current_staleness.set(staleness := Staleness())
    assert await title(client) == "A bike"
    assert staleness.seconds is not None
    assert 0.05 < staleness.seconds < 30


async def test_a_store_that_swallows_everything_holds_up_no_page(client: SanityClient, relay: Relay) -> None:
    relay.is_hole = True
    relay.cut()
    await asyncio.sleep(0.1)
    began = time.monotonic()
    assert await titles_of_page(client) == ["A bike"] * 10
    assert time.monotonic() - began < 1.0 + 0.25


async def test_before_the_first_sync_the_store_is_asked_and_its_absence_is_told() -> None:
    options = SanityOptions("http://127.0.0.1:9", "gavel", "x", "2025-02-19", "token", has_replica=True)
    client = SanityClient(options)
    with pytest.raises(UpstreamUnavailableError):
        await title(client)
    assert client.replica_lag_seconds == float("inf")
    await client.close()


class Store:
    """A store whose changes reach the replica in any order, twice, or never."""

    def __init__(self) -> None:
        self.documents: dict[str, dict[str, object]] = {}
        self.changes: list[Change] = []

    def write(self, document_id: str, title: str | None) -> None:
        before = self.documents.pop(document_id, None)
        revision = f"r{len(self.changes)}"
        after: dict[str, object] | None = None
        if title is not None:
            after = {"_id": document_id, "_type": "listing", "_rev": revision, "title": title}
            self.documents[document_id] = after
        elif before is None:
            return
        previous = None if before is None else str(before["_rev"])
        self.changes.append(Change(revision, revision, document_id, previous, revision, after, is_last=True))

    async def read(self, ids: object) -> list[dict[str, object] | None]:
        assert isinstance(ids, list)
        return [self.documents.get(each) for each in ids]

    async def revisions(self, after: str) -> list[tuple[str, str]]:
        rows = sorted((each, str(document["_rev"])) for each, document in self.documents.items() if each > after)
        return rows[:3]


@pytest.mark.parametrize("seed", range(40))
async def test_lost_doubled_and_reordered_events_end_in_the_state_of_the_store(seed: int) -> None:
    dice, store = random.Random(seed), Store()
    replica = Replica(read=store.read, revisions=store.revisions)
    replica.load(Dataset())
    replica.listen()
    for number in range(60):
        store.write(f"l{dice.randrange(6)}", None if dice.random() < 0.2 else f"Title {number}")
    arriving = [each for each in store.changes if dice.random() < 0.9]
    arriving += dice.sample(arriving, 5)
    arriving.sort(key=lambda each: int(each.revision or "r0", 36) + dice.randrange(6))
    for each in arriving:
        replica.apply(each)
    await replica.catch_up()
    await replica.reconcile()
    await replica.catch_up()
    assert replica.is_in_sync
    found = replica.answer(TITLES)
    assert found is not None
    assert found.result == [store.documents[each]["title"] for each in sorted(store.documents)]


async def test_reconciling_compares_with_every_published_revision(other: SanityClient) -> None:
    rows = await revisions_after(other, "")
    assert [each for each, _ in rows] == [*(f"l{number}" for number in range(10)), "p1"]
    assert await revisions_after(other, rows[-1][0]) == []
    store = Store()
    store.write("l1", "Here")
    replica = Replica(read=store.read, revisions=store.revisions)
    replica.load(Dataset([{"_id": "l1", "_type": "listing", "_rev": "old"}, {"_id": "l2", "_type": "listing"}]))
    replica.listen()
    await replica.reconcile()
    assert not replica.is_in_sync
    await replica.catch_up()
    found = replica.answer(TITLES)
    assert found is not None
    assert found.result == ["Here"]


async def test_events_in_order_need_no_second_reading() -> None:
    store = Store()
    replica = Replica(read=store.read, revisions=store.revisions)
    replica.load(Dataset())
    replica.listen()
    for number in range(60):
        store.write(f"l{number % 6}", None if number % 7 == 3 else f"Title {number}")
    for each in store.changes:
        replica.apply(each)
    await replica.catch_up()
    assert replica.repairs == 0


async def test_an_export_that_breaks_off_is_no_replica() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = b'{"_id":"l1","_type":"listing"}\n{"statusCode":500,"error":"export failed"}\n'
        writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, httpx.AsyncClient(base_url=url) as http:
        with pytest.raises(BrokenStreamError, match="broke off"):
            await export(http, "x")
