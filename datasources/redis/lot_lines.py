"""The text form of a lot's log line and live state, as the scripts write and read them."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from domain.auctions import AuctionKind, BuyNowUntil, LotTerms, ReserveStatus, SoftClose
from domain.bids import Registration, Standing
from domain.increments import IncrementPolicy, IncrementRow
from domain.lots import EntryKind, LotEntry, LotPhase, LotState

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_LAST_COLUMN = 15


def to_ms(moment: datetime) -> int:
    """Whole milliseconds since 1970."""
    return (moment - _EPOCH) // _MILLISECOND


def from_ms(milliseconds: str | int) -> datetime:
    """The aware UTC time of these milliseconds."""
    return _EPOCH + timedelta(milliseconds=int(milliseconds))


def read_line(auction_id: str, line: str) -> LotEntry:
    """The entry of a log line."""
    column = line.split("|", _LAST_COLUMN)
    return LotEntry(
        auction_id=auction_id,
        seq=int(column[0]),
        epoch=int(column[1]),
        kind=EntryKind(column[2]),
        at=from_ms(column[3]),
        bidder_id=column[4] or None,
        max_minor=int(column[5]) if column[5] else None,
        is_exact=column[6] == "1",
        idempotency_key=column[7] or None,
        price_minor=int(column[8]) if column[8] else None,
        leader_id=column[9] or None,
        previous_leader_id=column[10] or None,
        ends_at=from_ms(column[11]),
        reserve_status=ReserveStatus(column[12]),
        bid_count=int(column[13]),
        follows=column[14],
        detail=orjson.loads(column[15]) if column[15] else {},
    )


def write_line(entry: LotEntry) -> str:
    """The log line of an entry."""
    columns = (
        entry.seq,
        entry.epoch,
        entry.kind.value,
        to_ms(entry.at),
        entry.bidder_id,
        entry.max_minor,
        int(entry.is_exact),
        entry.idempotency_key,
        entry.price_minor,
        entry.leader_id,
        entry.previous_leader_id,
        to_ms(entry.ends_at),
        entry.reserve_status.value,
        entry.bid_count,
        entry.follows,
        orjson.dumps(entry.detail).decode() if entry.detail else None,
    )
    return "|".join("" if column is None else str(column) for column in columns)


def state_pairs(terms: LotTerms, state: LotState, *, epoch: int) -> list[str]:
    """Names and values, alternating, of a lot's hash; everything in it counts as journalled."""
    soft_close = terms.soft_close
    fields: dict[str, object] = {
        "phase": state.phase.value,
        "epoch": epoch,
        "seq": state.version,
        "journalled": state.version,
        "price": state.price_minor,
        "leader": state.leader_id,
        "max": state.max_minor,
        "reserve": state.reserve_minor,
        "bids": state.bid_count,
        "ends": to_ms(state.ends_at),
        "cap": to_ms(state.cap_at),
        "paused": None if state.paused_at is None else to_ms(state.paused_at),
        "starts": to_ms(terms.starts_at),
        "scheduled": to_ms(terms.ends_at),
        "currency": terms.currency,
        "seller": terms.seller_id,
        "start_price": terms.start_minor,
        "first_reserve": terms.reserve_minor,
        "buy_now": terms.buy_now_minor,
        "buy_now_until": terms.buy_now_until.value,
        "policy": terms.policy.policy_id,
        "rows": ";".join(f"{row.from_minor},{row.step_minor}" for row in terms.policy.rows),
        "window": soft_close.window // _MILLISECOND,
        "extension": soft_close.extension // _MILLISECOND,
        "cap_after": soft_close.cap // _MILLISECOND,
        "kind": terms.kind.value,
    }
    return [text for name, value in fields.items() for text in (name, "" if value is None else str(value))]


def read_state(fields: Mapping[str, str]) -> LotState:
    """The live state from a lot's hash."""
    return LotState(
        phase=LotPhase(fields["phase"]),
        version=int(fields["seq"]),
        price_minor=_number(fields["price"]),
        leader_id=fields["leader"] or None,
        max_minor=_number(fields["max"]),
        reserve_minor=_number(fields["reserve"]),
        bid_count=int(fields["bids"]),
        ends_at=from_ms(fields["ends"]),
        cap_at=from_ms(fields["cap"]),
        paused_at=from_ms(fields["paused"]) if fields["paused"] else None,
    )


def read_terms(auction_id: str, fields: Mapping[str, str]) -> LotTerms:
    """The terms from a lot's hash."""
    rows = (row.split(",") for row in fields["rows"].split(";"))
    return LotTerms(
        auction_id=auction_id,
        kind=AuctionKind(fields["kind"]),
        currency=fields["currency"],
        seller_id=fields["seller"],
        starts_at=from_ms(fields["starts"]),
        ends_at=from_ms(fields["scheduled"]),
        start_minor=int(fields["start_price"]),
        reserve_minor=_number(fields["first_reserve"]),
        buy_now_minor=_number(fields["buy_now"]),
        buy_now_until=BuyNowUntil(fields["buy_now_until"]),
        policy=IncrementPolicy(fields["policy"], tuple(IncrementRow(int(start), int(step)) for start, step in rows)),
        soft_close=SoftClose(
            window=int(fields["window"]) * _MILLISECOND,
            extension=int(fields["extension"]) * _MILLISECOND,
            cap=int(fields["cap_after"]) * _MILLISECOND,
        ),
    )


def write_standing(registration: Registration) -> str:
    """The value under which a bidder's admission is kept."""
    limit = "" if registration.limit_minor is None else str(registration.limit_minor)
    return f"{registration.standing.value},{limit}"


def read_standing(auction_id: str, bidder_id: str, text: str | None) -> Registration | None:
    """The admission from its kept value."""
    if text is None:
        return None
    standing, _, limit = text.partition(",")
    return Registration(auction_id, bidder_id, Standing(standing), _number(limit))


def answer_pair(terms: LotTerms, entry: LotEntry) -> tuple[str, str]:
    """The slot and kept answer of a bid, as the script that took it wrote them."""
    is_leading = entry.leader_id == entry.bidder_id
    if entry.kind is EntryKind.BOUGHT:
        fingerprint, outcome, minimum = "buy", "bought", ""
    else:
        fingerprint = f"bid,{entry.max_minor},{int(entry.is_exact)},{terms.currency}"
        outcome = "leading" if is_leading else "outbid"
        minimum = str((entry.max_minor or 0) + 1 if is_leading else terms.policy.next_minimum(entry.price_minor or 0))
    said = (fingerprint, outcome, str(to_ms(entry.at)), minimum, str(entry.max_minor), write_line(entry))
    return f"{entry.bidder_id}:{entry.idempotency_key}", "|".join(said)


def maxima_pairs(entries: Iterable[LotEntry]) -> list[str]:
    """Bidders and their greatest standing offers, alternating: the index behind the top bids."""
    log = tuple(entries)
    struck = {seq for entry in log for seq in entry.removed_seqs}
    most: dict[str, int] = {}
    for entry in log:
        if entry.bidder_id and entry.max_minor is not None and entry.seq not in struck:
            most[entry.bidder_id] = max(most.get(entry.bidder_id, 0), entry.max_minor)
    return [text for bidder, amount in most.items() for text in (bidder, str(amount))]


def _number(text: Any) -> int | None:
    return int(text) if text else None
