"""One event to many sockets, beside Node: `python -m bench.fanout [--clients N] [--rounds N] [--idle N]`."""

import argparse
import asyncio
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvloop

from bench.fanout.crowd import Crowd, gather
from bench.lots import put_up
from bench.peers import backends
from bench.peers.load import cpu_seconds
from config import Settings
from datasources.postgres.migrating import migrate
from datasources.redis.bids import lot_keys
from datasources.redis.lot_lines import write_line
from domain.auctions import ReserveStatus
from domain.lots import EntryKind, LotEntry
from domain.nodes import encode_node_id
from engines.supervisor import LocalEngines
from opening import open_sources
from services.salerooms import Saleroom

HERE = Path(__file__).parent
EVENT = "cursor version at price { amountMinor currency } leader bidCount effectiveEndAt"
WATCH = (
    f"subscription Watch($lot: ID!) {{ auctionEvents(auctionId: $lot) {{ __typename {EVENT}"
    " ... on BidPlaced { bidder hasNewLeader } } }"
)
NAMES = {
    "gavel": "Gavel",
    "gavel-compressed": "Gavel, compressed",
    "gavel-asgi": "Gavel, sockets over ASGI",
    "graphql-ws": "Node graphql-ws 6",
    "ws-once": "Node ws 8, encode once",
}
ANCHOR = "graphql-ws"
PORT = 8240
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass
class Server:
    """A running server and what was measured of it."""

    name: str
    port: int
    pid: int
    rates: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    kilobytes: list[float] = field(default_factory=list)
    sizes: list[float] = field(default_factory=list)
    frames: int = 0

    @property
    def is_compressed(self) -> bool:
        """Whether its clients ask for permessage-deflate."""
        return self.name == "gavel-compressed"

    @property
    def is_node(self) -> bool:
        """Whether lots are known to it by their plain ids."""
        return not self.name.startswith("gavel")

    def rss(self) -> float:
        """Resident kilobytes."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * _PAGE / 1024


@contextmanager
def started(name: str, port: int, command: list[str], environment: dict[str, str]) -> Iterator[Server]:
    """A server in its own process for the time of the block."""
    process = subprocess.Popen(command, env=environment, cwd=HERE.parents[1], stdout=subprocess.DEVNULL)
    try:
        yield Server(name, port, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()


def main() -> None:
    """Start everything, measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each server in each round")
    parser.add_argument("--warm-up", type=float, default=6.0, help="seconds of events before the first round")
    parser.add_argument("--idle", type=int, default=0, help="measure so many silent sockets instead")
    parser.add_argument("--only", nargs="*", default=list(NAMES), choices=list(NAMES))
    chosen = parser.parse_args()
    names: list[str] = chosen.only
    if shutil.which("node") is None or not (HERE / "node_modules").is_dir():
        print("The Node servers are left out: run 'npm ci' in bench/fanout first.")
        names = [each for each in names if each.startswith("gavel")]
    with tempfile.TemporaryDirectory() as folder, LocalEngines(Path(folder), is_durable=False) as engines:
        settings = backends.start(engines, PORT)
        environment = {"PATH": os.environ["PATH"], "GAVEL_PROFILE": "production", **backends.environment(settings)}
        with ExitStack() as stack:
            servers = []
            for number, name in enumerate(names):
                port = PORT + number
                command = [sys.executable, "-m", "bench.fanout.product", name, str(port)]
                if not name.startswith("gavel"):
                    redis = settings.redis_url.get_secret_value()
                    command = [str(shutil.which("node")), str(HERE / "server.mjs"), name, str(port), redis]
                servers.append(stack.enter_context(started(name, port, command, environment)))
            print(uvloop.run(measure(settings, servers, chosen)))


async def measure(settings: Settings, servers: list[Server], chosen: Any) -> str:
    """The table."""
    await migrate(settings.database_url.get_secret_value())
    sources = open_sources(settings)
    saleroom = Saleroom(sources)
    try:
        for each in servers:
            await up(each)
            await play(saleroom, each, f"warm-{each.name}", clients=100, seconds=chosen.warm_up)
        if chosen.idle:
            return await idle(saleroom, servers, chosen.idle)
        for each in servers:
            for found in (each.rates, each.costs, each.p50, each.p99, each.kilobytes, each.sizes):
                found.clear()
            each.frames = 0
        for number in range(chosen.rounds):
            for each in servers if number % 2 else reversed(servers):
                await play(saleroom, each, f"{each.name}-{number}", clients=chosen.clients, seconds=chosen.seconds)
        return show(servers)
    finally:
        await saleroom.close()
        await sources.close()


async def up(server: Server) -> None:
    """Wait until a server listens."""
    until = time.monotonic() + 90
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.close()
        except OSError:
            if time.monotonic() > until:
                raise
            await asyncio.sleep(0.2)
        else:
            return


