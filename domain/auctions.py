"""Auctions as defined in content: kinds, states and their declared steps, soft close, and the lots of a sale."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from domain.increments import IncrementPolicy
from domain.money import Money


class AuctionKind(Enum):
    """How the price is found."""

    ENGLISH_TIMED = "english-timed"
    """Ends by the clock; bidders give a maximum and the lot bids for them."""
    LIVE = "live"
    """First price, led by an operator: every bid is for exactly its amount."""


class AuctionStatus(Enum):
    """Where an auction stands (X-08); an extended auction is an open one whose end has moved."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    OPEN = "open"
    PAUSED = "paused"
    CLOSING = "closing"
    SOLD = "sold"
    PASSED = "passed"
    """Ended without a sale: no bids, or the reserve was not met."""
    CANCELLED = "cancelled"
    PAYMENT_DUE = "payment-due"
    PAID = "paid"
    DEFAULTED = "defaulted"


_S = AuctionStatus

TRANSITIONS: Mapping[AuctionStatus, frozenset[AuctionStatus]] = {
    _S.DRAFT: frozenset({_S.SCHEDULED, _S.CANCELLED}),
    _S.SCHEDULED: frozenset({_S.DRAFT, _S.OPEN, _S.CLOSING, _S.CANCELLED}),
    _S.OPEN: frozenset({_S.PAUSED, _S.CLOSING, _S.CANCELLED}),
    _S.PAUSED: frozenset({_S.OPEN, _S.CANCELLED}),
    _S.CLOSING: frozenset({_S.SOLD, _S.PASSED}),
    _S.SOLD: frozenset({_S.PAYMENT_DUE}),
    _S.PASSED: frozenset(),
    _S.CANCELLED: frozenset(),
    _S.PAYMENT_DUE: frozenset({_S.PAID, _S.DEFAULTED}),
    _S.PAID: frozenset(),
    _S.DEFAULTED: frozenset({_S.PAYMENT_DUE}),
}
"""The only steps an auction takes; ``DEFAULTED -> PAYMENT_DUE`` is a second chance taken up by a runner-up."""


class ReserveStatus(Enum):
    """What anyone may know of the reserve; its amount is never shown."""

    NO_RESERVE = "none"
    NOT_MET = "not-met"
    MET = "met"


class BuyNowUntil(Enum):
    """When the chance to buy at once ends."""

    FIRST_BID = "first-bid"
    RESERVE_MET = "reserve-met"


@dataclass(frozen=True, slots=True)
class SoftClose:
    """A late bid moves the end: inside `window` to `extension` from now, never more than `cap` past the schedule."""

    window: timedelta = timedelta(seconds=120)
    extension: timedelta = timedelta(seconds=120)
    cap: timedelta = timedelta(hours=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class LotTerms:
    """What a lot is sold under; frozen when it opens. Amounts are minor units of `currency`."""

    auction_id: str
    kind: AuctionKind
    currency: str
    seller_id: str
    """The seller's public profile, which must not bid."""
    starts_at: datetime
    ends_at: datetime
    start_minor: int
    reserve_minor: int | None
    buy_now_minor: int | None
    buy_now_until: BuyNowUntil
    policy: IncrementPolicy
    soft_close: SoftClose


@dataclass(frozen=True, slots=True, kw_only=True)
class Auction:
    """An auction as cached from content (S0-022); what moves while it runs is in the lot's live state."""

    auction_id: str
    revision: str
    listing_id: str
    sale_id: str | None
    lot_number: int | None
    title: str
    terms: LotTerms
    status: AuctionStatus
    epoch: int
    """How often the live state was rebuilt; writers of an older epoch are fenced off."""
    updated_at: datetime

    @property
    def start_price(self) -> Money:
        """The least first bid."""
        return Money(self.terms.start_minor, self.terms.currency)

    @property
    def buy_now_price(self) -> Money | None:
        """What buying at once costs, where it is offered."""
        return None if self.terms.buy_now_minor is None else Money(self.terms.buy_now_minor, self.terms.currency)

    @property
    def starts_at(self) -> datetime:
        """When bidding opens."""
        return self.terms.starts_at

    @property
    def scheduled_end_at(self) -> datetime:
        """The end as planned in content; the effective end lives with the bids (X-03)."""
        return self.terms.ends_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """Several lots under one title whose ends follow each other."""

    sale_id: str
    revision: str
    title: str
    starts_at: datetime
    ends_at: datetime
    """The end of the first lot."""
    lot_gap: timedelta
    auction_ids: tuple[str, ...]

    def lot_end(self, position: int) -> datetime:
        """The scheduled end of the lot at this position, counted from zero; an extension moves only its own lot."""
        return self.ends_at + position * self.lot_gap


def can_step(current: AuctionStatus, wanted: AuctionStatus) -> bool:
    """Whether the step is declared."""
    return wanted in TRANSITIONS[current]
