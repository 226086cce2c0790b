"""Bids through the whole product over HTTP, and how soon its sockets show them: ``python -m bench.bids.endtoend``."""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import uvloop

from bench.fanout.__main__ import WATCH, Server, started, up
from bench.fanout.crowd import Crowd, gather
from bench.lots import put_up
from bench.peers import backends
from bench.peers.load import ask, cpu_seconds
from config import Settings
from datasources.postgres.migrating import migrate
from domain.nodes import encode_node_id
from engines.identity import issue_token
from engines.supervisor import LocalEngines
from opening import open_sources
from services.salerooms import Saleroom

PORT = 8260
LOTS = 8
REGISTER = "mutation ($lot: ID!) { registerToBid(input: {auctionId: $lot}) { __typename } }"
BID = """mutation ($lot: ID!, $amount: MinorUnits!, $key: String!) {
  placeBid(input: {auctionId: $lot, maxAmountMinor: $amount, currency: "ZAR", confirmLargeBid: true,
                   idempotencyKey: $key}) { __typename
    ... on BidAccepted { seq price { amountMinor } myMax { amountMinor } }
    ... on BidOutbid { seq price { amountMinor } myMax { amountMinor } }
    ... on Problem { code } } }"""
_numbers = count(1)


class WrongAnswerError(Exception):
    """The product answered something else than the truth."""


