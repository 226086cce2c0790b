"""The payment provider of a run: who saves cards and owes, what the bank does of itself, and its books in the end."""

import asyncio
import contextlib
import sqlite3
from pathlib import Path
from random import Random
from uuid import UUID

import asyncpg
import httpx
import orjson

from datasources.payments.stripe import StripePayments
from datasources.postgres import opening
from datasources.sources import Sources
from domain.money import Money
from domain.orders import Deal, OrderKind, open_order
from domain.problems import GavelError
from domain.users import User
from engines.payment_server.store import Json
from services.closing import CHARGE_ORDER
from services.orders import default_order
from services.payment_methods import save_token
from services.payments import Cashier
from tests.faults.checker import Run
from tests.faults.tills import MONEY_JOBS

CARDS = (
    "pm_card_visa",
    "pm_card_mastercard",
    "pm_card_chargeCustomerFail",
    "pm_card_refundFail",
    "pm_card_createDispute",
)
_CALL_FAULTS: tuple[Json, ...] = (
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 500, "after": True},
    {"kind": "status", "status": 503},
    {"kind": "status", "status": 409},
    {"kind": "no_answer", "seconds": 3, "after": True},
    {"kind": "delay", "seconds": 0.5},
)
_EVENT_FAULTS: tuple[Json, ...] = ({"kind": "duplicate"}, {"kind": "shuffle"}, {"kind": "hold", "seconds": 1.5})


class Bank:
    """The provider as its own people see it, past every line that may be cut."""

    def __init__(self, url: str, rng: Random) -> None:
        self._http = httpx.AsyncClient(
            base_url=url, headers={"authorization": "Bearer sk_test_gavel"}, timeout=2.0, trust_env=False
        )
        self._rng = rng

    async def close(self) -> None:
        await self._http.aclose()

    async def plan_faults(self) -> None:
        """Several calls and events that go wrong next."""
        for _ in range(3):
            await self._ask("/admin/faults", dict(self._rng.choice(_CALL_FAULTS)))
            await self._ask("/admin/faults", dict(self._rng.choice(_EVENT_FAULTS)) | {"times": 4})

    async def forget_faults(self) -> None:
        await self._http.delete("/admin/faults")

    async def meddle(self, until: asyncio.Event) -> None:
        """Give parts back, dispute, and decide, without anybody of ours having asked."""
        while not until.is_set():
            with contextlib.suppress(httpx.HTTPError, TimeoutError):
                await self._meddle_once()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(until.wait(), 0.3 + self._rng.random() * 0.4)

    async def _meddle_once(self) -> None:
        charges = await self._list("/v1/charges")
        taken = [each for each in charges if each["captured"]]
        if not taken:
            return
        charge = self._rng.choice(taken)
        match self._rng.randrange(5):
            case 0:
                await self._ask("/admin/disputes", {"charge": charge["id"]})
            case 1 | 2:
                for each in (await self._list("/v1/disputes"))[:3]:
                    verdict = self._rng.choice(("winning_evidence", "losing_evidence"))
                    text = {"evidence[uncategorized_text]": verdict}
                    await self._http.post(f"/v1/disputes/{each['id']}", data=text)
            case _:
                part = max(1, charge["amount"] // self._rng.choice((1, 2, 3)))
                await self._http.post("/v1/refunds", data={"charge": charge["id"], "amount": str(part)})

    async def _list(self, path: str) -> list[Json]:
        """The newest objects; none where a planned fault hits this very call."""
        reply = await self._http.get(path, params={"limit": 50})
        found: list[Json] = reply.json()["data"] if reply.is_success else []
        return found

    async def refund(self, payment_id: str, minor: int) -> None:
        """Give a part back."""
        about = {"payment_intent": payment_id, "amount": str(minor)}
        (await self._http.post("/v1/refunds", data=about)).raise_for_status()

    async def _ask(self, path: str, body: Json) -> None:
        await self._http.post(path, json=body)

    async def awaits(self) -> int:
        """How many events are still to be delivered."""
        found = (await self._http.get("/admin/deliveries")).json()["deliveries"]
        return sum(each["ended"] is None for each in found)


class Debtors:
    """People with cards, and what they owe."""

    def __init__(self, sources: Sources, provider: StripePayments, rng: Random) -> None:
        self._cashier = Cashier(sources, provider)
        self._rng = rng

    async def owe(self, users: list[str], *, each: int) -> list[str]:
        """Give everybody a card of some kind and so many orders; the orders."""
        made: list[str] = []
        for number, user in enumerate(users):
            await self.save(user, CARDS[number % len(CARDS)])
            for _ in range(each):
                made.append(await self._order(user, len(made)))
        return made

    async def save(self, user: str, card: str) -> None:
        who = User(UUID(user), "https://issuer.test", user, None, self._cashier.sources.clock())
        for _ in range(20):
            with contextlib.suppress(GavelError):
                await save_token(self._cashier, who, card, idempotency_key=f"card-{user}")
                return
            await asyncio.sleep(0.2)

    async def _order(self, user: str, number: int) -> str:
        now, sources = self._cashier.sources.clock(), self._cashier.sources
        deal = Deal(
            kind=OrderKind.FIXED_PRICE, listing_id=f"thing-{number}", auction_id=None, buyer_id=user,
            seller_id=f"seller-{number % 3}", total=Money(self._rng.randrange(3_000, 900_000), "ZAR"),
        )  # fmt: skip
        order = open_order(deal, f"order-{number:03d}", now=now)
        await sources.database.write(
            "run.order", lambda it: opening.open_order(it, order, round_number=0, charge_job=CHARGE_ORDER, now=now)
        )
        return order.order_id

    async def give_up(self, order_ids: list[str], until: asyncio.Event) -> None:
        """Now and then the term of an order ends, whatever is under way."""
        for order_id in order_ids:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(until.wait(), 0.5 + self._rng.random())
            with contextlib.suppress(GavelError):
                await default_order(self._cashier.sources, order_id)


async def come_to_rest(bank: Bank, database_url: str, *, seconds: float) -> None:
    """Return when nothing is left to be delivered or worked off, or the time is over: the judge sees what is left."""
    loop = asyncio.get_running_loop()
    ends, quiet = loop.time() + seconds, 0
    connection = await asyncpg.connect(database_url)
    try:
        while loop.time() < ends and quiet < 3:
            left = await connection.fetchval(
                "select count(*) from pgqueuer where entrypoint = any($1)", list(MONEY_JOBS)
            )
            with contextlib.suppress(httpx.HTTPError, KeyError):
                quiet = quiet + 1 if not left and not await bank.awaits() else 0
            await asyncio.sleep(0.1)
    finally:
        await connection.close()


async def collect_money(run: Run, database_url: str, store: Path) -> None:
    """What the record and the provider hold in the end."""
    connection = await asyncpg.connect(database_url)
    try:
        run.transfers = [dict(row) for row in await connection.fetch("select * from ledger_transfers")]
        run.payments = [dict(row) for row in await connection.fetch("select * from payments")]
        heard = "select delivery_id from webhook_deliveries where source = 'stripe'"
        run.heard = [row[0] for row in await connection.fetch(heard)]
        run.jobs = [
            (row["entrypoint"], orjson.loads(row["payload"]))
            for row in await connection.fetch("select entrypoint, payload from pgqueuer")
        ]
    finally:
        await connection.close()
    books = sqlite3.connect(f"file:{store}?mode=ro", uri=True)
    try:
        run.books = [orjson.loads(row[0]) for row in books.execute("select body from object")]
    finally:
        books.close()
