"""Deciding bids in the live state: one script per bid, atomically, by the store's own clock."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from datasources.redis.lot_lines import from_ms, read_line
from datasources.redis.lot_scripts import BUY_NOW, PLACE_BID
from datasources.redis.scripts import Script
from domain.bids import BidAsk, BuyNowAsk, RejectionCode
from domain.lots import LotEntry


class Taken(Enum):
    """How a bid that was taken left its bidder."""

    LEADING = "leading"
    OUTBID = "outbid"
    BOUGHT = "bought"


class Undecided(Enum):
    """Why the script did not judge the bid at all."""

    MISSING = "missing"
    """The lot's live state is not there: it has to be rebuilt from the journal."""
    CONFLICT = "conflict"
    """The key was used before with another input."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BidDecision:
    """A judged bid. One that was taken has a log entry, which counts only once the journal has it.

    One that was refused was refused in the light of every line so far, so it waits for them just the same.
    """

    outcome: Taken | RejectionCode
    is_replayed: bool = False
    journalled_seq: int = 0
    at: datetime
    minimum_next_minor: int | None
    my_max_minor: int | None = None
    entry: LotEntry | None = None
    epoch: int = field(default=0, compare=False)
    seq: int = field(default=0, compare=False)
    """The live state that judged: its epoch and newest line."""


def lot_keys(auction_id: str) -> tuple[str, ...]:
    """Every key of a lot, in the order the scripts know them; one hash tag puts them on one cluster node."""
    lot = f"lot:{{{auction_id}}}"
    return tuple(f"{lot}:{part}" for part in ("state", "pending", "answers", "bidders", "top", "events"))


def place_call(ask: BidAsk) -> tuple[Script, tuple[str, ...], tuple[str, ...]]:
    """The script call that judges this bid."""
    arguments = (
        ask.bidder_id,
        ask.profile_id or "",
        str(ask.max_minor),
        "1" if ask.is_exact else "0",
        ask.idempotency_key,
        ask.currency,
        "1" if ask.is_confirmed else "0",
    )
    return PLACE_BID, lot_keys(ask.auction_id), arguments


def buy_now_call(ask: BuyNowAsk) -> tuple[Script, tuple[str, ...], tuple[str, ...]]:
    """The script call that judges this wish to buy at once."""
    return BUY_NOW, lot_keys(ask.auction_id), (ask.bidder_id, ask.profile_id or "", ask.idempotency_key)


def read_decision(auction_id: str, reply: Sequence[Any]) -> BidDecision | Undecided:
    """The script's reply as a decision."""
    if reply[0] != "judged":
        return Undecided(reply[0])
    _, journalled, replayed, said, epoch, seq = reply
    outcome, at, minimum, my_max, line = said.split("|", 4)
    return BidDecision(
        outcome=Taken(outcome) if line else RejectionCode(outcome),
        is_replayed=replayed == "1",
        journalled_seq=int(journalled),
        at=from_ms(at),
        minimum_next_minor=int(minimum) if minimum else None,
        my_max_minor=int(my_max) if my_max else None,
        entry=read_line(auction_id, line) if line else None,
        epoch=int(epoch),
        seq=int(seq),
    )
