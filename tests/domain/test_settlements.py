"""Settlements: whatever readings of a payment are settled and however often, orders and ledger end the same."""

from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from domain.ledger import CLEARING, Transfer, buyer_account, sold
from domain.money import Money
from domain.orders import Order, OrderStatus
from domain.payments import COLLECTED, Payment, PaymentStatus, Reversal, ReversalKind
from domain.settlements import Heard, settle
from tests.domain.test_ledger import an_order, held

TOTAL = 100_000


class Record:
    """What the database does with settlements, without a database."""

    def __init__(self, status: OrderStatus = OrderStatus.PAYMENT_DUE) -> None:
        self.order: Order = replace(an_order(TOTAL), status=status)
        self.posted: dict[str, Transfer] = {}
        self.heard = Heard()

    def take(self, payment: Payment) -> None:
        done = settle(self.order, payment, replace(self.heard, posted=self.posted.keys()))
        for each in done.transfers:
            assert each.transfer_id not in self.posted
            self.posted[each.transfer_id] = each
        self.heard = Heard(payment.status in COLLECTED, done.is_surplus)
        status = done.steps[-1] if done.steps else self.order.status
        self.order = replace(self.order, status=status, refunded_minor=done.refunded_minor)

    @property
    def balances(self) -> dict[str, int]:
        return held(*self.posted.values())


def a_payment(*reversals: Reversal, status: PaymentStatus = PaymentStatus.SUCCEEDED) -> Payment:
    payment = Payment(payment_id="pi", order_id="o", attempt=1, amount=Money(TOTAL, "ZAR"), status=status)
    return replace(payment, reversals=reversals)


def refund(number: int, minor: int, *, has_failed: bool = False) -> Reversal:
    return Reversal(f"re_{number}", ReversalKind.REFUND, minor, has_failed)


REFUNDS = st.lists(st.integers(min_value=1, max_value=TOTAL // 6), max_size=6)


@given(REFUNDS, st.randoms(use_true_random=False), st.sampled_from([OrderStatus.PAYMENT_DUE, OrderStatus.DEFAULTED]))
def test_readings_left_out_or_repeated_end_as_all_of_them(amounts: list[int], rng: Random, at: OrderStatus) -> None:
    parts = [refund(number, minor, has_failed=minor % 5 == 0) for number, minor in enumerate(amounts)]
    readings = [a_payment(*parts[:count]) for count in range(len(parts) + 1)]
    told, skipped = Record(at), Record(at)
    for each in readings:
        told.take(each)
        told.take(each)
        if rng.random() < 0.4:
            skipped.take(each)
    skipped.take(readings[-1])
    assert skipped.balances == told.balances
    assert (skipped.order, skipped.heard) == (told.order, told.heard)


@given(REFUNDS)
def test_the_clearing_account_holds_what_the_provider_does(amounts: list[int]) -> None:
    for at in (OrderStatus.PAYMENT_DUE, OrderStatus.DEFAULTED):
        record = Record(at)
        record.take(a_payment(*(refund(number, minor) for number, minor in enumerate(amounts))))
        assert record.balances.get(CLEARING, 0) == sum(amounts) - TOTAL


def test_parts_of_a_payment_go_back_one_by_one_to_the_whole() -> None:
    record, parts = Record(), [refund(1, 30_000), refund(2, 20_000), refund(3, 50_000)]
    seen = []
    for count in range(4):
        record.take(a_payment(*parts[:count]))
        seen.append((record.order.status, record.order.refunded_minor))
    partly = OrderStatus.PARTLY_REFUNDED
    assert seen == [(OrderStatus.PAID, 0), (partly, 30_000), (partly, 50_000), (OrderStatus.REFUNDED, 100_000)]
    assert record.balances == {account: -minor for account, minor in held(sold(record.order)).items()}


def test_a_dispute_after_a_part_was_refunded_leads_back_to_the_part_when_it_is_won() -> None:
    record, part = Record(), refund(1, 30_000)
    for status in (PaymentStatus.SUCCEEDED, PaymentStatus.DISPUTED, PaymentStatus.SUCCEEDED):
        record.take(a_payment(part, status=status))
    seen = [record.order.status]
    lost = Reversal("dp_1", ReversalKind.DISPUTE, 70_000)
    for reading in (
        a_payment(part, status=PaymentStatus.DISPUTED),
        a_payment(part, lost, status=PaymentStatus.REFUNDED),
    ):
        record.take(reading)
        seen.append(record.order.status)
    assert seen == [OrderStatus.PARTLY_REFUNDED, OrderStatus.DISPUTED, OrderStatus.REFUNDED]


def test_a_refund_that_the_bank_did_not_take_is_owed_to_the_buyer() -> None:
    record = Record()
    record.take(a_payment(refund(1, 30_000)))
    record.take(a_payment(refund(1, 30_000, has_failed=True)))
    assert record.balances[buyer_account("b")] == TOTAL + 30_000, "without the sale, which is not posted here"
    record.take(a_payment(refund(1, 30_000, has_failed=True), refund(2, 30_000)))
    assert record.order.refunded_minor == 60_000


def test_money_that_nobody_owes_goes_back_and_leaves_the_order_alone() -> None:
    order = replace(an_order(TOTAL), status=OrderStatus.PAID)
    done = settle(order, replace(a_payment(), payment_id="pi_2"), Heard())
    assert (done.steps, done.is_surplus, done.is_to_go_back) == ((), True, True)
    assert held(*done.transfers) == {CLEARING: -TOTAL, buyer_account("b"): TOTAL}
    won = Heard(is_collected=True, is_surplus=True, is_disputed=True)
    again = [settle(order, a_payment(), heard).is_to_go_back for heard in (won, replace(won, is_disputed=False))]
    assert again == [True, False], "once, and once more when a dispute no longer holds it"
    back = settle(
        order, a_payment(refund(1, TOTAL), status=PaymentStatus.REFUNDED), Heard(is_collected=True, is_surplus=True)
    )
    assert (back.steps, back.refunded_minor, back.is_to_go_back) == ((), 0, False)
    assert held(*done.transfers, *back.transfers) == {}


def test_an_attempt_that_is_not_the_newest_says_nothing_of_the_order() -> None:
    order = replace(an_order(TOTAL), status=OrderStatus.ACTION_REQUIRED, attempts=2)
    failed = a_payment(status=PaymentStatus.FAILED)
    assert settle(order, failed, Heard()).steps == ()
    assert settle(order, replace(failed, attempt=2), Heard()).steps == (OrderStatus.PAYMENT_DUE,)
