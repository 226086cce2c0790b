"""Random histories of a lot: read from bytes, run through the pure rules, and kept as the calls that must agree."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from datasources.redis.auctions import freeze_call, lower_reserve_call, phase_call, remove_call
from datasources.redis.bids import BidDecision, Taken, Undecided, buy_now_call, place_call
from datasources.redis.scripts import Script
from domain import bids, lot_steps, retractions
from domain.auctions import AuctionKind, BuyNowUntil, LotTerms, SoftClose
from domain.bids import BidAsk, BuyNowAsk, Registration, RejectionCode, Standing
from domain.increments import IncrementPolicy, IncrementRow, default_policy
from domain.lots import EntryKind, LotEntry, LotState, fold, opening_state

OPENS = datetime(2026, 5, 1, 12, tzinfo=UTC)
LOT = "lot-1"
STEPS = (0, 0, 1, 1, 999, 1_000, 1_000, 1_000, 60_000, 119_999, 120_000, 120_001, 1_800_000, 3_600_001, 43_200_000)
OFFSETS = (-1, 0, 0, 0, 1, 3, 5, 24, 25, 26, 99, 100, 250, 700, 700, 5_000, 90_000, 10**15)
BIDDERS = ("b0", "b0", "b1", "b1", "b2", "b2", "b3", "b4", "b5")
REGISTRATIONS = {
    "b3": Registration(LOT, "b3", Standing.REGISTERED, 7_000),
    "b4": Registration(LOT, "b4", Standing.BANNED),
    **{each: Registration(LOT, each, Standing.REGISTERED) for each in ("b0", "b1", "b2")},
}
SELLER = "profile-seller"


class Bytes:
    """Choices read from bytes; zeros when they run out."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def is_empty(self) -> bool:
        return self._at >= len(self._data)

    def below(self, bound: int) -> int:
        value = self._data[self._at] if self._at < len(self._data) else 0
        self._at += 1
        return value % bound

    def one(self, choices: tuple[Any, ...]) -> Any:
        return choices[self.below(len(choices))]


@dataclass(slots=True)
class Call:
    """A script call at a time, and what it must say."""

    at: datetime
    script: Script
    keys: tuple[str, ...]
    arguments: tuple[str, ...]
    expected: BidDecision | Undecided | list[str]


@dataclass(slots=True)
class History:
    """The rules' own run: terms, state, log, kept answers, and the calls so far."""

    terms: LotTerms
    state: LotState
    log: list[LotEntry] = field(default_factory=list)
    answers: dict[str, tuple[str, BidDecision]] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)

    def write(self, kind: EntryKind, after: LotState, now: datetime, **fields: Any) -> LotEntry:
        """Move the lot and add the line that says so."""
        previous, self.state = self.state.leader_id, after
        is_offer = kind in {EntryKind.BID, EntryKind.BOUGHT} or fields.get("detail", {}).get("seqs")
        entry = LotEntry(
            auction_id=LOT,
            seq=after.version,
            epoch=1,
            kind=kind,
            at=now,
            price_minor=after.price_minor,
            leader_id=after.leader_id,
            previous_leader_id=previous if is_offer else None,
            ends_at=after.ends_at,
            reserve_status=after.reserve_status,
            bid_count=after.bid_count,
            follows=self.log[-1].mark if self.log else "",
            **fields,
        )
        self.log.append(entry)
        return entry


