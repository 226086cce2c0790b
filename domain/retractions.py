"""Taking bids back: only for declared reasons, within time limits, and never in the soft-close window."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from domain.auctions import LotTerms
from domain.lots import EntryKind, LotEntry, LotPhase, LotState

_LATE = timedelta(hours=12)
_LATE_GRACE = timedelta(hours=1)


class RetractionReason(Enum):
    """The only reasons for which a bidder may take a bid back."""

    TYPING_ERROR = "typing-error"
    DESCRIPTION_CHANGED = "description-changed"
    SELLER_UNREACHABLE = "seller-unreachable"


class RetractionRefusal(Enum):
    """Why a bid stays."""

    NOT_OPEN = "NOT_OPEN"
    NO_BID = "NO_BID"
    TOO_LATE = "TOO_LATE"


RETRACTION_SENTENCES = {
    RetractionRefusal.NOT_OPEN: "Bids can be taken back only while the lot runs.",
    RetractionRefusal.NO_BID: "There is no such bid that still stands.",
    RetractionRefusal.TOO_LATE: "It is too late to take this bid back.",
}


@dataclass(frozen=True, slots=True)
class Removal:
    """The bids, by sequence, that fall together."""

    seqs: frozenset[int]


def judge_retraction(
    terms: LotTerms, state: LotState, entries: Iterable[LotEntry], bidder_id: str, *, now: datetime
) -> Removal | RetractionRefusal:
    """Which of the bidder's bids fall (auction rules, retraction).

    With more than twelve hours to go all of them; later only the newest, if it was placed within these twelve hours
    and within the last hour; in the soft-close window none.
    """
    log = tuple(entries)
    if state.phase is not LotPhase.OPEN or now >= state.ends_at:
        return RetractionRefusal.NOT_OPEN
    standing = _standing(log, bidder_id)
    if not standing:
        return RetractionRefusal.NO_BID
    if state.ends_at - now <= terms.soft_close.window:
        return RetractionRefusal.TOO_LATE
    if state.ends_at - now > _LATE:
        return Removal(frozenset(entry.seq for entry in standing))
    newest = standing[-1]
    if state.ends_at - newest.at > _LATE or now - newest.at > _LATE_GRACE:
        return RetractionRefusal.TOO_LATE
    return Removal(frozenset({newest.seq}))


def judge_void(state: LotState, entries: Iterable[LotEntry], seq: int, *, now: datetime) -> Removal | RetractionRefusal:
    """Whether staff may strike this bid: at any time until the lot ends, paused or not."""
    if state.phase is not LotPhase.PAUSED and (state.phase is not LotPhase.OPEN or now >= state.ends_at):
        return RetractionRefusal.NOT_OPEN
    log = tuple(entries)
    struck = {each for entry in log for each in entry.removed_seqs}
    is_standing = any(entry.seq == seq and entry.kind is EntryKind.BID and seq not in struck for entry in log)
    return Removal(frozenset({seq})) if is_standing else RetractionRefusal.NO_BID


def greatest_left(entries: Iterable[LotEntry], bidder_id: str, removal: Removal) -> int | None:
    """The bidder's greatest offer that still stands once these bids have fallen."""
    standing = _standing(tuple(entries), bidder_id)
    return max((entry.max_minor or 0 for entry in standing if entry.seq not in removal.seqs), default=None)


def _standing(log: tuple[LotEntry, ...], bidder_id: str) -> list[LotEntry]:
    struck = {seq for entry in log for seq in entry.removed_seqs}
    return [
        entry
        for entry in log
        if entry.kind is EntryKind.BID and entry.bidder_id == bidder_id and entry.seq not in struck
    ]
