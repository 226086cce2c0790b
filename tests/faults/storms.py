"""Seeded runs: bidders bid and watchers watch while everything is killed in turn, then the lots are closed."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random
from typing import Protocol
from urllib.parse import urlsplit, urlunsplit

from datasources.payments.stripe import StripePayments
from datasources.postgres.migrating import migrate
from datasources.redis.topics import TopicHub
from engines.supervisor import LocalEngines
from services.salerooms import Saleroom
from subscriptions.auctions import LiveAuctions
from tests.faults.banks import Bank, Debtors, collect_money, come_to_rest
from tests.faults.checker import Run
from tests.faults.crowds import bid_around, collect, over_tcp, people, prepare, watch
from tests.faults.money_theatre import SERVER, MoneyTheatre
from tests.faults.nodes import Node, Nursery, bare_sources
from tests.faults.proxy import Proxy
from tests.faults.theatre import Theatre
from tests.faults.tills import HOOK, SECRET, TILL

RECOVERY_SECONDS = 40.0
DEBTORS = 5
_MOST_FAULTS = 200


def through(url: str, line: Proxy) -> str:
    """The same address by way of a proxy."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[0]
    return urlunsplit(parts._replace(netloc=f"{host}{'@' if host else ''}127.0.0.1:{line.port}"))


class Stage(Protocol):
    """What can be hurt."""

    rng: Random

    @property
    def faults(self) -> list[Callable[[], Awaitable[None]]]:
        """The ways to."""


async def torment(theatre: Stage, run: Run, *, until: float, pause: float) -> None:
    """Every fault once, in the order of the seed, and again from the first one while there is time."""
    faults, rng = theatre.faults, theatre.rng
    rng.shuffle(faults)
    for number in range(_MOST_FAULTS):
        if number >= len(faults) and time.monotonic() > until:
            return
        await asyncio.sleep(pause * (0.5 + rng.random()))
        began = time.monotonic()
        await faults[number % len(faults)]()
        name = faults[number % len(faults)].__name__
        run.faults.append(f"{name} {time.monotonic() - began:.1f} s")


async def rage(  # noqa: PLR0915 - one run from its beginning to its end
    folder: Path, *, seed: int, bidders: int, seconds: float, is_durable: bool = False
) -> Run:
    """One seeded run: bidding and paying while one fault follows another, then peace, closing, paying, and the books.

    Only processes are killed, so a Postgres that never flushes its files loses nothing either; it is only faster.
    """
    rng = Random(seed)
    async with AsyncExitStack() as stack:
        engines = stack.enter_context(LocalEngines(folder, is_durable=is_durable))
        hook_line = await stack.enter_async_context(Proxy("127.0.0.1", 0))
        hears = ("--webhook", f"http://127.0.0.1:{hook_line.port}/webhooks/stripe", "--webhook-secret", SECRET)
        database_url, redis_url, bank_url = await asyncio.to_thread(
            engines.together,
            lambda: engines.start_postgres(database="chaos"),
            engines.start_valkey,
            lambda: engines.start_server("engines.payment_server", *hears, "--first-pause", "0.2"),
        )
        await migrate(database_url)
        lines = [
            await stack.enter_async_context(Proxy("127.0.0.1", urlsplit(url).port or 0))
            for url in (redis_url, database_url, bank_url)
        ]
        sources = bare_sources(database_url, redis_url, redis_seconds=2.0)
        stack.push_async_callback(sources.live.close)
        stack.push_async_callback(sources.database.close)
        saleroom = Saleroom(sources)
        stack.push_async_callback(saleroom.close)
        lots = [f"lot-{number}" for number in range(3)]
        by_proxy = (through(database_url, lines[1]), through(redis_url, lines[0]))
        nursery = await stack.enter_async_context(Nursery())
        nodes = [Node(nursery, role, by_proxy, lots) for role in ("web", "web", "worker")]
        for node in nodes:
            stack.push_async_callback(node.kill)
        tills = [Node(nursery, TILL, by_proxy, [through(bank_url, lines[2])]) for _ in range(2)]
        hook = Node(nursery, HOOK, by_proxy, [])
        for node in (*tills, hook):
            stack.push_async_callback(node.kill)
        bank, provider = Bank(bank_url, rng), StripePayments("sk_test_gavel", url=bank_url)
        stack.push_async_callback(bank.close)
        stack.push_async_callback(provider.close)
        counter = MoneyTheatre(engines, bank, tills, hook, hook_line, lines[2], rng)
        await asyncio.gather(*(node.start() for node in (*nodes, *tills)), counter.start_hook())
        theatre = Theatre(engines, redis_url, nodes[:2], nodes[2], lines[0], lines[1], rng)
        debtors = Debtors(sources, provider, rng)
        owed = await debtors.owe(await people(database_url, DEBTORS), each=4)
        run, names = await prepare(saleroom, database_url, lots=3, bidders=bidders, seconds=seconds)
        hub = TopicHub(sources.live, secret=b"secret")
        stack.push_async_callback(hub.close)
        live = LiveAuctions(saleroom, hub)
        watchers = [asyncio.create_task(watch(live, lot, run, Random(n))) for n in range(2) for lot in lots]
        ends = time.monotonic() + seconds + 1.0
        until = ends + RECOVERY_SECONDS
        ask = over_tcp(lambda: [node.port for node in theatre.webs], rng)
        crowd = asyncio.gather(
            *(
                bid_around(ask, run, each, Random(seed * 1_000 + n), ends=ends, until=until)
                for n, each in enumerate(names)
            )
        )
        is_calm = asyncio.Event()
        away = [bank.meddle(is_calm), debtors.give_up(owed[::5], is_calm)]
        beside = asyncio.gather(*away, torment(counter, run, until=ends - 1.0, pause=seconds / 15))
        await torment(theatre, run, until=ends - 1.0, pause=seconds / 15)
        is_calm.set()
        await beside
        await bank.forget_faults()
        await crowd
        await asyncio.wait(watchers, timeout=RECOVERY_SECONDS)  # they watch until the worker has closed their lot
        for each in watchers:
            each.cancel()
        await asyncio.gather(*watchers, return_exceptions=True)
        await collect(run, database_url, saleroom)
        for result in run.results:
            if result["winner_id"] is not None:
                await debtors.save(str(result["winner_id"]), "pm_card_visa")
        await come_to_rest(bank, database_url, seconds=RECOVERY_SECONDS)
        await collect(run, database_url, saleroom)
        await collect_money(run, database_url, folder / SERVER / "payments.sqlite")
    return run
