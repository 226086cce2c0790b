"""Ledger transfers of an order: each balances, and together they leave what the order's end says."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ledger import (
    LedgerLine,
    Transfer,
    UnbalancedTransferError,
    captured,
    fallen_through,
    reversed_payment,
    seller_available,
    sold,
)
from domain.money import Money
from domain.orders import Order, OrderKind, OrderStatus, commission
from domain.payments import Reversal, ReversalKind

AT = datetime(2026, 5, 1, tzinfo=UTC)


def an_order(total: int) -> Order:
    price = Money(total, "ZAR")
    return Order(
        order_id="o",
        kind=OrderKind.AUCTION,
        listing_id="l",
        auction_id="a",
        buyer_id="b",
        seller_id="s",
        total=price,
        fee=commission(price),
        status=OrderStatus.PAYMENT_DUE,
        attempts=0,
        due_at=AT,
        created_at=AT,
        updated_at=AT,
    )


def held(*transfers: Transfer) -> dict[str, int]:
    sums: dict[str, int] = {}
    for line in (line for transfer in transfers for line in transfer.lines):
        sums[line.account_id] = sums.get(line.account_id, 0) + line.amount.amount_minor
    return {account: amount for account, amount in sums.items() if amount}


@given(st.integers(min_value=1, max_value=2**50))
def test_a_sale_that_falls_through_leaves_nothing(total: int) -> None:
    assert held(sold(an_order(total)), fallen_through(an_order(total))) == {}


@given(st.lists(st.integers(min_value=1, max_value=2**40), min_size=1, max_size=6))
def test_a_sale_refunded_in_parts_leaves_nothing(parts: list[int]) -> None:
    order = an_order(sum(parts))
    transfers, left = [sold(order), captured(order)], sum(parts)
    for number, part in enumerate(parts):
        reversal = Reversal(f"re_{number}", ReversalKind.REFUND, part)
        transfers.append(reversed_payment(order, reversal, left_minor=left))
        left -= part
    assert held(*transfers) == {}


def test_a_paid_sale_leaves_the_sellers_share_and_the_fee() -> None:
    order = an_order(100_000)
    assert held(sold(order), captured(order)) == {
        seller_available("s"): 95_000,
        "platform:fees:earned": 5_000,
        "clearing:stripe": -100_000,
    }


def test_lines_that_do_not_balance_are_a_bug() -> None:
    with pytest.raises(UnbalancedTransferError):
        Transfer("t", "k", None, (LedgerLine("a", Money(1, "ZAR")), LedgerLine("b", Money(-1, "USD"))))
