"""Orders: declared steps only, and a commission that never exceeds the price."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import Money
from domain.orders import TRANSITIONS, OrderStatus, commission, sources_of


def test_every_state_declares_its_steps() -> None:
    assert set(TRANSITIONS) == set(OrderStatus)


@pytest.mark.parametrize("state", [OrderStatus.DEFAULTED, OrderStatus.CANCELLED, OrderStatus.REFUNDED])
def test_an_order_that_fell_through_stays_so(state: OrderStatus) -> None:
    assert not TRANSITIONS[state]
    assert state not in sources_of(OrderStatus.PAID)


@pytest.mark.parametrize(
    ("price", "fee"), [(10_000_000, 500_000), (100_010, 5_001), (100_009, 5_000), (20_000, 5_000), (3_000, 3_000)]
)
def test_the_commission_is_five_percent_and_at_least_fifty_rand(price: int, fee: int) -> None:
    assert commission(Money(price, "ZAR")) == Money(fee, "ZAR")


@given(st.integers(min_value=0, max_value=2**50))
def test_the_commission_never_exceeds_the_price(price: int) -> None:
    assert 0 <= commission(Money(price, "ZAR")).amount_minor <= price
