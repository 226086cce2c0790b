"""What follows a sale is killed after each of its effects and run again by the queue: the end is always the same."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Any, cast
from uuid import UUID, uuid4

import asyncpg
import orjson
import pytest

from datasources.payments.stripe import StripePayments
from datasources.postgres import auctions as auction_rows
from datasources.postgres import bids, jobs, opening, orders
from datasources.sources import Sources
from domain.auctions import ReserveStatus
from domain.lots import EntryKind, LotEntry
from domain.money import Money
from domain.orders import Deal, OrderKind, open_order
from jobs.kinds import JobKind, Payload, text_of
from jobs.registry import every_kind
from services.closing import CHARGE_ORDER
from services.indexing import SYNC_LISTING
from services.orders import default_order
from services.payment_methods import save_token
from services.payments import APPLY_PAYMENT_EVENT, REFUND_PAYMENT, Cashier, charge_order, read_anew
from tests.lots import an_auction, now_ms
from tests.mortality import Fate, KilledError, Mortal
from tests.stores import add_user, empty_index, new_dataset, open_sources, rows

MOST_CALLS = 60
SELLER = {"_id": "seller", "_type": "publicUser", "handle": "thandi", "kind": "private", "externalId": "seller-1"}
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")  # raised inside the Stripe client


@dataclass(frozen=True, slots=True)
class Stage:
    """The stores, the provider, and somebody with a saved card who buys everything."""

    sources: Sources
    provider: StripePayments
    record: Any
    """A connection of the test's own: opening one for each look would take longer than the work."""
    buyer: str
    token: str = field(default_factory=lambda: uuid4().hex[:8])
    """The payment server is shared with other tests, and its keys are made of the orders' ids."""

    async def rows(self, query: str, *values: object) -> Sequence[Any]:
        """What an outsider sees."""
        return cast(Sequence[Any], await self.record.fetch(query, *values))

    async def order(self, number: int, *, auction_id: str | None = None) -> str:
        """A sale that is owed, beside which nothing waits."""
        now, order_id = now_ms(), f"order-{self.token}-{number:03d}"
        deal = Deal(
            kind=OrderKind.FIXED_PRICE if auction_id is None else OrderKind.AUCTION,
            listing_id=f"thing-of-{order_id}",
            auction_id=auction_id,
            buyer_id=self.buyer,
            seller_id="seller",
            total=Money(80_000, "ZAR"),
        )
        opened = open_order(deal, order_id, now=now)
        await self.sources.database.write(
            "test.order", lambda it: opening.open_order(it, opened, round_number=0, charge_job=CHARGE_ORDER, now=now)
        )
        await self.rows("delete from pgqueuer")
        return order_id

    async def ask(self, name: str, **payload: str) -> None:
        """Have a job wait."""
        await self.sources.database.write("test.ask", lambda it: jobs.enqueue(it, name, payload))

    async def work_off(self, fate: Fate | None = None) -> None:
        """Run whatever waits, and whatever that leads to, as a worker does: what was killed still waits."""
        sources, provider = self.sources, self.provider
        if fate is not None:
            doomed: Any = partial(Mortal, fate=fate)
            sources = replace(
                sources,
                database=doomed(sources.database),
                live=doomed(sources.live),
                sanity=doomed(sources.sanity),
                search=doomed(sources.search),
            )
            provider = doomed(self.provider)
        kinds = {each.name: each for each in (*every_kind(flush_every=timedelta(1), provider=provider), DEFAULT)}
        done: set[int] = set()
        while waiting := await self.rows("select id, entrypoint, payload from pgqueuer order by id"):
            known = [row for row in waiting if row["entrypoint"] in kinds and row["id"] not in done]
            if not known:
                return
            for row in known:
                await kinds[row["entrypoint"]].work(sources, orjson.loads(row["payload"]))
                await self.rows("delete from pgqueuer where id = $1", row["id"])
                done.add(row["id"])


async def _default(sources: Sources, payload: Payload) -> None:
    await default_order(sources, text_of(payload, "id"))


DEFAULT = JobKind("test.default", _default)
"""The clock's own job looks at all orders; this one at one of them."""


