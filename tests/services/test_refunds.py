"""Refunds and disputes: whatever order their events come in and however often, order and ledger end the same."""

import itertools
from collections.abc import Sequence

import httpx
import pytest

from datasources.postgres import payments as recorded
from domain.orders import Order, OrderStatus
from domain.payments import Payment, PaymentStatus
from domain.problems import NotAllowed, NotFound, WrongState
from services.order_requests import pay_order, refund_order
from services.payments import (
    Cashier,
    apply_payment,
    apply_payment_event,
    charge_order,
    read_anew,
    refund_payment,
)
from services.salerooms import Saleroom
from tests.services.test_lot_steps import STAFF, viewer
from tests.services.test_orders import a_won_lot, account, save_card, the_order
from tests.stores import rows

BALANCED = "select account_id from ledger_entries group by 1 having sum(amount_minor) <> 0"


async def a_paid_lot(saleroom: Saleroom, cashier: Cashier, database_url: str) -> tuple[Order, Payment, str]:
    order, (_, bob) = await a_won_lot(saleroom, database_url)
    await save_card(cashier, bob, "pm_card_visa")
    paid = await charge_order(cashier, order.order_id)
    assert paid is not None
    assert paid.status is OrderStatus.PAID
    return paid, (await recorded.of_order(cashier.sources.database, order.order_id))[0], bob


