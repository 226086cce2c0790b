"""What watchers of a lot are shown: public lines of its log, a snapshot at the start, a gap where lines are missing."""

from dataclasses import dataclass
from datetime import datetime

from domain.auctions import ReserveStatus
from domain.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class LotEvent:
    """What every event says; `version` is the sequence of the lot's log."""

    auction_id: str
    cursor: str
    version: int
    at: datetime
    price: Money | None
    leader: str | None
    """The leader's pseudonym."""
    bid_count: int
    reserve_status: ReserveStatus
    effective_end_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LotSnapshot(LotEvent):
    """How the lot stands; what follows it are changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LotGap(LotEvent):
    """Events before this cannot be shown any more; this is how the lot stands now."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LotBid(LotEvent):
    """A bid was recorded."""

    bidder: str
    has_new_leader: bool
    has_bought: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LotBidsRemoved(LotEvent):
    """Bids were taken back or struck; price and leader are folded anew."""

    bidder: str
    removed: tuple[int, ...]
    reason: str
    is_void: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LotStatusChanged(LotEvent):
    """The lot was paused, resumed, cancelled, frozen, or its reserve was lowered."""

    change: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LotClosed(LotEvent):
    """The result stands."""

    outcome: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MyBidUpdate:
    """What a lot's newest line means for the viewer."""

    auction_id: str
    version: int
    at: datetime
    standing: str
    """leading, outbid, won or lost."""
    price: Money | None
    effective_end_at: datetime