async def play(saleroom: Saleroom, server: Server, lot: str, *, clients: int, seconds: float) -> None:
    """One round of one server: each event is sent when everybody has the one before it."""
    await put_up(saleroom, lot)
    key = lot_keys(lot)[5]
    crowd = Crowd()
    before = server.rss()
    watched = lot if server.is_node else encode_node_id("Auction", lot)
    watching = await gather(crowd, server.port, watched, WATCH, clients, is_compressed=server.is_compressed)
    await asyncio.sleep(1)
    cpu, began, version = cpu_seconds(server.pid), time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        version += 1
        entry = bid(lot, version)
        truth = {"__typename": "BidPlaced", "version": version, "bidCount": version}
        crowd.expect({**truth, "price": {"amountMinor": entry.price_minor, "currency": "ZAR"}}, clients)
        await saleroom.sources.live.redis.xadd(key, {"e": write_line(entry)}, id=f"{version}-0")
        await crowd.wait()
    taken = time.perf_counter() - began
    server.costs.append((cpu_seconds(server.pid) - cpu) / crowd.frames * 1e6)
    server.rates.append(crowd.frames / taken)
    server.sizes.append(crowd.size / crowd.frames)
    server.kilobytes.append((server.rss() - before) / clients)
    crowd.waits.sort()
    server.p50.append(crowd.waits[len(crowd.waits) // 2] * 1000)
    server.p99.append(crowd.waits[len(crowd.waits) * 99 // 100] * 1000)
    server.frames += crowd.frames
    for each in watching:
        each.close()
    await asyncio.sleep(0.5)


async def idle(saleroom: Saleroom, servers: list[Server], count: int) -> str:
    """What silent sockets take: those that only connected, and those that watch a lot on which nothing happens."""
    lines = [
        "| Server | sockets | kB RSS each, connected | kB RSS each, watching | CPU while silent |",
        "|---|---|---|---|---|",
    ]
    for server in servers:
        await put_up(saleroom, f"idle-{server.name}")
        lot = f"idle-{server.name}" if server.is_node else encode_node_id("Auction", f"idle-{server.name}")
        cells = []
        before = server.rss()
        for watched in (None, lot):
            crowd, began = Crowd(), time.perf_counter()
            clients = await gather(crowd, server.port, watched, WATCH, count, is_compressed=server.is_compressed)
            print(f"{server.name}: {count} sockets in {time.perf_counter() - began:.1f} s", file=sys.stderr)
            await asyncio.sleep(3)
            cells.append(f"{(server.rss() - before) / count:.1f}")
            cpu, began = cpu_seconds(server.pid), time.perf_counter()
            await asyncio.sleep(20 if watched else 0.1)
            share = (cpu_seconds(server.pid) - cpu) / (time.perf_counter() - began)
            if crowd.fault is not None:
                raise crowd.fault
            for each in clients:
                each.close()
            await asyncio.sleep(3)
        lines.append(f"| {NAMES[server.name]} | {count} | {' | '.join(cells)} | {share:.1%} |")
    return "\n".join(lines)


def show(servers: list[Server]) -> str:
    """A Markdown table of medians with ranges."""
    anchor = next((each for each in servers if each.name == ANCHOR), servers[0])
    beside = f"beside {anchor.name}"
    lines = [
        f"| Server | deliveries/s | {beside} | CPU us | {beside} | p50 / p99 ms | kB RSS a socket | bytes |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for each in servers:
        faster = [ours / theirs for ours, theirs in zip(each.rates, anchor.rates, strict=True)]
        cheaper = [theirs / ours for ours, theirs in zip(each.costs, anchor.costs, strict=True)]
        lines.append(
            f"| {NAMES[each.name]} | {statistics.median(each.rates):.0f} | {spread(faster)} |"
            f" {statistics.median(each.costs):.1f} | {spread(cheaper)} |"
            f" {statistics.median(each.p50):.1f} / {statistics.median(each.p99):.1f} | {each.kilobytes[0]:.1f} |"
            f" {statistics.median(each.sizes):.0f} |"
        )
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    frames = sum(each.frames for each in servers)
    return "\n".join([*lines, "", f"{frames} frames, every one checked. Load of the machine afterwards: {load}."])


def spread(values: list[float]) -> str:
    """The median with the range."""
    return f"{statistics.median(values):.2f} [{min(values):.2f}-{max(values):.2f}]"


def bid(lot: str, version: int) -> LotEntry:
    """A bid as the journal has it."""
    now = datetime.now(UTC).replace(microsecond=0)
    return LotEntry(
        auction_id=lot,
        seq=version,
        epoch=1,
        kind=EntryKind.BID,
        at=now,
        price_minor=1_000 + 10 * version,
        leader_id=f"bidder-{version % 7}",
        previous_leader_id=f"bidder-{(version - 1) % 7}",
        ends_at=now + timedelta(days=1),
        reserve_status=ReserveStatus.NO_RESERVE,
        bid_count=version,
        bidder_id=f"bidder-{version % 7}",
        max_minor=2_000 + 10 * version,
    )


if __name__ == "__main__":
    main()