class Bank:
    """What happens at the provider without us."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def call(self, path: str, **fields: str) -> dict[str, str]:
        async with httpx.AsyncClient(base_url=self._url, headers={"authorization": "Bearer sk_test_gavel"}) as http:
            if path.startswith("/admin"):
                reply = await http.post(path, json=fields)
            else:
                reply = await http.post(path, data=fields) if fields else await http.get(path)
        assert reply.is_success, reply.text
        found: dict[str, str] = reply.json()
        return found

    async def dispute(self, payment_id: str) -> str:
        charge = (await self.call(f"/v1/payment_intents/{payment_id}"))["latest_charge"]
        return (await self.call("/admin/disputes", charge=charge))["id"]

    async def decide(self, dispute_id: str, evidence: str) -> None:
        await self.call(f"/v1/disputes/{dispute_id}", **{"evidence[uncategorized_text]": evidence})


@pytest.fixture
def bank(stripe_url: str) -> Bank:
    return Bank(stripe_url)


async def statuses(cashier: Cashier, order: Order, payment: Payment, events: Sequence[str]) -> list[OrderStatus]:
    found = []
    for event in events:
        await apply_payment_event(cashier, payment.payment_id, event_id=event)
        found.append((await the_order(cashier.sources, order.order_id)).status)
    return found


@pytest.mark.parametrize("first", ["evt_succeeded", "evt_refunded"])
async def test_a_refund_made_at_the_provider_is_followed_whichever_event_comes_first(
    saleroom: Saleroom, cashier: Cashier, database_url: str, bank: Bank, first: str
) -> None:
    order, payment, _ = await a_paid_lot(saleroom, cashier, database_url)
    await bank.call("/v1/refunds", payment_intent=payment.payment_id)
    events = [first, "evt_refunded", "evt_succeeded", first]
    assert set(await statuses(cashier, order, payment, events)) == {OrderStatus.REFUNDED}
    assert await rows(database_url, BALANCED) == []


async def test_a_refund_whose_capture_was_never_heard_of_is_written_whole(
    saleroom: Saleroom, cashier: Cashier, database_url: str, bank: Bank
) -> None:
    order, (_, bob) = await a_won_lot(saleroom, database_url)
    method = await save_card(cashier, bob, "pm_card_visa")
    customer = (await rows(database_url, "select customer_id from payment_customers"))[0][0]
    payment = await cashier.provider.authorise(
        order, attempt=1, customer_id=customer, payment_method_id=method.method_id
    )
    await cashier.provider.capture(payment)
    await bank.call("/v1/refunds", payment_intent=payment.payment_id)
    assert await statuses(cashier, order, payment, ["evt_1", "evt_1", "evt_2"]) == [OrderStatus.REFUNDED] * 3
    kinds = [each[0] for each in await rows(database_url, "select kind from ledger_transfers order by posted_at")]
    assert kinds == ["sold", "captured", "refund"]
    assert await rows(database_url, BALANCED) == []


async def test_parts_given_back_at_the_provider_are_followed_in_the_ledger_and_the_order(
    saleroom: Saleroom, cashier: Cashier, database_url: str, bank: Bank
) -> None:
    order, payment, _ = await a_paid_lot(saleroom, cashier, database_url)
    total, seen = order.total.amount_minor, []
    for number, part in enumerate((total // 3, 1, total // 2, total - total // 3 - 1 - total // 2)):
        await bank.call("/v1/refunds", payment_intent=payment.payment_id, amount=str(part))
        events = [f"evt_{number}", f"evt_{number}", f"evt_{number}_again"]
        assert len(set(await statuses(cashier, order, payment, events))) == 1
        after = await the_order(cashier.sources, order.order_id)
        seen.append((after.status, total - after.refunded_minor))
    partly = OrderStatus.PARTLY_REFUNDED
    rest = total - total // 3
    assert seen == [(partly, rest), (partly, rest - 1), (partly, rest - 1 - total // 2), (OrderStatus.REFUNDED, 0)]
    assert len(await rows(database_url, "select 1 from ledger_transfers where kind = 'refund'")) == 4
    assert await rows(database_url, BALANCED) == []


async def test_staff_give_back_what_parts_have_left(
    saleroom: Saleroom, cashier: Cashier, database_url: str, bank: Bank
) -> None:
    order, payment, _ = await a_paid_lot(saleroom, cashier, database_url)
    await bank.call("/v1/refunds", payment_intent=payment.payment_id, amount="1000")
    assert await statuses(cashier, order, payment, ["evt_1"]) == [OrderStatus.PARTLY_REFUNDED]
    assert isinstance(await refund_order(saleroom.sources, STAFF, order.order_id, reason="the rest"), Order)
    await refund_payment(cashier, payment.payment_id)
    assert (await the_order(cashier.sources, order.order_id)).status is OrderStatus.REFUNDED
    assert await rows(database_url, BALANCED) == []


async def test_of_two_payments_that_both_came_for_an_order_one_goes_back(
    saleroom: Saleroom, cashier: Cashier, database_url: str
) -> None:
    order, first, bob = await a_paid_lot(saleroom, cashier, database_url)
    customer = (await rows(database_url, "select customer_id from payment_customers"))[0][0]
    method = await save_card(cashier, bob, "pm_card_amex")
    second = await cashier.provider.authorise(
        order, attempt=2, customer_id=customer, payment_method_id=method.method_id
    )
    await cashier.provider.capture(second)
    assert await statuses(cashier, order, second, ["evt_1", "evt_2"]) == [OrderStatus.PAID] * 2
    (job,) = await rows(database_url, "select payload from pgqueuer where entrypoint = 'payments.refund'")
    assert second.payment_id.encode() in job["payload"]
    for _ in range(2):
        await refund_payment(cashier, second.payment_id)
    assert await statuses(cashier, order, first, ["evt_3"]) == [OrderStatus.PAID]
    clearing = "select sum(amount_minor) from ledger_entries where account_id = 'clearing:stripe'"
    assert (await rows(database_url, clearing))[0][0] == -order.total.amount_minor
    kinds = {row[0] for row in await rows(database_url, "select kind from ledger_transfers")}
    assert kinds == {"sold", "captured", "surplus", "refund"}


async def test_a_reading_that_was_overtaken_is_taken_anew(
    saleroom: Saleroom, cashier: Cashier, database_url: str, bank: Bank
) -> None:
    order, payment, _ = await a_paid_lot(saleroom, cashier, database_url)
    dispute = await bank.dispute(payment.payment_id)
    old = await read_anew(cashier, payment.payment_id)
    assert old is not None
    assert old.payment.status is PaymentStatus.DISPUTED
    await bank.decide(dispute, "winning_evidence")
    assert await statuses(cashier, order, payment, ["evt_won"]) == [OrderStatus.PAID]
    await apply_payment(cashier, old, event_id="evt_slow")
    assert (await the_order(cashier.sources, order.order_id)).status is OrderStatus.PAID


@pytest.mark.parametrize(
    ("evidence", "end"), [("winning_evidence", OrderStatus.PAID), ("losing_evidence", OrderStatus.REFUNDED)]
)
async def test_a_dispute_ends_as_the_bank_decides(
    saleroom: Saleroom, cashier: Cashier, database_url: str, bank: Bank, evidence: str, end: OrderStatus
) -> None:
    order, payment, _ = await a_paid_lot(saleroom, cashier, database_url)
    dispute = await bank.dispute(payment.payment_id)
    assert await statuses(cashier, order, payment, ["evt_a", "evt_a"]) == [OrderStatus.DISPUTED] * 2
    await refund_payment(cashier, payment.payment_id)
    assert (await the_order(cashier.sources, order.order_id)).status is OrderStatus.DISPUTED, "nothing to give back"
    await bank.decide(dispute, evidence)
    assert await statuses(cashier, order, payment, ["evt_c", "evt_b", "evt_c"]) == [end] * 3
    captured = "select 1 from ledger_transfers where kind = 'captured'"
    assert len(await rows(database_url, captured)) == 1
    assert (await rows(database_url, BALANCED) == []) == (end is OrderStatus.REFUNDED)


async def test_every_order_of_the_events_of_a_dispute_that_was_lost_ends_the_same(
    saleroom: Saleroom, cashier: Cashier, database_url: str, bank: Bank
) -> None:
    order, payment, _ = await a_paid_lot(saleroom, cashier, database_url)
    await bank.decide(await bank.dispute(payment.payment_id), "losing_evidence")
    for number, events in enumerate(itertools.permutations(("created", "withdrawn", "closed"))):
        ended = await statuses(cashier, order, payment, [f"evt_{number}_{each}" for each in events])
        assert set(ended) == {OrderStatus.REFUNDED}
    assert len(await rows(database_url, "select 1 from ledger_transfers where kind = 'dispute'")) == 1


async def test_staff_give_a_payment_back_once_and_it_is_in_the_audit_log(
    saleroom: Saleroom, cashier: Cashier, database_url: str
) -> None:
    order, payment, bob = await a_paid_lot(saleroom, cashier, database_url)
    sources = saleroom.sources
    assert isinstance(await refund_order(sources, viewer(), order.order_id, reason="broken"), NotAllowed)
    assert isinstance(await refund_order(sources, STAFF, "no-order", reason="broken"), NotFound)
    for _ in range(2):
        assert isinstance(await refund_order(sources, STAFF, order.order_id, reason="broken"), Order)
    jobs = await rows(database_url, "select payload from pgqueuer where entrypoint = 'payments.refund'")
    assert len(jobs) == 1
    assert payment.payment_id.encode() in jobs[0]["payload"]
    await refund_payment(cashier, payment.payment_id)
    again = await refund_order(sources, STAFF, order.order_id, reason="broken")
    assert isinstance(again, WrongState)
    said = await rows(database_url, "select detail from audit_entries where action = 'order.refund-asked'")
    assert len(said) == 1
    assert isinstance(await pay_order(sources, account(bob), order.order_id), WrongState)


async def test_a_buyer_asks_for_another_try_after_a_decline_but_only_for_own_orders(
    saleroom: Saleroom, cashier: Cashier, database_url: str
) -> None:
    order, (ann, bob) = await a_won_lot(saleroom, database_url)
    await save_card(cashier, bob, "pm_card_chargeCustomerFail")
    for _ in range(4):
        await charge_order(cashier, order.order_id)
    assert isinstance(await pay_order(saleroom.sources, account(ann), order.order_id), NotFound)
    spent = await pay_order(saleroom.sources, account(bob), order.order_id)
    assert isinstance(spent, WrongState)
    assert spent.state == "NO_ATTEMPTS_LEFT"
    await rows(database_url, "update orders set attempts = 1")
    assert isinstance(await pay_order(saleroom.sources, account(bob), order.order_id), Order)
    asked = "select 1 from pgqueuer where entrypoint = 'orders.charge' and dedupe_key like '%:asked'"
    assert len(await rows(database_url, asked)) == 1
