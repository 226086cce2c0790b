"""Runs the comparison and prints it: ``python -m bench.bids [--seconds N] [--rounds N]``."""

import argparse
import asyncio
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from bench.lots import put_up
from bench.peers.load import cpu_seconds
from datasources.postgres import registrations
from datasources.postgres.connections import Database
from datasources.postgres.migrating import migrate
from datasources.redis import auctions as live_lots
from datasources.redis.bids import lot_keys, place_call
from datasources.redis.connections import LiveState
from datasources.sources import Sources
from domain.bids import BidAccepted, BidAsk, BidOutbid, Registration, Standing
from engines.supervisor import LocalEngines
from services.bids import place_bid
from services.salerooms import Saleroom

LOTS, BIDDERS, UNDER_WAY = 16, 128, 256
BENCHMARK = shutil.which("redis-benchmark") or shutil.which("valkey-benchmark")
BENCHMARKED_A_SECOND = 5_000
CONNECTIONS = 64
NUMBERING = f"""
local number = redis.call('INCR', 'bench:number')
ARGV[1] = string.format('00000000-0000-0000-0000-%012x', 1 + number % {BIDDERS})
ARGV[3] = tostring(1000000000 + 10 * number)
ARGV[5] = string.format('key-%010d', number)
"""
"""Makes each bid of `redis-benchmark`, which sends the same one always, the next bidder's higher one."""
_numbers = count(1)
answered: list[tuple[str, int, str, int]] = []


@dataclass(slots=True)
class Measured:
    """One round: taken bids, and what they took."""

    bids: int
    seconds: float
    cpu_seconds: float
    whole_cpu_seconds: float
    """Of this process and both stores."""

    @property
    def rate(self) -> float:
        """Bids per second."""
        return self.bids / self.seconds

    @property
    def cpu_micros(self) -> float:
        """Microseconds of this process per bid."""
        return self.cpu_seconds / self.bids * 1e6

    @property
    def whole_cpu_micros(self) -> float:
        """Microseconds of this process and both stores per bid."""
        return self.whole_cpu_seconds / self.bids * 1e6


@dataclass(slots=True)
class Meter:
    """Time, and CPU time of this process and of the stores, since it was made."""

    stores: tuple[int, ...]
    began: float = field(default_factory=time.perf_counter)
    own: float = field(default_factory=time.process_time)
    theirs: float = 0.0

    def __post_init__(self) -> None:
        self.theirs = self._theirs()

    def _theirs(self) -> float:
        return sum(cpu_seconds(each) for each in self.stores)

    def read(self, bids: int) -> Measured:
        """What was used for so many bids."""
        own = time.process_time() - self.own
        return Measured(bids, time.perf_counter() - self.began, own, own + self._theirs() - self.theirs)


def next_ask(prefix: str) -> BidAsk:
    """A bid that is always high enough: each lot's offers rise by one step."""
    number = next(_numbers)
    return BidAsk(
        auction_id=f"{prefix}-{number % LOTS}",
        bidder_id=str(UUID(int=1 + number % BIDDERS)),
        profile_id=None,
        max_minor=1_000 + 10 * number,
        currency="ZAR",
        idempotency_key=f"key-{number:010d}",
        is_confirmed=True,
    )


async def prepare(saleroom: Saleroom, database_url: str, prefix: str) -> None:
    now = datetime.now(UTC)
    connection = await asyncpg.connect(database_url)
    await connection.executemany(
        "insert into users values ($1, 'bench', $2, now()) on conflict do nothing",
        [(UUID(int=1 + each), str(each)) for each in range(BIDDERS)],
    )
    await connection.close()
    for number in range(LOTS):
        lot = f"{prefix}-{number}"
        await put_up(saleroom, lot)
        for each in range(BIDDERS):
            admitted = Registration(lot, str(UUID(int=1 + each)), Standing.REGISTERED)
            await saleroom.sources.database.write("bench", partial(registrations.add, registration=admitted, now=now))
            await live_lots.register(saleroom.sources.live, admitted)


async def bare(saleroom: Saleroom, seconds: float, stores: tuple[int, ...]) -> Measured:
    """Pipelined EVALSHA over one connection; only replies that took the bid count."""
    run, until = saleroom.pipeline.run, time.perf_counter() + seconds

    async def bidder() -> int:
        mine = 0
        while time.perf_counter() < until:
            reply: Any = await run(*place_call(next_ask("bare")))
            mine += len(reply[3]) > 80  # a taken bid carries its log line
        return mine

    meter = Meter(stores)
    return meter.read(sum(await asyncio.gather(*(bidder() for _ in range(UNDER_WAY)))))


