"""Increments: the row that contains a price gives the step, and the ladder never stalls."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.increments import IncrementPolicy, IncrementPolicyError, IncrementRow, default_policy
from domain.money import Money


@pytest.mark.parametrize(
    ("price", "step"),
    [(0, 5), (99, 5), (100, 25), (499, 25), (500, 50), (2_499, 50), (2_500, 100), (9_999, 100), (10_000, 250),
     (24_999, 250), (25_000, 500), (50_000, 1_000), (100_000, 2_500), (250_000, 5_000), (499_999, 5_000),
     (500_000, 10_000), (10**12, 10_000)],
)  # fmt: skip
def test_the_default_table_steps_as_the_rules_say(price: int, step: int) -> None:
    assert default_policy("ZAR").step(price) == step


def test_a_currency_without_minor_units_never_has_a_step_below_one() -> None:
    policy = default_policy("JPY")
    assert policy.step(0) == 1
    assert policy.step(3_000) == 50


@given(st.integers(min_value=0, max_value=2**50))
def test_every_price_has_a_higher_next_minimum(price: int) -> None:
    assert default_policy("ZAR").next_minimum(price) > price


def test_next_amounts_climb_over_the_edge_of_a_row() -> None:
    amounts = default_policy("ZAR").next_amounts(Money(9_900, "ZAR"), 4)
    assert [each.amount_minor for each in amounts] == [9_900, 10_000, 10_250, 10_500]


@pytest.mark.parametrize("rows", [(), ((5, 1),), ((0, 0),), ((0, 1), (0, 2)), ((0, 1), (9, 1), (5, 1))])
def test_a_table_with_holes_is_refused(rows: tuple[tuple[int, int], ...]) -> None:
    with pytest.raises(IncrementPolicyError):
        IncrementPolicy("broken", tuple(IncrementRow(*row) for row in rows))
