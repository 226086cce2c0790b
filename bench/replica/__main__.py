"""`python -m bench.replica`: the content calls of the listing page over HTTP, kept in memory, and from the replica."""

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from datasources.guards import Spend, current_spend
from datasources.sanity import listings, users
from datasources.sanity.client import SanityClient, SanityOptions
from datasources.sanity.listings import ListingOrder, ListingWhere
from domain.pages import Slice
from engines.supervisor import LocalEngines

DEMO = Path(__file__).parents[2] / "demo" / "marketplace.ndjson"
ROUNDS = 200
WARM_UP = 10
AT_ONCE = 100
READY_SECONDS = 60.0
PAGE_SIZE = 20


async def page(client: SanityClient) -> object:
    """What content is asked for a page of twenty listings, in the three steps of the real page."""
    found = await listings.page(client, ListingWhere(), ListingOrder.NEWEST, Slice(PAGE_SIZE))
    sellers = sorted({each.seller_id for _, each in found if each.seller_id})
    profiles = await users.by_ids(client, sellers)
    return found, profiles, await listings.newest_by_sellers(client, sellers, 3)


async def touch(client: SanityClient, listing_id: str) -> None:
    """A change of one listing, after which nothing that was kept of listings is good any more."""
    await client.mutate([{"patch": {"id": listing_id, "set": {"tags": [str(time.time_ns())]}}}], tag="bench.touch")


async def measure(name: str, client: SanityClient, before: Callable[[], Awaitable[None]] | None = None) -> float:
    """Print the time of a page and the requests that it made of the content store; the median in milliseconds."""
    spent, spend = [], Spend()
    rounds = ROUNDS if before is None else ROUNDS // 5
    for round_ in range(WARM_UP + rounds):
        if before is not None:
            await before()
        current_spend.set(spend if round_ >= WARM_UP else Spend())
        began = time.perf_counter()
        await page(client)
        if round_ >= WARM_UP:
            spent.append((time.perf_counter() - began) * 1000)
        current_spend.set(None)
    ordered = sorted(spent)
    p50, p99 = statistics.median(ordered), ordered[int(len(ordered) * 0.99) - 1]
    requests = spend.calls["sanity"] / rounds
    print(f"  {name:<52} p50 {p50:8.3f} ms   p99 {p99:8.3f} ms   {requests:.2f} requests a page")
    return p50


async def ready(is_ready: Callable[[], bool], client: SanityClient) -> None:
    """Return once the client hears of changes."""
    async with asyncio.timeout(READY_SECONDS):
        while not is_ready():
            await page(client)
            await asyncio.sleep(0.05)


async def compare(url: str) -> None:
    """Load the demo marketplace and show every way to read its listing page."""
    bare = SanityOptions(url, "gavel", "production", "2025-02-19", "token", read_seconds=10.0)
    over_http = SanityClient(bare)
    kept = SanityClient(replace(bare, listing_seconds=300))
    replica = SanityClient(replace(bare, has_replica=True))
    documents = [json.loads(line) for line in DEMO.read_text(encoding="utf-8").splitlines()]
    for start in range(0, len(documents), AT_ONCE):
        batch = documents[start : start + AT_ONCE]
        for each in batch:
            weaken(each)
        await over_http.mutate([{"createOrReplace": each} for each in batch], tag="bench.load")
    began = time.perf_counter()
    await ready(lambda: replica.replica_lag_seconds == 0, replica)
    loaded = time.perf_counter() - began
    await ready(lambda: kept.hears_of_changes, kept)
    assert await page(replica) == await page(over_http) == await page(kept)
    first = (await listings.page(over_http, ListingWhere(), ListingOrder.NEWEST, Slice(1)))[0][1].listing_id

    print(f"Content of the listing page ({len(documents):,} documents; the replica was level after {loaded:.2f} s)")
    http = await measure("over HTTP", over_http)
    memory = await measure("kept in memory", kept)
    here = await measure("replica", replica)
    print(f"  HTTP / memory {http / memory:.0f}, HTTP / replica {http / here:.0f}")
    print("The same page right after a listing was changed by the same process")
    await measure("over HTTP", over_http, lambda: touch(over_http, first))
    await measure("kept in memory: asked again", kept, lambda: touch(kept, first))

    async def touched_and_level() -> None:
        await touch(replica, first)
        for _ in range(10_000):
            if replica.replica_lag_seconds == 0:
                return
            await asyncio.sleep(0.001)
        raise SystemExit("The replica did not catch up.")

    await measure("replica: evaluated again, once it heard", replica, touched_and_level)
    for client in (over_http, kept, replica):
        await client.close()


def weaken(value: object) -> None:
    """Let documents be loaded in any order: references need not lead anywhere yet."""
    if isinstance(value, dict):
        if "_ref" in value:
            value["_weak"] = True
        for each in value.values():
            weaken(each)
    elif isinstance(value, list):
        for each in value:
            weaken(each)


def main() -> None:
    """Start a content store in a folder of its own, measure, and stop it."""
    with tempfile.TemporaryDirectory() as folder, LocalEngines(Path(folder), is_durable=False) as engines:
        asyncio.run(compare(engines.start_server("engines.content_lake", "--project", "gavel")))


if __name__ == "__main__":
    main()
