"""Bidders and watchers of a run: what they ask, how they insist on an answer, and what they write down."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from random import Random
from typing import Any
from uuid import uuid4

import asyncpg

from datasources.postgres import auctions as recorded
from datasources.postgres.auctions import RecordedLot
from domain.auctions import SoftClose
from domain.problems import GavelError
from services.salerooms import Saleroom
from subscriptions.auctions import LiveAuctions
from tests.faults.checker import Call, Run
from tests.lots import an_auction, now_ms, put_up

Ask = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]
SOFT_CLOSE = SoftClose(window=timedelta(seconds=0.5), extension=timedelta(seconds=0.5), cap=timedelta(seconds=2))
_CALL_SECONDS = 6.0
_USERS = "insert into users (user_id, issuer, external_id, created_at) values ($1::uuid, 'test', $1::text, now())"
_ADMISSIONS = (
    "insert into registrations (auction_id, bidder_id, standing, registered_at) values ($1, $2, 'registered', now())"
)


async def prepare(
    saleroom: Saleroom, database_url: str, *, lots: int, bidders: int, seconds: float
) -> tuple[Run, list[str]]:
    """Lots that end together, and bidders admitted to all of them."""
    users = await people(database_url, bidders)
    ends_at = now_ms() + timedelta(seconds=seconds)
    run = Run({})
    for number in range(lots):
        auction = an_auction(f"lot-{number}", start_minor=1_000, ends_at=ends_at, soft_close=SOFT_CLOSE)
        await put_up(saleroom, auction)
        run.terms[auction.auction_id] = auction.terms
        await _add(database_url, _ADMISSIONS, [(auction.auction_id, user) for user in users])
        await saleroom.rebuild(auction.auction_id)
    return run, users


async def people(database_url: str, count: int) -> list[str]:
    """Accounts of their own."""
    users = [str(uuid4()) for _ in range(count)]
    await _add(database_url, _USERS, [(user,) for user in users])
    return users


async def _add(database_url: str, statement: str, values: list[tuple[str, ...]]) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await connection.executemany(statement, values)
    finally:
        await connection.close()


async def insist(ask: Ask, call: Call, run: Run, *, until: float) -> Call:
    """Ask with the same key until the answer is certain; each attempt is a call of its own in the history."""
    while True:
        call.left_ns = time.monotonic_ns()
        told: dict[str, Any] | None
        try:
            async with asyncio.timeout(_CALL_SECONDS):
                told = await ask({"lot": call.lot, "bidder": call.bidder, "key": call.key, "amount": call.amount})
        except (OSError, TimeoutError, EOFError, json.JSONDecodeError):
            told = None
        call.back_ns = time.monotonic_ns()
        run.attempts[told["kind"] if told is not None else "none"] += 1
        if told is not None and told["kind"] not in {"unknown", "later"}:
            call.answer = told
            run.calls.append(call)
            return call
        if time.monotonic() > until:
            run.calls.append(call)  # never resolved: the checker says so
            return call
        await asyncio.sleep(0.05)


async def bid_around(ask: Ask, run: Run, bidder: str, rng: Random, *, ends: float, until: float) -> None:
    """One bidder: random lots, amounts about the least that was last heard of, now and then a repeated call."""
    number, least = 0, dict.fromkeys(sorted(run.terms), 1_000)
    while time.monotonic() < ends:
        number += 1
        lot = rng.choice(list(least))
        call = Call(lot, bidder, f"{bidder[:8]}-{number:05d}", int(least[lot] * (1 + rng.random() * 0.06)), 0)
        await insist(ask, call, run, until=until)
        if call.answer is not None and call.answer.get("minimum"):
            least[lot] = call.answer["minimum"]
        if rng.random() < 0.1:
            await insist(ask, Call(lot, bidder, call.key, call.amount, 0), run, until=until)
        await asyncio.sleep(rng.random() * 0.05)


def over_tcp(ports: Callable[[], list[int]], rng: Random) -> Ask:
    """Ask one of the web processes over a connection of its own."""

    async def ask(call: dict[str, Any]) -> dict[str, Any]:
        reader, writer = await asyncio.open_connection("127.0.0.1", rng.choice(ports()))
        try:
            writer.write(json.dumps(call).encode() + b"\n")
            line = await reader.readline()
            if not line.endswith(b"\n"):
                raise EOFError
            told: dict[str, Any] = json.loads(line)
            return told
        finally:
            writer.close()

    return ask


async def watch(live: LiveAuctions, lot: str, run: Run, rng: Random) -> None:
    """Watch a lot to its end, hanging up now and then and resuming by the newest cursor."""
    seqs: list[int] = []
    run.watched.append((lot, seqs))
    cursor: str | None = None
    while True:
        try:
            stream = live.events(lot, cursor)
            async for event in stream:
                if not seqs and event.version == 0:
                    cursor = event.cursor
                    continue
                seqs.append(event.version)
                cursor = event.cursor
                if type(event).__name__ == "LotClosed":
                    await stream.aclose()
                    return
                if rng.random() < 0.02:
                    break
            await stream.aclose()
        except GavelError:
            await asyncio.sleep(0.1)


async def _patiently(saleroom: Saleroom, lot: str) -> RecordedLot | None:
    """Pooled connections may still be those of a server that was killed."""
    for _ in range(20):
        try:
            return await recorded.recorded_lot(saleroom.sources.database, lot)
        except GavelError:
            await asyncio.sleep(0.5)
    return None


async def collect(run: Run, database_url: str, saleroom: Saleroom) -> None:
    """What the record holds in the end."""
    for lot in run.terms:
        found = await _patiently(saleroom, lot)
        run.log[lot] = list(found.log) if found is not None else []
    connection = await asyncpg.connect(database_url)
    try:
        run.results = [dict(row) for row in await connection.fetch("select * from auction_results")]
        run.orders = [dict(row) for row in await connection.fetch("select * from orders")]
        run.entries = [dict(row) for row in await connection.fetch("select * from ledger_entries")]
    finally:
        await connection.close()