def read_history(data: bytes) -> History:
    """A lot with random terms and what happens to it."""
    source = Bytes(data)
    small = IncrementPolicy("small", (IncrementRow(0, 1), IncrementRow(20, 7), IncrementRow(100, 50)))
    terms = LotTerms(
        auction_id=LOT,
        kind=AuctionKind.LIVE if source.below(5) == 4 else AuctionKind.ENGLISH_TIMED,
        currency="ZAR",
        seller_id=SELLER,
        starts_at=OPENS,
        ends_at=OPENS + timedelta(hours=source.one((1, 13, 30))),
        start_minor=source.one((1, 100, 2_500, 10**15)),
        reserve_minor=source.one((None, None, 130, 4_000, 6_000)),
        buy_now_minor=source.one((None, None, 5_000, 9_000)),
        buy_now_until=source.one((BuyNowUntil.FIRST_BID, BuyNowUntil.RESERVE_MET)),
        policy=source.one((default_policy("ZAR"), small)),
        soft_close=source.one((SoftClose(), SoftClose(window=timedelta(seconds=60), cap=timedelta(seconds=30)))),
    )
    history = History(terms, opening_state(terms))
    now = OPENS + source.one((timedelta(0), timedelta(0), timedelta(milliseconds=-1)))
    while not source.is_empty:
        now += timedelta(milliseconds=source.one(STEPS))
        if source.below(4) == 3:  # jump to the edge of the soft close or of the end
            edge = history.state.ends_at - source.one(
                (timedelta(0), terms.soft_close.window, timedelta(milliseconds=1))
            )
            now = max(now, edge + timedelta(milliseconds=source.below(3) - 1))
        _act(history, source, now)
    return history


def _act(history: History, source: Bytes, now: datetime) -> None:
    match source.below(24):
        case 0:
            _buy(history, source, now)
        case 1:
            _step(history, EntryKind.PAUSED, lot_steps.pause(history.state, now=now), now)
        case 2 | 3:
            _step(history, EntryKind.RESUMED, lot_steps.resume(history.state, now=now), now)
        case 4 if source.below(4) == 0:
            _step(history, EntryKind.CANCELLED, lot_steps.cancel(history.state, now=now), now)
        case 5 | 6:
            _lower(history, source.one((None, 100, 120, 2_600, 5_000)), now)
        case 7:
            _freeze(history, now)
        case 8 | 9:
            bidder = source.one(BIDDERS)
            judged = retractions.judge_retraction(history.terms, history.state, history.log, bidder, now=now)
            _remove(history, EntryKind.RETRACTED, bidder, judged, now)
        case 10:
            bid = source.one(tuple(e for e in history.log if e.kind is EntryKind.BID) or (None,))
            if bid is not None:
                struck = retractions.judge_void(history.state, history.log, bid.seq, now=now)
                _remove(history, EntryKind.VOIDED, bid.bidder_id, struck, now)
        case _:
            _bid(history, source, now)


def _bid(history: History, source: Bytes, now: datetime) -> None:
    bidder = source.one(BIDDERS)
    base = bids.minimum_for(history.terms, history.state, source.one((bidder, "other")))
    ask = BidAsk(
        auction_id=LOT,
        bidder_id=bidder,
        profile_id=SELLER if source.below(16) == 15 else source.one((None, "profile-other")),
        max_minor=max(0, base + source.one(OFFSETS)),
        currency="USD" if source.below(24) == 23 else "ZAR",
        idempotency_key=f"k{source.below(40)}",
        is_exact=source.below(4) == 3,
        is_confirmed=source.below(3) == 2,
    )
    is_exact = ask.is_exact or history.terms.kind is AuctionKind.LIVE
    registration = REGISTRATIONS.get(bidder)

    def judge() -> BidDecision:
        minimum = bids.minimum_for(history.terms, history.state, bidder)
        judged = bids.judge_bid(history.terms, history.state, registration, ask, now=now)
        if isinstance(judged, RejectionCode):
            return BidDecision(outcome=judged, at=now, minimum_next_minor=minimum)
        entry = history.write(EntryKind.BID, judged, now, bidder_id=bidder, max_minor=ask.max_minor, is_exact=is_exact,
                              idempotency_key=ask.idempotency_key)  # fmt: skip
        outcome = Taken.LEADING if judged.leader_id == bidder else Taken.OUTBID
        minimum = bids.minimum_for(history.terms, judged, bidder)
        return BidDecision(outcome=outcome, at=now, minimum_next_minor=minimum, my_max_minor=ask.max_minor, entry=entry)

    _keyed(history, f"{bidder}:{ask.idempotency_key}", f"bid {ask.max_minor} {is_exact} {ask.currency}", judge,
           Call(now, *place_call(ask), Undecided.MISSING))  # fmt: skip