async def limit(saleroom: Saleroom, seconds: float, stores: tuple[int, ...]) -> Measured:
    """`redis-benchmark` with 64 connections, a client in C, and the same script told to number its own bids."""
    live = saleroom.sources.live
    redis, run = live.redis, await live.server_run()
    script, keys, arguments = place_call(next_ask("limit"))
    sha = await redis.script_load(NUMBERING + script.text)
    server, bids = redis.connection_pool.connection_kwargs, int(BENCHMARKED_A_SECOND * seconds)
    command = [str(BENCHMARK), "-h", server["host"], "-p", str(server["port"]), "-a", server["password"]]
    command += ["-c", str(CONNECTIONS), "-n", str(bids), "-q", "EVALSHA", str(sha), str(len(keys))]
    before, meter = await _lines(saleroom), Meter(stores)
    sending = partial(subprocess.run, [*command, *keys, *arguments, run], capture_output=True, timeout=60)
    (await asyncio.to_thread(sending)).check_returncode()
    measured = meter.read(bids)
    if await _lines(saleroom) - before != bids:
        raise SystemExit("a bid of redis-benchmark was not taken")
    return measured


async def _lines(saleroom: Saleroom) -> int:
    """Log lines of the lots that the limit is measured with."""
    redis = saleroom.sources.live.redis
    return sum([int(await redis.hget(lot_keys(f"limit-{lot}")[0], "seq") or 0) for lot in range(LOTS)])


async def service(saleroom: Saleroom, seconds: float, stores: tuple[int, ...]) -> Measured:
    """The whole way of a bid, many under way at once."""
    taken, until = 0, time.perf_counter() + seconds

    async def bidder() -> int:
        mine = 0
        while time.perf_counter() < until:
            ask = next_ask("full")
            answer = await place_bid(saleroom, ask)
            if isinstance(answer, (BidAccepted, BidOutbid)):
                answered.append((ask.auction_id, answer.seq, ask.idempotency_key, answer.price.amount_minor))
                mine += 1
        return mine

    meter = Meter(stores)
    taken = sum(await asyncio.gather(*(bidder() for _ in range(UNDER_WAY))))
    return meter.read(taken)


async def check(database_url: str) -> None:
    """Every answer of the service stands in the journal as it was given, and nothing else does."""
    connection = await asyncpg.connect(database_url)
    query = "select auction_id, seq, idempotency_key, price_minor from bids"
    held = {tuple(row) for row in await connection.fetch(query)}
    await connection.close()
    if held != set(answered) or len(held) != len(answered):
        raise SystemExit(f"{len(held)} bids in the journal, {len(answered)} answered")
    print(f"{len(held)} answers, each found in the journal as it was given")


async def compare(database_url: str, redis_url: str, stores: tuple[int, ...], *, seconds: float, rounds: int) -> None:
    """Alternate both and print medians and the ratio."""
    unused: dict[str, Any] = {each.name: None for each in fields(Sources)}
    database, live = Database(database_url, pool_size=4), LiveState(redis_url, call_seconds=5.0)
    sources = Sources(**(unused | {"database": database, "live": live, "clock": lambda: datetime.now(UTC)}))
    saleroom = Saleroom(sources)
    ways: dict[str, Callable[[Saleroom, float, tuple[int, ...]], Awaitable[Measured]]] = {
        "bare": bare,
        "service": service,
    }
    if BENCHMARK is None:
        print("redis-benchmark is not installed and left out.")
    else:
        ways["limit"] = limit
    for prefix in ("bare", "full", "limit"):
        await prepare(saleroom, database_url, prefix)
    found: dict[str, list[Measured]] = {name: [] for name in ways}
    answered.clear()
    for _ in range(rounds):
        for name, way in ways.items():
            found[name].append(await way(saleroom, seconds, stores))
    for name, measured in found.items():
        rates = sorted(each.rate for each in measured)
        cpu = statistics.median(each.cpu_micros for each in measured)
        whole = statistics.median(each.whole_cpu_micros for each in measured)
        print(
            f"{name:8} {statistics.median(rates):9.0f} bids/s [{rates[0]:.0f}-{rates[-1]:.0f}]"
            f"  {cpu:6.1f} us CPU/bid, with both stores {whole:6.1f}"
        )
    if "limit" in found:
        shares = [ours.rate / theirs.rate for ours, theirs in zip(found["bare"], found["limit"], strict=True)]
        print(f"bare / redis-benchmark by rate = {statistics.median(shares):.2f} [{min(shares):.2f}-{max(shares):.2f}]")
    pairs = list(zip(found["service"], found["bare"], strict=True))
    by_rate, by_cpu = [a.rate / b.rate for a, b in pairs], [b.whole_cpu_micros / a.whole_cpu_micros for a, b in pairs]
    for name, ratios in (("by rate", by_rate), ("per core used, stores included", by_cpu)):
        print(f"service / bare {name} = {statistics.median(ratios):.2f} [{min(ratios):.2f}-{max(ratios):.2f}]")
    await check(database_url)
    await saleroom.close()
    await live.close()
    await database.close()


def main() -> None:
    """Start both stores in a folder of their own and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, LocalEngines(Path(folder)) as engines:
        database_url, redis_url = engines.start_postgres(database="bench"), engines.start_valkey()
        asyncio.run(migrate(database_url))
        stores = (engines.pid("valkey"), engines.pid("postgres"))
        asyncio.run(compare(database_url, redis_url, stores, seconds=given.seconds, rounds=given.rounds))


if __name__ == "__main__":
    main()
