"""What a lot that has ended led to: sold to whom and for how much, or passed and why."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from domain.auctions import ReserveStatus
from domain.lots import LotEntry, LotState
from domain.orders import RunnerUp


class Outcome(Enum):
    """Whether the lot found a buyer."""

    SOLD = "sold"
    PASSED = "passed"


class OutcomeReason(Enum):
    """Why."""

    HIGHEST_BID = "highest-bid"
    BOUGHT_AT_ONCE = "bought-at-once"
    NO_BIDS = "no-bids"
    RESERVE_NOT_MET = "reserve-not-met"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuctionResult:
    """The canonical result of a lot."""

    auction_id: str
    outcome: Outcome
    reason: OutcomeReason
    winner_id: str | None
    price_minor: int | None
    closing_seq: int
    bid_count: int
    ended_at: datetime


def judge_result(auction_id: str, state: LotState, log: tuple[LotEntry, ...], *, has_bought: bool) -> AuctionResult:
    """The result that a frozen lot's folded log gives (auction rules, finalise)."""
    if state.leader_id is None or state.price_minor is None:
        outcome, reason = Outcome.PASSED, OutcomeReason.NO_BIDS
    elif has_bought:
        outcome, reason = Outcome.SOLD, OutcomeReason.BOUGHT_AT_ONCE
    elif state.reserve_status is ReserveStatus.NOT_MET:
        outcome, reason = Outcome.PASSED, OutcomeReason.RESERVE_NOT_MET
    else:
        outcome, reason = Outcome.SOLD, OutcomeReason.HIGHEST_BID
    is_sold = outcome is Outcome.SOLD
    return AuctionResult(
        auction_id=auction_id,
        outcome=outcome,
        reason=reason,
        winner_id=state.leader_id if is_sold else None,
        price_minor=state.price_minor if is_sold else None,
        closing_seq=log[-1].seq if log else 0,
        bid_count=state.bid_count,
        ended_at=state.ends_at,
    )


def runner_ups(log: tuple[LotEntry, ...], *, without: frozenset[str]) -> tuple[RunnerUp, ...]:
    """Bidders by their greatest standing offer, the earlier of equal ones first."""
    struck = {seq for entry in log for seq in entry.removed_seqs}
    best: dict[str, tuple[int, int]] = {}
    for entry in log:
        if entry.bidder_id and entry.max_minor is not None and entry.seq not in struck:
            before = best.get(entry.bidder_id)
            if before is None or entry.max_minor > -before[0]:
                best[entry.bidder_id] = (-entry.max_minor, entry.seq)
    ordered = sorted((key, bidder) for bidder, key in best.items() if bidder not in without)
    return tuple(RunnerUp(bidder, -key[0]) for key, bidder in ordered)
