"""Processes under attack: a saleroom that takes bids over a line of JSON, and a worker that closes lots."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from datasources import guards
from datasources.postgres.connections import Database
from datasources.redis.connections import LiveState
from datasources.sources import Sources
from domain.bids import BidAccepted, BidAsk, BidKeyConflict, BidOutbid, BidOutcome, BidRejected, BidRetryLater
from domain.money import Money
from domain.problems import NotFound, UpstreamUnavailableError
from services.auctions import catch_up_running
from services.bids import place_bid
from services.closing import ClosingMismatchError, close_auction
from services.salerooms import Saleroom
from tests.faults import message_nodes, notice_nodes, tills

Tell = Callable[[int], None]
"""Says that the process is ready, and on which port."""


def bare_sources(database_url: str, redis_url: str, *, redis_seconds: float = 0.15) -> Sources:
    """Sources with nothing but the two stores that bidding needs."""
    unused: dict[str, Any] = {each.name: None for each in fields(Sources)}
    live = LiveState(redis_url, call_seconds=redis_seconds)
    named = {"database": Database(database_url), "live": live, "clock": lambda: datetime.now(UTC)}
    return Sources(**(unused | named))


async def answer(saleroom: Saleroom, call: dict[str, Any]) -> dict[str, Any]:
    """What the bidder is told, as plain data."""
    ask = BidAsk(
        auction_id=call["lot"],
        bidder_id=call["bidder"],
        profile_id=None,
        max_minor=call["amount"],
        currency="ZAR",
        idempotency_key=call["key"],
        is_confirmed=True,
    )
    return plain(await place_bid(saleroom, ask))


def plain(outcome: BidOutcome | NotFound) -> dict[str, Any]:
    """An outcome as plain data."""
    match outcome:
        case BidAccepted() | BidOutbid():
            kind = "accepted" if isinstance(outcome, BidAccepted) else "outbid"
            told = {"seq": outcome.seq, "price": outcome.price.amount_minor, "replayed": outcome.replayed}
            return {"kind": kind, **told, "minimum": _minor(outcome.minimum_next)}
        case BidRejected():
            return {"kind": "rejected", "code": outcome.code.value, "minimum": _minor(outcome.minimum_next)}
        case BidRetryLater():
            return {"kind": "later"}
        case BidKeyConflict():
            return {"kind": "conflict"}
        case NotFound():
            return {"kind": "missing"}
        case _:
            return {"kind": "unknown"}


def _minor(amount: Money | None) -> int:
    return amount.amount_minor if amount is not None else 0


async def serve(saleroom: Saleroom, tell: Tell) -> None:
    """Take bids over TCP: one JSON line asks, one answers."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(json.dumps(await answer(saleroom, json.loads(line))).encode() + b"\n")
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    tell(server.sockets[0].getsockname()[1])
    await server.serve_forever()


async def tend(saleroom: Saleroom, tell: Tell, lots: list[str]) -> None:
    """Journal what is left pending and close what has ended, over and over."""
    tell(0)
    while True:
        with contextlib.suppress(UpstreamUnavailableError, ClosingMismatchError):
            await catch_up_running(saleroom)
        for lot in lots:
            with contextlib.suppress(UpstreamUnavailableError, ClosingMismatchError):
                await close_auction(saleroom, lot)
        await asyncio.sleep(0.1)


class Nursery:
    """A process that has everything imported and forks the others in no time; all of them end with their tormentor."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._lock = asyncio.Lock()
        self._lifeline: tuple[int, int] = os.pipe()

    async def __aenter__(self) -> Self:
        root = Path(__file__).parent.parent.parent
        command = [sys.executable, "-m", "tests.faults.nodes", str(self._lifeline[0])]
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(
            *command, stdin=pipe, stdout=pipe, cwd=root, pass_fds=[self._lifeline[0]]
        )
        return self

    async def bear(self, role: str, urls: tuple[str, str], lots: list[str]) -> tuple[int, int]:
        """Fork a process; its id and port once it is ready."""
        if self._process is None or self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("The nursery is closed.")
        async with self._lock, asyncio.timeout(60):
            self._process.stdin.write(json.dumps([role, *urls, lots]).encode() + b"\n")
            await self._process.stdin.drain()
            pid, port = (await self._process.stdout.readline()).split()
        return int(pid), int(port)

    async def __aexit__(self, *_: object) -> None:
        for end in self._lifeline:
            os.close(end)
        if self._process is not None:
            self._process.kill()
            await self._process.wait()


class Node:
    """One such process as its tormentor holds it."""

    def __init__(self, nursery: Nursery, role: str, urls: tuple[str, str], lots: list[str]) -> None:
        self._nursery = nursery
        self._traits = (role, urls, lots)
        self._pid = 0
        self.port = 0

    async def start(self) -> None:
        self._pid, self.port = await self._nursery.bear(*self._traits)

    async def kill(self) -> None:
        """As a power cut would."""
        pid, self._pid = self._pid, 0
        with contextlib.suppress(ProcessLookupError):
            for _ in range(500 if pid else 0):
                os.kill(pid, signal.SIGKILL)
                await asyncio.sleep(0.01)


def _live(role: str, database_url: str, redis_url: str, lots: list[str], *, lifeline: int, answers: int) -> None:
    """Run one process until it is killed or its tormentor is gone."""

    guards._PROBE_EVERY_SECONDS = 0.3  # a run is short: a breaker of five seconds would be all that it shows

    def tell(port: int) -> None:
        os.write(answers, f"{os.getpid()} {port}\n".encode())

    async def run() -> None:
        asyncio.get_running_loop().add_reader(lifeline, os._exit, 1)
        sources = bare_sources(database_url, redis_url)
        if role == notice_nodes.ROLE:
            await notice_nodes.live(sources, database_url, lots[0], tell)
        if role.startswith("message-"):
            await message_nodes.live(role, sources, tell)
        if role in {tills.TILL, tills.HOOK}:
            await tills.live(role, sources, tell, lots)
        saleroom = Saleroom(sources)
        await (serve(saleroom, tell) if role == "web" else tend(saleroom, tell, lots))

    asyncio.run(run())


def main() -> None:
    """Fork a process for each line on standard input."""
    lifeline, answers = int(sys.argv[1]), os.dup(1)
    os.dup2(2, 1)  # what is logged is no answer
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        role, database_url, redis_url, lots = json.loads(line)
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _live(role, database_url, redis_url, lots, lifeline=lifeline, answers=answers)
            os._exit(0)


if __name__ == "__main__":
    main()
