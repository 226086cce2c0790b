"""Auctions: declared steps only, and the cascading ends of a sale."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.auctions import TRANSITIONS, AuctionStatus, Sale, can_step


def test_every_state_declares_its_steps() -> None:
    assert set(TRANSITIONS) == set(AuctionStatus)


@pytest.mark.parametrize("state", [AuctionStatus.PAID, AuctionStatus.PASSED, AuctionStatus.CANCELLED])
def test_final_states_lead_nowhere(state: AuctionStatus) -> None:
    assert not TRANSITIONS[state]


def test_every_state_but_the_first_can_be_reached() -> None:
    reached = {AuctionStatus.DRAFT}
    for _ in AuctionStatus:
        reached |= {target for state in reached for target in TRANSITIONS[state]}
    assert reached == set(AuctionStatus)


def test_a_lot_is_paid_only_after_it_was_sold() -> None:
    assert not can_step(AuctionStatus.OPEN, AuctionStatus.PAID)
    assert can_step(AuctionStatus.PAYMENT_DUE, AuctionStatus.PAID)


def test_the_lots_of_a_sale_end_one_after_another() -> None:
    ends = datetime(2026, 5, 1, 20, tzinfo=UTC)
    sale = Sale(
        sale_id="s",
        revision="r",
        title="Tractors",
        starts_at=ends - timedelta(days=1),
        ends_at=ends,
        lot_gap=timedelta(minutes=2),
        auction_ids=("a", "b", "c"),
    )
    assert [sale.lot_end(position) for position in range(3)] == [ends + timedelta(minutes=2 * i) for i in range(3)]
