"""`python -m bench.listings`: the listing page over HTTP, as a ratio to the bare calls to the stores behind it."""

import asyncio
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx

from config import Settings
from datasources import counters
from datasources.guards import Spend, current_spend
from datasources.sanity import listings, users
from datasources.sanity.listings import ListingOrder, ListingWhere
from datasources.search import listings as index
from domain.pages import Slice
from domain.search import ListingQuery
from local.engines import running_settings
from local.people import people, token_for
from opening import open_sources

ROOT = Path(__file__).parents[2]
ROUNDS = 150
WARM_UP = 20
READY_SECONDS = 180

PAGE = """{ listings(first: 20) { pageInfo { hasNextPage endCursor } edges { node {
  id title price { formatted } category { title } counters { views likes favourites }
  viewerState { hasLiked hasFavourited } images { url(width: 320) }
  seller { displayName listings(first: 3) { edges { node { title } } } } } } } }"""
SEARCH = """{ search(text: "toyota under R300,000", facets: ["category", "city", "price"], first: 20) { totalCount
  facets { key values { label count } } edges { titleHtml node { id title price { formatted } } } } }"""


async def timed(work: Callable[[], Awaitable[Any]]) -> list[float]:
    """Milliseconds of each round after a warm-up."""
    spent = []
    for round_ in range(WARM_UP + ROUNDS):
        began = time.perf_counter()
        await work()
        if round_ >= WARM_UP:
            spent.append((time.perf_counter() - began) * 1000)
    return spent


def line(name: str, spent: list[float]) -> float:
    """Print one row; the median."""
    ordered = sorted(spent)
    p50, p99 = statistics.median(ordered), ordered[int(len(ordered) * 0.99) - 1]
    print(f"  {name:<44} p50 {p50:7.2f} ms   p99 {p99:7.2f} ms")
    return p50


async def measure(base: str, settings: Settings) -> None:
    """Ask the product and the bare stores in the same run; accounts take turns, so that no budget is spent."""
    sources = open_sources(settings)
    turns = cycle([token_for(settings.data_dir, each.user, None) for each in people()])
    async with httpx.AsyncClient(base_url=base, timeout=10) as client:

        async def ask(query: str) -> None:
            headers = {"authorization": f"Bearer {next(turns)}"}
            reply = await client.post("/graphql", json={"query": query}, headers=headers)
            body = reply.json()
            assert "errors" not in body, body["errors"]
            found = body["data"].get("listings") or body["data"]["search"]
            assert len(found["edges"]) == 20

        async def bare_page() -> None:
            found = await listings.page(sources.sanity, ListingWhere(), ListingOrder.NEWEST, Slice(20))
            sellers = [each.seller_id for _, each in found if each.seller_id]
            await asyncio.gather(
                users.by_ids(sources.sanity, sellers),
                counters.by_ids(sources.database, sources.live, [each.listing_id for _, each in found[:20]]),
            )
            await listings.newest_by_sellers(sources.sanity, sellers, 3)

        async def bare_search() -> None:
            query = ListingQuery(text="toyota", facets=("category", "city", "price"))
            answer = await index.page(sources.search, query, Slice(20))
            await listings.by_ids(sources.sanity, [edge.node.listing_id for edge in answer.page.edges])

        current_spend.set(Spend())
        print("Listing page (20 listings, sellers with 3 listings each, counters, viewer state)")
        page = line("the product over HTTP", await timed(lambda: ask(PAGE)))
        bare = line("only the calls to the stores", await timed(bare_page))
        print(f"  ratio {page / bare:.2f}")
        print("Search page (20 hits, three facets)")
        found = line("the product over HTTP", await timed(lambda: ask(SEARCH)))
        bare = line("only the calls to the stores", await timed(bare_search))
        print(f"  ratio {found / bare:.2f}")
    await sources.close()


def main() -> None:
    """Start a marketplace in a folder of its own, measure, and stop it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"GAVEL_DATA_DIR": folder, "GAVEL_PORT": str(port)}
        running = subprocess.Popen(
            [sys.executable, "-m", "cli", "run"], env=environment, cwd=ROOT, stdout=subprocess.DEVNULL
        )
        base = f"http://127.0.0.1:{port}"
        try:
            wait_ready(base)
            settings = running_settings(Settings(data_dir=Path(folder)))
            asyncio.run(measure(base, settings))
        finally:
            running.terminate()
            running.wait(30)


def wait_ready(base: str) -> None:
    """Return once requests are served."""
    ends = time.monotonic() + READY_SECONDS
    while time.monotonic() < ends:
        try:
            if httpx.get(f"{base}/readyz", timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise SystemExit("The marketplace did not start.")


if __name__ == "__main__":
    main()
