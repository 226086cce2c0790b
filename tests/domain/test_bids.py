"""Bidding rules on examples: proxy bids, reserve, soft close, buying at once, refusals and pseudonyms."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.auctions import AuctionKind, BuyNowUntil, LotTerms, ReserveStatus, SoftClose
from domain.bids import BidAsk, BuyNowAsk, Registration, RejectionCode, Standing, judge_bid, judge_buy_now, pseudonym
from domain.increments import default_policy
from domain.lots import LotPhase, LotState, opening_state

OPENS = datetime(2026, 5, 1, 12, tzinfo=UTC)
ENDS = OPENS + timedelta(days=2)
TERMS = LotTerms(
    auction_id="lot-1",
    kind=AuctionKind.ENGLISH_TIMED,
    currency="ZAR",
    seller_id="seller",
    starts_at=OPENS,
    ends_at=ENDS,
    start_minor=10_000,
    reserve_minor=None,
    buy_now_minor=None,
    buy_now_until=BuyNowUntil.FIRST_BID,
    policy=default_policy("ZAR"),
    soft_close=SoftClose(),
)


def bid(
    state: LotState,
    bidder_id: str,
    max_minor: int,
    *,
    terms: LotTerms = TERMS,
    now: datetime = OPENS,
    is_exact: bool = False,
    is_confirmed: bool = True,
    currency: str = "ZAR",
    standing: Standing = Standing.REGISTERED,
    limit_minor: int | None = None,
) -> LotState | RejectionCode:
    ask = BidAsk(
        auction_id="lot-1",
        bidder_id=bidder_id,
        profile_id=bidder_id,
        max_minor=max_minor,
        currency=currency,
        idempotency_key="k",
        is_exact=is_exact,
        is_confirmed=is_confirmed,
    )
    registration = Registration("lot-1", bidder_id, standing, limit_minor)
    return judge_bid(terms, state, registration, ask, now=now)


def after(*offers: tuple[str, int], terms: LotTerms = TERMS, now: datetime = OPENS) -> LotState:
    state = opening_state(terms)
    for bidder_id, max_minor in offers:
        judged = bid(state, bidder_id, max_minor, terms=terms, now=now)
        assert isinstance(judged, LotState)
        state = judged
    return state


def stands(state: LotState) -> tuple[int | None, str | None]:
    return state.price_minor, state.leader_id


def test_the_first_bid_leads_at_the_start_price() -> None:
    assert stands(after(("ann", 50_000))) == (10_000, "ann")


def test_a_higher_maximum_takes_the_lead_one_step_above_the_old_one() -> None:
    assert stands(after(("ann", 20_000), ("bob", 50_000))) == (20_250, "bob")


def test_a_maximum_barely_above_the_leaders_is_the_price() -> None:
    assert stands(after(("ann", 20_000), ("bob", 20_100))) == (20_100, "bob")


def test_of_two_equal_maxima_the_earlier_one_leads_at_that_price() -> None:
    assert stands(after(("ann", 20_000), ("bob", 20_000))) == (20_000, "ann")


def test_a_lower_maximum_only_raises_the_price() -> None:
    assert stands(after(("ann", 50_000), ("bob", 20_000))) == (20_250, "ann")


def test_raising_the_own_maximum_keeps_the_price() -> None:
    state = after(("ann", 20_000), ("ann", 90_000))
    assert stands(state) == (10_000, "ann")
    assert state.max_minor == 90_000


def test_an_own_maximum_must_be_passed() -> None:
    assert bid(after(("ann", 20_000)), "ann", 20_000) is RejectionCode.BELOW_MINIMUM


def test_an_exact_bid_goes_to_its_price_at_once() -> None:
    assert stands_or_code(bid(after(("ann", 20_000)), "bob", 40_000, is_exact=True)) == (40_000, "bob")


def stands_or_code(judged: LotState | RejectionCode) -> object:
    return stands(judged) if isinstance(judged, LotState) else judged


def test_the_price_jumps_to_the_reserve_when_a_maximum_reaches_it() -> None:
    terms = replace(TERMS, reserve_minor=30_000)
    below = after(("ann", 29_999), terms=terms)
    assert (below.price_minor, below.reserve_status) == (10_000, ReserveStatus.NOT_MET)
    reached = after(("ann", 30_000), terms=terms)
    assert (reached.price_minor, reached.reserve_status) == (30_000, ReserveStatus.MET)


@pytest.mark.parametrize(
    ("seconds_left", "new_seconds_left"), [(121, 121), (120, 120), (60, 120), (0.001, 120)]
)  # fmt: skip
def test_a_late_bid_leaves_two_minutes_to_answer(seconds_left: float, new_seconds_left: float) -> None:
    now = ENDS - timedelta(seconds=seconds_left)
    assert after(("ann", 20_000), now=now).ends_at - now == timedelta(seconds=new_seconds_left)


def test_the_soft_close_never_passes_its_cap() -> None:
    state = replace(opening_state(TERMS), ends_at=ENDS + timedelta(hours=2, seconds=-10))
    judged = bid(state, "ann", 20_000, now=state.ends_at - timedelta(seconds=5))
    assert isinstance(judged, LotState)
    assert judged.ends_at == ENDS + timedelta(hours=2)


def test_own_raises_and_refusals_do_not_extend() -> None:
    now = ENDS - timedelta(seconds=30)
    led = after(("ann", 20_000))
    raised = bid(led, "ann", 50_000, now=now)
    assert isinstance(raised, LotState)
    assert raised.ends_at == ENDS
    assert bid(led, "bob", 10_001, now=now) is RejectionCode.BELOW_MINIMUM


@pytest.mark.parametrize(
    ("code", "how"),
    [
        (RejectionCode.CURRENCY, {"currency": "USD"}),
        (RejectionCode.SELLER, {"bidder_id": "seller"}),
        (RejectionCode.NOT_OPEN, {"now": OPENS - timedelta(milliseconds=1)}),
        (RejectionCode.ENDED, {"now": ENDS}),
        (RejectionCode.BANNED, {"standing": Standing.BANNED}),
        (RejectionCode.DEPOSIT_REQUIRED, {"standing": Standing.DEPOSIT_REQUIRED}),
        (RejectionCode.BELOW_MINIMUM, {"max_minor": 9_999}),
        (RejectionCode.OVER_LIMIT, {"limit_minor": 19_999}),
        (RejectionCode.CONFIRM_LARGE_BID, {"max_minor": 100_001, "is_confirmed": False}),
    ],
)
def test_each_refusal_has_its_code(code: RejectionCode, how: dict[str, object]) -> None:
    asked: dict[str, object] = {"bidder_id": "ann", "max_minor": 20_000, **how}
    assert bid(opening_state(TERMS), **asked) is code  # type: ignore[arg-type]  # keywords come from the table above


def test_strangers_must_register() -> None:
    ask = BidAsk(
        auction_id="lot-1", bidder_id="ann", profile_id=None, max_minor=10_000, currency="ZAR", idempotency_key="k"
    )
    assert judge_bid(TERMS, opening_state(TERMS), None, ask, now=OPENS) is RejectionCode.NOT_REGISTERED


@pytest.mark.parametrize(
    ("until", "offers", "outcome"),
    [
        (BuyNowUntil.FIRST_BID, (), "sold"),
        (BuyNowUntil.FIRST_BID, (("ann", 11_000),), "refused"),
        (BuyNowUntil.RESERVE_MET, (("ann", 11_000),), "sold"),
        (BuyNowUntil.RESERVE_MET, (("ann", 30_000),), "refused"),
    ],
)
def test_buying_at_once_is_offered_as_long_as_the_lot_says(
    until: BuyNowUntil, offers: tuple[tuple[str, int], ...], outcome: str
) -> None:
    terms = replace(TERMS, buy_now_minor=60_000, buy_now_until=until, reserve_minor=30_000)
    ask = BuyNowAsk(auction_id="lot-1", bidder_id="bob", profile_id=None, idempotency_key="k")
    registration = Registration("lot-1", "bob", Standing.REGISTERED)
    judged = judge_buy_now(terms, after(*offers, terms=terms), registration, ask, now=OPENS)
    if outcome == "sold":
        assert isinstance(judged, LotState)
        assert (judged.phase, judged.price_minor, judged.leader_id) == (LotPhase.CLOSING, 60_000, "bob")
        assert judged.ends_at == OPENS
    else:
        assert judged is RejectionCode.NOT_OFFERED


def test_pseudonyms_are_stable_within_a_lot_and_unlinkable_across_lots() -> None:
    names = {pseudonym(b"s", lot, bidder) for lot in ("a", "b") for bidder in ("ann", "bob")}
    assert len(names) == 4
    assert pseudonym(b"s", "a", "ann") == pseudonym(b"s", "a", "ann")
    assert pseudonym(b"other", "a", "ann") not in names
