"""The live state of a lot, how a bid moves it, and the fold that gives the same state from its log."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any

from domain.auctions import LotTerms, ReserveStatus
from domain.increments import IncrementPolicy

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class LotPhase(Enum):
    """Whether a lot takes bids; one that has not started yet is open with a start in the future."""

    OPEN = "open"
    PAUSED = "paused"
    CLOSING = "closing"
    """Frozen: late bids are fenced off and the result is being written."""
    CLOSED = "closed"
    CANCELLED = "cancelled"


class EntryKind(Enum):
    """What a line of a lot's log says."""

    BID = "bid"
    BOUGHT = "bought"
    RETRACTED = "retracted"
    VOIDED = "voided"
    RESERVE_LOWERED = "reserve-lowered"
    PAUSED = "paused"
    RESUMED = "resumed"
    CLOSING = "closing"
    CLOSED = "closed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class LotEntry:
    """One line of the log: what happened, and how the lot stood afterwards."""

    auction_id: str
    seq: int
    epoch: int
    kind: EntryKind
    at: datetime
    bidder_id: str | None = None
    max_minor: int | None = None
    is_exact: bool = False
    idempotency_key: str | None = None
    price_minor: int | None = None
    leader_id: str | None = None
    previous_leader_id: str | None = None
    ends_at: datetime
    reserve_status: ReserveStatus
    bid_count: int
    detail: Mapping[str, Any] = field(default_factory=dict)
    follows: str = ""
    """The mark of the line that this one was decided upon; only fresh decisions carry it, for the journal to check."""

    @property
    def mark(self) -> str:
        """What tells this line from any other that a rolled-back live state could put in its place."""
        return f"{(self.at - _EPOCH) // _MILLISECOND}:{self.bidder_id or ''}"

    @property
    def removed_seqs(self) -> frozenset[int]:
        """The bids that this line takes back."""
        is_removal = self.kind in {EntryKind.RETRACTED, EntryKind.VOIDED}
        return frozenset(self.detail["seqs"]) if is_removal else frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class LotState:
    """How a lot stands; `version` is the sequence of its newest log line."""

    phase: LotPhase
    version: int
    price_minor: int | None
    leader_id: str | None
    max_minor: int | None
    """The leader's maximum; only its owner may see it."""
    reserve_minor: int | None
    bid_count: int
    ends_at: datetime
    """The effective end."""
    cap_at: datetime
    paused_at: datetime | None = None

    @property
    def reserve_status(self) -> ReserveStatus:
        """Whether the price has reached the reserve."""
        if self.reserve_minor is None:
            return ReserveStatus.NO_RESERVE
        is_met = self.price_minor is not None and self.price_minor >= self.reserve_minor
        return ReserveStatus.MET if is_met else ReserveStatus.NOT_MET


def opening_state(terms: LotTerms) -> LotState:
    """A lot before its first log line."""
    return LotState(
        phase=LotPhase.OPEN,
        version=0,
        price_minor=None,
        leader_id=None,
        max_minor=None,
        reserve_minor=terms.reserve_minor,
        bid_count=0,
        ends_at=terms.ends_at,
        cap_at=terms.ends_at + terms.soft_close.cap,
    )


def resolve(state: LotState, policy: IncrementPolicy, start_minor: int, entry: "Offer") -> LotState:
    """How an accepted bid moves price and leader (auction rules, proxy resolution); the end and version stay.

    Total on purpose: after a retraction the log is folded again without judging later bids anew.
    """
    offer, leader_max = entry.max_minor, state.max_minor
    if leader_max is None or state.price_minor is None:
        price, leader, top = (offer if entry.is_exact else start_minor), entry.bidder_id, offer
    elif entry.bidder_id == state.leader_id:
        top = max(offer, leader_max)
        price = top if entry.is_exact and offer > leader_max else state.price_minor
        leader = entry.bidder_id
    elif offer > leader_max:
        price = offer if entry.is_exact else min(offer, policy.next_minimum(leader_max))
        leader, top = entry.bidder_id, offer
    else:
        price, top = min(leader_max, policy.next_minimum(offer)), leader_max
        leader = state.leader_id or entry.bidder_id
    price = max(price, state.price_minor or 0)
    moved = replace(state, price_minor=price, leader_id=leader, max_minor=top, bid_count=state.bid_count + 1)
    return lift_to_reserve(moved)


@dataclass(frozen=True, slots=True)
class Offer:
    """The part of a bid that moves a lot: who, up to what, and whether exactly that."""

    bidder_id: str
    max_minor: int
    is_exact: bool


def lift_to_reserve(state: LotState) -> LotState:
    """The price jumps to the reserve as soon as the leader's maximum reaches it."""
    reserve, price, top = state.reserve_minor, state.price_minor, state.max_minor
    if reserve is None or price is None or top is None or top < reserve or price >= reserve:
        return state
    return replace(state, price_minor=reserve)


def fold(terms: LotTerms, entries: Iterable[LotEntry], *, also_removed: frozenset[int] = frozenset()) -> LotState:
    """The state that a log leads to: bids taken back are skipped, later ones are not judged anew.

    Ends are taken from the lines as written: an extension stays although the bid behind it falls.
    """
    log = tuple(entries)
    removed = also_removed.union(*(entry.removed_seqs for entry in log))
    state = opening_state(terms)
    for entry in log:
        state = _step(terms, state, entry, is_removed=entry.seq in removed)
        state = replace(state, version=entry.seq, ends_at=entry.ends_at)
    return state


def _step(terms: LotTerms, state: LotState, entry: LotEntry, *, is_removed: bool) -> LotState:
    match entry.kind:
        case EntryKind.BID if not is_removed and entry.bidder_id is not None and entry.max_minor is not None:
            offer = Offer(entry.bidder_id, entry.max_minor, entry.is_exact)
            return resolve(state, terms.policy, terms.start_minor, offer)
        case EntryKind.BOUGHT:
            return bought(state, entry.bidder_id, entry.price_minor)
        case EntryKind.RESERVE_LOWERED:
            return lift_to_reserve(replace(state, reserve_minor=entry.detail["reserve_minor"]))
        case EntryKind.PAUSED:
            return replace(state, phase=LotPhase.PAUSED, paused_at=entry.at)
        case EntryKind.RESUMED:
            moved_cap = state.cap_at + (entry.ends_at - state.ends_at)
            return replace(state, phase=LotPhase.OPEN, paused_at=None, cap_at=moved_cap)
        case EntryKind.CLOSING | EntryKind.CLOSED | EntryKind.CANCELLED:
            return replace(state, phase=LotPhase(entry.kind.value), paused_at=None)
        case _:
            return state


def bought(state: LotState, buyer_id: str | None, price_minor: int | None) -> LotState:
    """A lot bought at once: the buyer leads at that price and nothing more is taken."""
    return replace(
        state,
        phase=LotPhase.CLOSING,
        price_minor=price_minor,
        leader_id=buyer_id,
        max_minor=price_minor,
        bid_count=state.bid_count + 1,
    )
