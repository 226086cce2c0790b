"""What the new lines of a lot's journal mean for the people behind them."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.lots import EntryKind, LotEntry
from domain.notifications import NotificationKind

_OFFERS = frozenset({EntryKind.BID, EntryKind.BOUGHT})


@dataclass(frozen=True, slots=True)
class LotNews:
    """What is to be told: whose standing others have changed, and how many bids the seller has not heard of."""

    standings: tuple[tuple[str, NotificationKind, int], ...]
    """Bidder, what happened to them, and the line that did it."""
    new_bids: int


def read_news(leader_before: str | None, lines: Sequence[LotEntry]) -> LotNews:
    """The news of lines in order: how each bidder stands after the last one, where others brought that about.

    What came of somebody's own bid was its answer, so it is no news; and who lost the lead and has it again, or the
    other way round, stands as before.
    """
    leader, took, lost, offered = leader_before, set[str](), dict[str, int](), dict[str, int]()
    gained_at = 0
    for line in lines:
        if line.kind in _OFFERS and line.bidder_id is not None:
            offered[line.bidder_id] = line.seq
        if line.leader_id != leader:
            if leader is not None and line.kind in _OFFERS and line.bidder_id != leader:
                lost[leader] = line.seq
            if line.kind in _OFFERS and line.leader_id == line.bidder_id and line.bidder_id is not None:
                took.add(line.bidder_id)
            leader, gained_at = line.leader_id, line.seq
    had_it = took | ({leader_before} if leader_before is not None else set())
    standings = [
        (bidder, NotificationKind.OUTBID, seq)
        for bidder, seq in lost.items()
        if bidder != leader and bidder in had_it and offered.get(bidder, 0) < seq
    ]
    if leader is not None and leader not in had_it:
        standings.append((leader, NotificationKind.LEADING_AGAIN, gained_at))
    return LotNews(tuple(standings), sum(line.kind in _OFFERS for line in lines))
