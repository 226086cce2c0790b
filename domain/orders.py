"""Orders: who owes whom what for a thing, the declared steps of payment, and the platform's commission."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from domain.money import Money

PAYMENT_TERM = timedelta(hours=48)
"""The buyer pays within this time of winning."""
SECOND_CHANCE_TERM = timedelta(hours=48)
MOST_SECOND_CHANCES = 3
MOST_PAYMENT_ATTEMPTS = 4

_COMMISSION_PER_MILLE = 50
_LEAST_COMMISSION_MAJOR = 50


class OrderKind(Enum):
    """How the sale came about."""

    AUCTION = "auction"
    BUY_NOW = "buy-now"
    SECOND_CHANCE = "second-chance"
    FIXED_PRICE = "fixed-price"


class OrderStatus(Enum):
    """Where the money stands."""

    PAYMENT_DUE = "payment-due"
    ACTION_REQUIRED = "action-required"
    """The bank wants the buyer to confirm (3-D Secure)."""
    PAID = "paid"
    COMPLETED = "completed"
    DEFAULTED = "defaulted"
    CANCELLED = "cancelled"
    PARTLY_REFUNDED = "partly-refunded"
    """Paid, and a part of it went back."""
    REFUNDED = "refunded"
    DISPUTED = "disputed"


_S = OrderStatus

TRANSITIONS: Mapping[OrderStatus, frozenset[OrderStatus]] = {
    _S.PAYMENT_DUE: frozenset({_S.ACTION_REQUIRED, _S.PAID, _S.DEFAULTED, _S.CANCELLED}),
    _S.ACTION_REQUIRED: frozenset({_S.PAYMENT_DUE, _S.PAID, _S.DEFAULTED, _S.CANCELLED}),
    _S.PAID: frozenset({_S.COMPLETED, _S.PARTLY_REFUNDED, _S.REFUNDED, _S.DISPUTED}),
    _S.COMPLETED: frozenset({_S.PARTLY_REFUNDED, _S.REFUNDED, _S.DISPUTED}),
    _S.PARTLY_REFUNDED: frozenset({_S.REFUNDED, _S.DISPUTED}),
    _S.DISPUTED: frozenset({_S.PAID, _S.PARTLY_REFUNDED, _S.REFUNDED}),
    _S.DEFAULTED: frozenset(),
    _S.CANCELLED: frozenset(),
    _S.REFUNDED: frozenset(),
}
"""The only steps an order takes."""

OWING = frozenset({_S.PAYMENT_DUE, _S.ACTION_REQUIRED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A sale to be paid: the buyer owes `total`, of which the seller gets all but the `fee`."""

    order_id: str
    kind: OrderKind
    listing_id: str
    auction_id: str | None
    buyer_id: str
    seller_id: str
    total: Money
    fee: Money
    status: OrderStatus
    attempts: int
    due_at: datetime
    created_at: datetime
    updated_at: datetime
    refunded_minor: int = 0
    """How much of the total went back."""
    attempt_method_id: str | None = None
    """The payment method that the newest attempt charges, so that the attempt taken up again is the same one."""

    @property
    def refunded(self) -> Money:
        """How much of the total went back to the buyer, by refunds and lost disputes."""
        return Money(self.refunded_minor, self.total.currency)

    @property
    def net(self) -> Money:
        """What the seller gets."""
        return Money(self.total.amount_minor - self.fee.amount_minor, self.total.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """What was agreed: who buys what from whom, and for how much."""

    kind: OrderKind
    listing_id: str
    auction_id: str | None
    buyer_id: str
    seller_id: str
    total: Money


def open_order(deal: Deal, order_id: str, *, now: datetime) -> Order:
    """The order that a deal opens: payment is due, the commission is the seller's."""
    return Order(
        order_id=order_id,
        kind=deal.kind,
        listing_id=deal.listing_id,
        auction_id=deal.auction_id,
        buyer_id=deal.buyer_id,
        seller_id=deal.seller_id,
        total=deal.total,
        fee=commission(deal.total),
        status=OrderStatus.PAYMENT_DUE,
        attempts=0,
        due_at=now + PAYMENT_TERM,
        created_at=now,
        updated_at=now,
    )


def sources_of(wanted: OrderStatus) -> frozenset[OrderStatus]:
    """The states from which this one may be reached."""
    return frozenset(state for state, targets in TRANSITIONS.items() if wanted in targets)


def commission(price: Money) -> Money:
    """The seller's fee: 5 % rounded half up to a minor unit, at least 50 major units, never more than the price."""
    share = (price.amount_minor * _COMMISSION_PER_MILLE + 500) // 1000
    least = _LEAST_COMMISSION_MAJOR * 10**price.exponent
    return Money(min(price.amount_minor, max(share, least)), price.currency)


@dataclass(frozen=True, slots=True)
class RunnerUp:
    """A bidder who may be offered the lot for the own maximum when the winner does not pay."""

    bidder_id: str
    max_minor: int