@dataclass(slots=True)
class Bidder:
    """A signed-in client with a connection of its own."""

    port: int
    token: str
    reader: Any = None
    writer: Any = None

    async def open(self) -> None:
        """Connect anew: an idle connection may have been closed."""
        if self.writer is not None:
            self.writer.close()
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)

    async def ask(self, query: str, **variables: Any) -> Any:
        """The data of one answer; an error ends the run."""
        body = orjson.dumps({"query": query, "variables": variables})
        head = (
            f"POST /graphql HTTP/1.1\r\nhost: 127.0.0.1:{self.port}\r\ncontent-type: application/json\r\n"
            f"authorization: Bearer {self.token}\r\naccept: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        answer = orjson.loads(await ask(self.reader, self.writer, head.encode() + body))
        if answer.get("errors"):
            raise WrongAnswerError(str(answer)[:400])
        return answer["data"]


@dataclass(slots=True)
class Tally:
    """What bidding gave: each taken bid as answered, and how long the answers took."""

    taken: list[tuple[str, int, str, int, int]] = field(default_factory=list)
    refused: int = 0
    waits: list[float] = field(default_factory=list)

    def add(self, lot: str, key: str, amount: int, told: dict[str, Any]) -> None:
        """Check an answer and keep it."""
        if told["__typename"] not in {"BidAccepted", "BidOutbid"}:
            if told.get("code") != "BELOW_MINIMUM":  # overtaken on the way by a higher one
                raise WrongAnswerError(str(told))
            self.refused += 1
            return
        price = told["price"]["amountMinor"]
        if told["myMax"]["amountMinor"] != amount or not 1_000 <= price <= 1_000_000_000:
            raise WrongAnswerError(str(told))
        self.taken.append((lot, told["seq"], key, amount, price))


async def bid_for(bidders: list[Bidder], seconds: float, tally: Tally) -> float:
    """Every bidder bids again as soon as the last bid was answered; how long it took."""
    began = time.perf_counter()

    async def one(bidder: Bidder) -> None:
        while time.perf_counter() - began < seconds:
            number = next(_numbers)
            lot, key, amount = f"bids-{number % LOTS}", f"key-{number:010d}", 1_000 + 10 * number
            sent = time.perf_counter()
            data = await bidder.ask(BID, lot=encode_node_id("Auction", lot), amount=amount, key=key)
            tally.waits.append(time.perf_counter() - sent)
            tally.add(lot, key, amount, data["placeBid"])

    await asyncio.gather(*(one(each) for each in bidders))
    return time.perf_counter() - began


async def check_record(database_url: str, tally: Tally) -> None:
    """Every answer is in the journal as it was given, and nothing else is."""
    connection = await asyncpg.connect(database_url)
    try:
        query = (
            "select auction_id, seq, idempotency_key, max_minor, price_minor from bids where auction_id like 'bids-%'"
        )
        held = {tuple(row) for row in await connection.fetch(query)}
    finally:
        await connection.close()
    if held != set(tally.taken) or len(held) != len(tally.taken):
        raise WrongAnswerError(f"{len(held)} bids in the record, {len(tally.taken)} answered")


async def bids(server: Server, bidders: list[Bidder], database_url: str, *, rounds: int, seconds: float) -> str:
    """Bids per second and what one costs the web process."""
    tally, lines = Tally(), list[str]()
    for each in bidders:
        await each.open()
    await bid_for(bidders, 3.0, tally)
    for _ in range(rounds):
        before, cpu, tally.waits = len(tally.taken), cpu_seconds(server.pid), []
        took = await bid_for(bidders, seconds, tally)
        answered = len(tally.taken) - before
        micros = (cpu_seconds(server.pid) - cpu) / answered * 1e6
        tally.waits.sort()
        p50, p99 = (tally.waits[int(len(tally.waits) * share)] * 1000 for share in (0.5, 0.99))
        lines.append(f"{answered / took:8.0f} bids/s {micros:8.0f} us CPU/bid  p50 {p50:.1f} p99 {p99:.1f} ms")
    await check_record(database_url, tally)
    lines.append(f"{len(tally.taken)} bids taken, each found in the journal as answered; {tally.refused} overtaken")
    return "\n".join(lines)


async def latency(server: Server, saleroom: Saleroom, bidders: list[Bidder], *, viewers: int, seconds: float) -> str:
    """From the sending of a bid to each viewer's frame; the next bid leaves when everybody has seen the last."""
    lot, crowd, before = f"watched-{viewers}", Crowd(), server.rss()
    await put_up(saleroom, lot)
    pair, lot_id = bidders[:2], encode_node_id("Auction", lot)
    watching = await gather(crowd, server.port, lot_id, WATCH, viewers)
    await asyncio.sleep(1)
    for each in pair:
        await each.open()
        await each.ask(REGISTER, lot=lot_id)
    kilobytes = (server.rss() - before) / viewers
    answers, offer, version = list[float](), 1_000, 0
    cpu, began = cpu_seconds(server.pid), time.perf_counter()
    while time.perf_counter() - began < seconds:
        version, before_offer, offer = version + 1, offer, offer + 1_000
        price = {"amountMinor": before_offer + 1 if version > 1 else 1_000, "currency": "ZAR"}
        crowd.expect({"__typename": "BidPlaced", "version": version, "bidCount": version, "price": price}, viewers)
        key, sent = f"key-{viewers}-{version:08d}", time.perf_counter()
        data = await pair[version % 2].ask(BID, lot=lot_id, amount=offer, key=key)
        answers.append(time.perf_counter() - sent)
        if (data["placeBid"].get("seq"), data["placeBid"]["__typename"]) != (version, "BidAccepted"):
            raise WrongAnswerError(str(data))
        await crowd.wait()
    micros = (cpu_seconds(server.pid) - cpu) / version * 1e6
    for viewer in watching:
        viewer.close()
    crowd.waits.sort()
    answers.sort()
    p50, p99 = (crowd.waits[int(len(crowd.waits) * share)] * 1000 for share in (0.5, 0.99))
    answered = answers[len(answers) // 2] * 1000
    await asyncio.sleep(1)
    return (
        f"{viewers:6} viewers: bid to viewer p50 {p50:.1f} p99 {p99:.1f} ms, bid to answer p50 {answered:.1f} ms, "
        f"{micros:.0f} us CPU/bid, {kilobytes:.1f} kB a viewer ({version} bids, {crowd.frames} frames checked)"
    )


async def measure(settings: Settings, server: Server, chosen: argparse.Namespace) -> None:
    """Sign everybody in, then bid, then watch."""
    database_url = settings.database_url.get_secret_value()
    await migrate(database_url)
    sources = open_sources(settings)
    saleroom = Saleroom(sources)
    try:
        await up(server)
        for number in range(LOTS):
            await put_up(saleroom, f"bids-{number}")
        identity = settings.data_dir / "identity"
        bidders = [Bidder(server.port, issue_token(identity, f"bidder-{n}")) for n in range(chosen.bidders)]
        for each in bidders:
            await each.open()
            for number in range(LOTS):
                told = await each.ask(REGISTER, lot=encode_node_id("Auction", f"bids-{number}"))
                if told["registerToBid"]["__typename"] != "Registration":
                    raise WrongAnswerError(str(told))
        print(await bids(server, bidders, database_url, rounds=chosen.rounds, seconds=chosen.seconds))
        for viewers in chosen.viewers:
            print(await latency(server, saleroom, bidders, viewers=viewers, seconds=chosen.seconds))
        print(f"load of the machine afterwards: {', '.join(f'{each:.1f}' for each in os.getloadavg())}")
        for each in bidders:
            each.writer.close()
    finally:
        await saleroom.close()
        await sources.close()


def main() -> None:
    """Start the stores and one web process, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bidders", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--viewers", type=int, nargs="*", default=[1_000, 250, 1])
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, LocalEngines(Path(folder)) as engines:
        settings = backends.start(engines, PORT)
        environment = {"PATH": os.environ["PATH"], "GAVEL_PROFILE": "production", **backends.environment(settings)}
        command = [sys.executable, "-m", "bench.fanout.product", "gavel", str(PORT)]
        with started("gavel", PORT, command, environment) as server, closing(uvloop.new_event_loop()) as loop:
            loop.run_until_complete(measure(settings, server, chosen))


if __name__ == "__main__":
    main()