def _buy(history: History, source: Bytes, now: datetime) -> None:
    bidder = source.one(BIDDERS)
    ask = BuyNowAsk(auction_id=LOT, bidder_id=bidder, profile_id=None, idempotency_key=f"k{source.below(40)}")

    def judge() -> BidDecision:
        minimum = bids.minimum_for(history.terms, history.state, bidder)
        judged = bids.judge_buy_now(history.terms, history.state, REGISTRATIONS.get(bidder), ask, now=now)
        if isinstance(judged, RejectionCode):
            return BidDecision(outcome=judged, at=now, minimum_next_minor=minimum)
        price = history.terms.buy_now_minor
        entry = history.write(EntryKind.BOUGHT, judged, now, bidder_id=bidder, max_minor=price, is_exact=True,
                              idempotency_key=ask.idempotency_key)  # fmt: skip
        return BidDecision(outcome=Taken.BOUGHT, at=now, minimum_next_minor=None, my_max_minor=price, entry=entry)

    _keyed(history, f"{bidder}:{ask.idempotency_key}", "buy", judge, Call(now, *buy_now_call(ask), Undecided.MISSING))


def _keyed(history: History, slot: str, used_for: str, judge: Any, call: Call) -> None:
    """The rule of keys: the same input gets the first answer again, another input a conflict."""
    if slot in history.answers:
        before, answer = history.answers[slot]
        call.expected = replace(answer, is_replayed=True) if before == used_for else Undecided.CONFLICT
    else:
        decision = judge()
        call.expected = decision
        if decision.entry is not None or decision.outcome in bids.KEPT_REJECTIONS:
            history.answers[slot] = (used_for, decision)
    history.calls.append(call)


def _step(history: History, kind: EntryKind, judged: LotState | lot_steps.StepRefusal, now: datetime) -> None:
    expected = ["wrong-phase"]
    if isinstance(judged, LotState):
        history.write(kind, judged, now)
        expected = ["done"]
    history.calls.append(Call(now, *phase_call(LOT, kind), expected))


def _lower(history: History, reserve: int | None, now: datetime) -> None:
    judged = lot_steps.lower_reserve(history.state, reserve, now=now)
    expected = [judged.value.lower().replace("_", "-")] if isinstance(judged, lot_steps.StepRefusal) else ["done"]
    detail = {"reserve_minor": reserve}
    if isinstance(judged, LotState):
        history.write(EntryKind.RESERVE_LOWERED, judged, now, detail=detail)
    history.calls.append(Call(now, *lower_reserve_call(LOT, reserve), expected))


def _freeze(history: History, now: datetime) -> None:
    judged = lot_steps.freeze(history.state, now=now)
    expected = ["not-due"]
    if isinstance(judged, LotState):
        expected = ["frozen"]
        if judged is not history.state:
            history.write(EntryKind.CLOSING, judged, now)
    history.calls.append(Call(now, *freeze_call(LOT), expected))


def _remove(history: History, kind: EntryKind, bidder: str | None, judged: Any, now: datetime) -> None:
    if not isinstance(judged, retractions.Removal) or bidder is None:
        return
    before = history.state
    after = replace(fold(history.terms, history.log, also_removed=judged.seqs), version=before.version + 1)
    left = retractions.greatest_left(history.log, bidder, judged)
    detail = {"seqs": sorted(judged.seqs), "reason": "a | b"}
    entry = history.write(kind, after, now, bidder_id=bidder, detail=detail)
    window = history.terms.soft_close.window
    call = remove_call(before=before, after=after, entry=entry, left_minor=left, window=window)
    history.calls.append(Call(now, *call, ["done"]))
