"""Runs every server over the same backends in alternating rounds: `python -m bench.peers`."""

import argparse
import asyncio
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.peers import backends, cores, growth, load
from engines.supervisor import LocalEngines

HERE = Path(__file__).parent
PAGE = """
query Page($first: Int!) { listings(first: $first) { pageInfo { hasNextPage } edges { node {
  id title slug status city tags price { amountMinor currency }
  category { id title slug } seller { id displayName slug isVerified city } counters { views likes favourites }
} } } }
"""
SMALL = "query Small($slug: String!) { category(slug: $slug) { id title slug icon } }"
QUERIES: dict[str, tuple[str, dict[str, Any]]] = {
    "L": (PAGE, {"first": 20}),
    "S": (SMALL, {"slug": "property"}),
}
NODE = ("apollo", "yoga", "mercurius", "mercurius-jit", "mercurius-jit+coalescing")
PYTHON = ("compiled+gc", "compiled", "graphql-core", "router")
NAMES = {
    "compiled+gc": "Gavel as it is served",
    "compiled": "Gavel, its start left to the garbage collector",
    "graphql-core": "Gavel, graphql-core as executor",
    "router": "Strawberry's FastAPI router, same schema and loaders, caches on",
    "apollo": "Apollo Server 5 standalone",
    "yoga": "graphql-yoga 5",
    "mercurius": "mercurius 16",
    "mercurius-jit": "mercurius 16 with JIT",
    "mercurius-jit+coalescing": "mercurius 16 with JIT, counters coalesced over requests",
}
ANCHOR = "mercurius-jit"
GROWN = ("compiled+gc", "apollo", "mercurius-jit", "mercurius-jit+coalescing")
PORT = 8210
GROWTH_SECONDS = 4.0


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    name: str
    port: int
    pid: int


@contextmanager
def server(name: str, port: int, command: list[str], environment: dict[str, str]) -> Iterator[Server]:
    """A server for the time of the block, in a group of processes that ends as a whole.

    OSError if somebody listens on the port already: Gavel's processes share theirs, so one left over from an earlier
    run would take half of the connections and answer from stores that are gone.
    """
    with socket.socket() as asked:
        asked.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        asked.bind(("127.0.0.1", port))
    process = subprocess.Popen(command, env=environment, cwd=HERE.parents[1], start_new_session=True)
    cores.give_servers(process.pid)
    try:
        yield Server(name, port, process.pid)
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def main() -> None:
    """Start backends and servers, warm them, measure, print the table and write it to README.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    # Short rounds: what is compared within one is then close together, whatever neighbours do meanwhile.
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=1.25, help="of each server in each round and query")
    parser.add_argument("--warm-up", type=float, default=20.0, help="seconds of load before the first round of Node")
    chosen = parser.parse_args()
    names = list(PYTHON)
    if shutil.which("node") is None:
        print("Node is not installed: its servers are left out.")
    elif not (HERE / "node_modules").is_dir():
        print("The Node servers are left out: run 'npm ci' in bench/peers first.")
    else:
        names += NODE
    print(cores.part())
    with tempfile.TemporaryDirectory() as folder, LocalEngines(Path(folder), is_durable=False) as engines:
        settings = backends.start(engines, PORT)
        asyncio.run(backends.fill(settings))
        config = backends.write_config(settings, Path(folder) / "peers.json")
        environment = {"PATH": str(Path(sys.executable).parent), **backends.environment(settings)}
        environment["NODE_ENV"] = "production"
        with ExitStack() as stack:
            servers = []
            for number, name in enumerate(names):
                port = PORT + number
                command = [sys.executable, "-m", "bench.peers.product", name, str(port)]
                if name in NODE:
                    command = [str(shutil.which("node")), str(HERE / "server.mjs"), name, str(port), str(config)]
                servers.append(stack.enter_context(server(name, port, command, environment)))
            table = asyncio.run(measure(servers, chosen.rounds, chosen.seconds, chosen.warm_up))
            print(table, flush=True)
            grown = [each for each in servers if each.name in GROWN]
            parts = [table, asyncio.run(growth.page_sizes(grown, NAMES, PAGE, GROWTH_SECONDS))]
        port = PORT + len(names)
        parts.append(asyncio.run(growth.workers(server, environment, port, PAGE, GROWTH_SECONDS)))
        parts.append(asyncio.run(growth.idle_sockets(server, environment, port + 5, PAGE)))
    print("\n\n".join(parts[1:]))
    write_table(HERE / "README.md", table)
    write_table(HERE.parent / "README.md", "\n\n".join(parts))


async def measure(servers: list[Server], rounds: int, seconds: float, warm_up: float) -> str:
    """The table of medians with ranges; a ratio is taken within each round."""
    found: dict[tuple[str, str], list[load.Measured]] = {}
    for query, (text, variables) in QUERIES.items():
        truth = None
        for each in servers:
            answer = await first_answer(each, load.request_of(text, variables, each.port))
            truth = truth or answer["data"]
            if answer["data"] != truth:
                raise load.WrongBodyError(f"{each.name} disagrees about {query}: {str(answer)[:500]}")
        for each in servers:
            request = load.request_of(text, variables, each.port)
            ready = warm_up if each.name in NODE else min(5.0, warm_up)
            await load.run(each.port, each.pid, request, truth=truth, seconds=ready)
        for number in range(rounds):
            for each in servers if number % 2 else reversed(servers):
                request = load.request_of(text, variables, each.port)
                measured = await load.run(each.port, each.pid, request, truth=truth, seconds=seconds)
                found.setdefault((query, each.name), []).append(measured)
    return show(found, [each.name for each in servers])


async def first_answer(each: Server, request: bytes) -> Any:
    """The first answer without errors; servers need a moment to come up."""
    until = time.monotonic() + 120
    while True:
        try:
            answer = await load.once(each.port, request)
            if not answer.get("errors") or time.monotonic() > until:
                return answer
        except OSError:
            if time.monotonic() > until:
                raise
        await asyncio.sleep(0.3)


def show(found: dict[tuple[str, str], list[load.Measured]], names: list[str]) -> str:
    """A Markdown table."""
    lines = [
        "| Server | L us CPU | L vs mercurius-jit | L p99 ms | S us CPU | S vs mercurius-jit |",
        "|---|---|---|---|---|---|",
    ]
    for name in names:
        cells = [NAMES[name]]
        for query in QUERIES:
            costs = [each.cpu_us for each in found[query, name]]
            cells.append(f"{statistics.median(costs):.0f} [{min(costs):.0f}-{max(costs):.0f}]")
            anchor = found.get((query, ANCHOR))
            if anchor is None:
                cells.append("-")
            else:
                ratios = [theirs.cpu_us / ours for theirs, ours in zip(anchor, costs, strict=True)]
                cells.append(f"{statistics.median(ratios):.2f} [{min(ratios):.2f}-{max(ratios):.2f}]")
            if query == "L":
                cells.append(f"{statistics.median(each.p99_ms for each in found[query, name]):.0f}")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def write_table(path: Path, table: str) -> None:
    """Replace the table in a README."""
    text = path.read_text()
    head, _, rest = text.partition("<!-- table -->")
    _, _, tail = rest.partition("<!-- end -->")
    path.write_text(f"{head}<!-- table -->\n{table}\n<!-- end -->{tail}")


if __name__ == "__main__":
    main()
