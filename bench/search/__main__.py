"""`python -m bench.search [--documents N]`: load, check every answer against brute force, then measure."""

import argparse
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import httpx

from bench.search.bare import BareTantivy
from bench.search.documents import CITIES, MODELS, SETTINGS, listings
from bench.search.truth import FACETS, Case, truth_of, words_of

CASES = 60
ROUNDS = 400


@contextmanager
def server(data_dir: Path) -> Iterator[httpx.Client]:
    """A search server of our own in a process of its own, and a client with a kept connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = listener.fileno()
        command = [sys.executable, "-m", "engines.search_server", "--data-dir", str(data_dir), "--fd", str(number)]
        process = subprocess.Popen(command, pass_fds=[number])
        port = listener.getsockname()[1]
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120) as client:
            yield client
    finally:
        process.terminate()
        process.wait(10)


def done(client: httpx.Client, response: httpx.Response) -> None:
    uid = response.raise_for_status().json()["taskUid"]
    for _ in range(6_000):
        task = client.get(f"/tasks/{uid}").json()
        if task["status"] in {"succeeded", "failed"}:
            break
        time.sleep(0.02)
    if task["status"] != "succeeded":
        raise SystemExit(f"A write failed: {task['error']}")


def cases(seed: int = 7) -> list[Case]:
    """Searches as people type them: a make, a make and model, a prefix, a misspelling; near a town, below a price."""
    draw = random.Random(seed)
    found = []
    for number in range(CASES):
        make = draw.choice(list(MODELS))
        model = draw.choice([name for name in MODELS[make] if name.isalpha()])
        text = (f"{make} {model}", make, f"{make} {model[:3]}", f"{make[0]}{make[2:]} {model}", "diesel canopy")[
            number % 5
        ]
        latitude, longitude = CITIES[draw.choice(list(CITIES))]
        most = draw.choice((150_000, 300_000, 600_000, 900_000)) * 100
        found.append(Case(text, most, latitude, longitude, draw.choice((20_000, 50_000, 150_000, 700_000))))
    return found


def body_of(case: Case, *, limit: int = 20) -> dict[str, Any]:
    return {
        "q": case.text,
        "filter": case.filter,
        "facets": [*FACETS, "priceMinor"],
        "matchingStrategy": "all",
        "attributesToHighlight": ["title"],
        "limit": limit,
    }


def check(client: httpx.Client, wanted: Sequence[Case], documents: Sequence[dict[str, Any]]) -> int:
    """Compare ids and facet counts of every case with brute force; the number of hits compared."""
    words = [words_of(document) for document in documents]
    compared = 0
    for case in wanted:
        truth = truth_of(case, documents, words)
        answer = client.post("/indexes/listings/search", json=body_of(case, limit=1000)).raise_for_status().json()
        found = [hit["id"] for hit in answer["hits"]]
        sound = (
            answer["estimatedTotalHits"] == len(truth.ids) and set(found) <= truth.ids and len(set(found)) == len(found)
        )
        counts = {facet: answer["facetDistribution"][facet] for facet in FACETS}
        if not sound or len(found) != min(1000, len(truth.ids)) or counts != truth.facets:
            raise SystemExit(f"Wrong answer to {case}: {len(found)} hits, {len(truth.ids)} by brute force.")
        compared += len(found)
    return compared


def timings(action: Callable[[Case], object], wanted: Sequence[Case]) -> tuple[float, float]:
    """Median and 99th percentile in milliseconds."""
    for case in wanted:
        action(case)
    taken = []
    for number in range(ROUNDS):
        started = time.perf_counter()
        action(wanted[number % len(wanted)])
        taken.append((time.perf_counter() - started) * 1000)
    return median(taken), quantiles(taken, n=100)[98]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.search")
    parser.add_argument("--documents", type=int, default=20_000)
    count = parser.parse_args().documents
    documents = listings(count)
    wanted = cases()
    with tempfile.TemporaryDirectory() as folder, server(Path(folder)) as client:
        done(client, client.patch("/indexes/listings/settings", json=SETTINGS))
        started = time.perf_counter()
        done(client, client.post("/indexes/listings/documents?primaryKey=id", json=documents))
        print(f"indexed {count} documents in {time.perf_counter() - started:.1f} s (tasks included)")
        print(
            f"checked {check(client, wanted, documents)} hits of {len(wanted)} searches against brute force: all right"
        )
        bare = BareTantivy(documents)
        bare_p50, bare_p99 = timings(bare.search, wanted)
        searches: dict[str, Callable[[Case], object]] = {
            "text + price + geo + facets": lambda case: client.post("/indexes/listings/search", json=body_of(case)),
            "newest, price + geo + facets": lambda case: client.post(
                "/indexes/listings/search", json={**body_of(case), "q": "", "sort": ["publishedAt:desc"]}
            ),
            "all listings, newest + facets": lambda _case: client.post(
                "/indexes/listings/search", json={"sort": ["publishedAt:desc"], "facets": list(FACETS)}
            ),
            "health (the HTTP floor)": lambda _case: client.get("/health"),
        }
        print(f"{'search over HTTP':34} {'p50 ms':>8} {'p99 ms':>8}   ratio of p50 to bare tantivy")
        print(f"{'bare tantivy, in process':34} {bare_p50:8.2f} {bare_p99:8.2f}   1.0")
        print(f"load average while measuring: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        for name, action in searches.items():
            p50, p99 = timings(action, wanted)
            print(f"{name:34} {p50:8.2f} {p99:8.2f}   {p50 / bare_p50:.1f}")


if __name__ == "__main__":
    main()