@pytest.fixture
async def stage(
    database_url: str, redis_url: str, lake_url: str, search_url: str, stripe_url: str
) -> AsyncIterator[Stage]:
    await empty_index(search_url)
    provider, dataset = StripePayments("sk_test_gavel", url=stripe_url), await new_dataset(lake_url)
    async with open_sources(
        database_url, redis_url, sanity_url=lake_url, search_url=search_url, dataset=dataset
    ) as sources:
        buyer, seller = await add_user(database_url), await add_user(database_url)
        await rows(
            database_url,
            "insert into profiles (profile_id, external_id, handle, kind, content_updated_at)"
            " values ('seller', $1, 'thandi', 'private', now())",
            seller.external_id,
        )
        await save_token(Cashier(sources, provider), buyer, "pm_card_visa", idempotency_key="key-of-the-card")
        record = await asyncpg.connect(database_url)
        yield Stage(sources, provider, record, str(buyer.user_id))
        await record.close()
    await provider.close()


async def end_of(stage: Stage, order_id: str) -> dict[str, Any]:
    """Everything that is left behind, with this order's own names taken out."""
    stands = (await orders.by_ids(stage.sources.database, [order_id]))[0]
    assert stands is not None
    lines = "select e.account_id, e.amount_minor from ledger_entries e join ledger_transfers t using (transfer_id)"
    told = "select kind, user_id, count from notifications where facts->>'order' = $1 order by 1"
    events = (
        "select count(*) from topic_events e join notifications n on e.payload->>'id' = n.notification_id"
        " where n.facts->>'order' = $1"
    )
    lapsed = "select round, bidder_id, price_minor, status from second_chances where auction_id = $1 order by 1"
    lot = "select status from auctions where auction_id = $1"
    document = (await stage.sources.sanity.documents([stands.listing_id], tag="test"))[0] or {}
    found = await stage.sources.search.fetch_documents("listings", {"filter": f'id = "{stands.listing_id}"'})
    return {
        "order": (stands.status, stands.attempts, stands.refunded_minor),
        "payments": [
            tuple(row)
            for row in await stage.rows(
                "select status, attempt, is_surplus from payments where order_id = $1", order_id
            )
        ],
        "lines": [tuple(row) for row in await stage.rows(f"{lines} where order_id = $1 order by 1, 2", order_id)],
        "told": [tuple(row) for row in await stage.rows(told, order_id)],
        "shown": (await stage.rows(events, order_id))[0][0],
        "content": document.get("status"),
        "search": [each.get("status") for each in found if isinstance(each, dict)],
        "offers": [tuple(row) for row in await stage.rows(lapsed, f"lot-of-{order_id}")],
        "lot": [row[0] for row in await stage.rows(lot, f"lot-of-{order_id}")],
    }


Prepare = Callable[[Stage, int], Awaitable[str]]


async def owed(stage: Stage, number: int) -> str:
    order_id = await stage.order(number)
    await stage.ask(CHARGE_ORDER, id=order_id)
    return order_id


async def captured_unheard(stage: Stage, number: int) -> str:
    """The bank has confirmed: the provider says so, and nobody has read it yet."""
    order_id = await stage.order(number)
    order = (await orders.by_ids(stage.sources.database, [order_id]))[0]
    assert order is not None
    saved = await stage.rows("select customer_id, method_id from payment_customers, payment_methods")
    await stage.sources.database.write(
        "test", lambda it: orders.begin_attempt(it, order_id, expected=0, method_id=saved[0][1], now=now_ms())
    )
    payment = await stage.provider.authorise(order, attempt=1, customer_id=saved[0][0], payment_method_id=saved[0][1])
    await stage.ask(APPLY_PAYMENT_EVENT, payment=payment.payment_id, event=f"evt_of_{order_id}")
    return order_id


async def paid_and_unwanted(stage: Stage, number: int) -> str:
    order_id = await stage.order(number)
    await charge_order(Cashier(stage.sources, stage.provider), order_id)
    await stage.rows("delete from pgqueuer")
    paid = await stage.rows("select payment_id from payments where order_id = $1", order_id)
    await stage.ask(REFUND_PAYMENT, id=paid[0][0])
    return order_id


async def captured_after_a_default(stage: Stage, number: int) -> str:
    order_id = await captured_unheard(stage, number)
    event = (await stage.rows("select payload from pgqueuer"))[0][0]
    payment = await read_anew(Cashier(stage.sources, stage.provider), orjson.loads(event)["payment"])
    assert payment is not None
    await stage.provider.capture(payment.payment)
    await default_order(stage.sources, order_id)
    return order_id


async def unpaid_lot(stage: Stage, number: int) -> str:
    """A lot whose winner does not pay, with two runner-ups who do not answer."""
    lot, at = f"lot-of-order-{stage.token}-{number:03d}", now_ms()
    auction = an_auction(lot)
    await stage.sources.database.write("test", lambda it: auction_rows.upsert(it, auction))
    bidders = [stage.buyer, *(str(UUID(int=each)) for each in (1, 2))]
    log: list[LotEntry] = []
    for seq, bidder in enumerate(bidders, start=1):
        line = LotEntry(
            auction_id=lot, seq=seq, epoch=1, kind=EntryKind.BID, at=at, bidder_id=bidder, max_minor=90_000 - seq,
            idempotency_key=f"key-{seq}", price_minor=80_000, leader_id=stage.buyer, ends_at=at,
            reserve_status=ReserveStatus.NO_RESERVE, bid_count=seq, follows=log[-1].mark if log else "",
        )  # fmt: skip
        log.append(line)
    assert not (await bids.append(stage.sources.database, log)).refused
    await stage.rows(
        "insert into auction_results (auction_id, outcome, reason, winner_id, price_minor, closing_seq, bid_count,"
        " ended_at, closed_at) values ($1, 'sold', 'highest-bid', $2, 80000, 3, 3, now(), now())",
        lot,
        UUID(stage.buyer),
    )
    await stage.rows("update auctions set status = 'payment-due' where auction_id = $1", lot)
    order_id = await stage.order(number, auction_id=lot)
    await stage.ask(DEFAULT.name, id=order_id)
    return order_id


async def paid_and_told_by_content(stage: Stage, number: int) -> str:
    """Charged, said in content, and (as its webhook asks for) brought into search."""
    order_id = await owed(stage, number)
    listing_id = f"thing-of-{order_id}"
    thing = {
        "_id": listing_id,
        "_type": "listing",
        "title": "A thing",
        "slug": {"_type": "slug", "current": listing_id},
        "seller": {"_type": "reference", "_ref": "seller"},
        "price": {"_type": "money", "amountMinor": 80_000, "currency": "ZAR"},
        "status": "active",
        "publishedAt": "2026-05-01T08:00:00Z",
    }
    await stage.sources.sanity.mutate([{"createIfNotExists": SELLER}, {"create": thing}], tag="test")
    await stage.ask(SYNC_LISTING, id=listing_id)
    return order_id


SCENES: Sequence[tuple[Prepare, int]] = (
    (captured_unheard, 6),
    (paid_and_unwanted, 4),
    (captured_after_a_default, 5),
    (unpaid_lot, 6),
    (paid_and_told_by_content, 12),
)
"""What is waited for, and the least number of calls that it takes."""


@pytest.mark.parametrize(("prepare", "least"), SCENES, ids=[each.__name__ for each, _ in SCENES])
async def test_what_was_killed_after_any_of_its_calls_ends_as_if_it_had_not_been(
    stage: Stage, prepare: Prepare, least: int
) -> None:
    first = await prepare(stage, 0)
    await stage.work_off()
    wanted, died = await end_of(stage, first), 0
    for number in range(1, MOST_CALLS):
        order_id = await prepare(stage, number)
        fate = Fate(number, is_after=True)
        try:
            await stage.work_off(fate)
        except KilledError:
            died += 1
        if fate.has_come:
            await stage.work_off()
        assert await end_of(stage, order_id) == wanted, f"killed after call {number}"
        if not fate.has_come:
            break
    assert least <= died < MOST_CALLS - 1, f"{died} calls were cut short"
