"""Judging bids: who may offer what on a lot now, and the answers a bidder gets."""

import hashlib
import hmac
import re
from base64 import b32encode
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from domain.auctions import AuctionKind, BuyNowUntil, LotTerms, ReserveStatus
from domain.lots import LotPhase, LotState, Offer, bought, resolve
from domain.money import Money

LARGE_BID_FACTOR = 10
"""An offer above this many times the minimum is taken only when confirmed: it is usually a typing error."""


class RejectionCode(Enum):
    """Why a bid was not taken; stable, the text beside it may change."""

    CURRENCY = "CURRENCY"
    SELLER = "SELLER"
    NOT_OPEN = "NOT_OPEN"
    ENDED = "ENDED"
    NOT_REGISTERED = "NOT_REGISTERED"
    BANNED = "BANNED"
    DEPOSIT_REQUIRED = "DEPOSIT_REQUIRED"
    BELOW_MINIMUM = "BELOW_MINIMUM"
    OVER_LIMIT = "OVER_LIMIT"
    CONFIRM_LARGE_BID = "CONFIRM_LARGE_BID"
    NOT_OFFERED = "NOT_OFFERED"
    DISABLED_BY_FLAG = "DISABLED_BY_FLAG"


REJECTION_SENTENCES = {
    RejectionCode.CURRENCY: "This lot is sold in another currency.",
    RejectionCode.SELLER: "Sellers cannot bid on their own lots.",
    RejectionCode.NOT_OPEN: "Bidding is not open on this lot now.",
    RejectionCode.ENDED: "This arrived after the lot had ended.",
    RejectionCode.NOT_REGISTERED: "Register to bid on this lot first.",
    RejectionCode.BANNED: "You may not bid on this lot.",
    RejectionCode.DEPOSIT_REQUIRED: "A deposit is needed before the first bid on this lot.",
    RejectionCode.BELOW_MINIMUM: "The offer is below the next minimum.",
    RejectionCode.OVER_LIMIT: "The offer is above your bidding limit.",
    RejectionCode.CONFIRM_LARGE_BID: "The offer is far above the minimum; confirm that it is meant.",
    RejectionCode.NOT_OFFERED: "This lot cannot be bought at once now.",
    RejectionCode.DISABLED_BY_FLAG: "Live auctions are switched off for this account.",
}

KEPT_REJECTIONS = frozenset({RejectionCode.BELOW_MINIMUM, RejectionCode.OVER_LIMIT})
"""Judgements of an amount; they are kept under the idempotency key. The others only say that nothing was judged yet."""


class Standing(Enum):
    """Whether a registered bidder may bid."""

    REGISTERED = "registered"
    DEPOSIT_REQUIRED = "deposit-required"
    BANNED = "banned"


@dataclass(frozen=True, slots=True)
class Registration:
    """A bidder's admission to one lot; `limit_minor` bounds each offer."""

    auction_id: str
    bidder_id: str
    standing: Standing
    limit_minor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BidAsk:
    """A bid as asked for: a maximum to bid up to, or (exact) a price to go to at once."""

    auction_id: str
    bidder_id: str
    profile_id: str | None
    max_minor: int
    currency: str
    idempotency_key: str
    is_exact: bool = False
    is_confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BuyNowAsk:
    """A wish to end the lot by paying its buy-now price."""

    auction_id: str
    bidder_id: str
    profile_id: str | None
    idempotency_key: str


def minimum_for(terms: LotTerms, state: LotState, bidder_id: str) -> int:
    """The least amount this bidder may offer: the leader only has to pass the own maximum."""
    if state.price_minor is None or state.max_minor is None:
        return terms.start_minor
    if bidder_id == state.leader_id:
        return state.max_minor + 1
    return terms.policy.next_minimum(state.price_minor)


def judge_bid(
    terms: LotTerms, state: LotState, registration: Registration | None, ask: BidAsk, *, now: datetime
) -> LotState | RejectionCode:
    """The lot after this bid, or why it is not taken; the store's clock is `now` (auction rules, atomic place)."""
    if ask.currency != terms.currency:
        return RejectionCode.CURRENCY
    if (refusal := _gate(terms, state, registration, ask.profile_id, now)) is not None:
        return refusal
    minimum = minimum_for(terms, state, ask.bidder_id)
    if ask.max_minor < minimum:
        return RejectionCode.BELOW_MINIMUM
    if registration is not None and registration.limit_minor is not None and ask.max_minor > registration.limit_minor:
        return RejectionCode.OVER_LIMIT
    if ask.max_minor > LARGE_BID_FACTOR * minimum and not ask.is_confirmed:
        return RejectionCode.CONFIRM_LARGE_BID
    offer = Offer(ask.bidder_id, ask.max_minor, ask.is_exact or terms.kind is AuctionKind.LIVE)
    moved = replace(resolve(state, terms.policy, terms.start_minor, offer), version=state.version + 1)
    return _extended(terms, state, moved, now) if state.leader_id != ask.bidder_id else moved


def judge_buy_now(
    terms: LotTerms, state: LotState, registration: Registration | None, ask: BuyNowAsk, *, now: datetime
) -> LotState | RejectionCode:
    """The lot sold at its buy-now price, or why not."""
    if (refusal := _gate(terms, state, registration, ask.profile_id, now)) is not None:
        return refusal
    if terms.buy_now_minor is None or not has_buy_now(terms, state):
        return RejectionCode.NOT_OFFERED
    if (
        registration is not None
        and registration.limit_minor is not None
        and terms.buy_now_minor > registration.limit_minor
    ):
        return RejectionCode.OVER_LIMIT
    return replace(bought(state, ask.bidder_id, terms.buy_now_minor), version=state.version + 1, ends_at=now)


def has_buy_now(terms: LotTerms, state: LotState) -> bool:
    """Whether buying at once is still offered: until the first bid, or until the reserve is met."""
    if terms.buy_now_minor is None or terms.buy_now_minor <= (state.price_minor or 0):
        return False
    if terms.buy_now_until is BuyNowUntil.FIRST_BID:
        return state.bid_count == 0
    return state.bid_count == 0 or state.reserve_status is ReserveStatus.NOT_MET


def _gate(
    terms: LotTerms, state: LotState, registration: Registration | None, profile_id: str | None, now: datetime
) -> RejectionCode | None:
    """Whether this lot takes anything from this person now; the end itself is already too late."""
    if profile_id is not None and profile_id == terms.seller_id:
        return RejectionCode.SELLER
    if state.phase in {LotPhase.PAUSED, LotPhase.CANCELLED} or now < terms.starts_at:
        return RejectionCode.NOT_OPEN
    if state.phase is not LotPhase.OPEN or now >= state.ends_at:
        return RejectionCode.ENDED
    if registration is None:
        return RejectionCode.NOT_REGISTERED
    match registration.standing:
        case Standing.BANNED:
            return RejectionCode.BANNED
        case Standing.DEPOSIT_REQUIRED:
            return RejectionCode.DEPOSIT_REQUIRED
        case Standing.REGISTERED:
            return None


def _extended(terms: LotTerms, before: LotState, after: LotState, now: datetime) -> LotState:
    """The soft close: a late bid that moved price or leader moves the end, up to the cap."""
    has_moved = (after.price_minor, after.leader_id) != (before.price_minor, before.leader_id)
    if not has_moved or before.ends_at - now > terms.soft_close.window:
        return after
    return replace(after, ends_at=min(after.cap_at, max(after.ends_at, now + terms.soft_close.extension)))


_PLAIN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")


def is_auction_id(text: str) -> bool:
    """Whether this can be the id of an auction: plain enough to stand in a key or a log line."""
    return _PLAIN_ID.fullmatch(text) is not None


def is_bid_key(text: str) -> bool:
    """Whether this can be an idempotency key of a bid, such as a UUID."""
    return _KEY.fullmatch(text) is not None


def pseudonym(secret: bytes, auction_id: str, bidder_id: str) -> str:
    """The stable name of a bidder within one lot; it tells nothing about the person or other lots."""
    digest = hmac.digest(secret, f"{auction_id}|{bidder_id}".encode(), hashlib.sha256)
    return f"Bidder {b32encode(digest[:5]).decode()[:6]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _RecordedBid:
    """What is known of a bid that stands in the log, whoever leads after it."""

    auction_id: str
    idempotency_key: str
    seq: int
    price: Money
    my_max: Money
    minimum_next: Money | None
    reserve_status: ReserveStatus
    effective_end_at: datetime
    server_time: datetime
    replayed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BidAccepted(_RecordedBid):
    """The bid is recorded and its bidder leads."""

    has_bought: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BidOutbid(_RecordedBid):
    """The bid is recorded, and another bidder's earlier maximum still leads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BidRejected:
    """The bid was not taken; it left no trace in the log."""

    auction_id: str
    idempotency_key: str
    code: RejectionCode
    message: str
    minimum_next: Money | None
    server_time: datetime | None
    """When the bid store received it, where it got that far."""
    replayed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BidKeyConflict:
    """The idempotency key was used on this lot before with another input."""

    auction_id: str
    idempotency_key: str
    code: str = "IDEMPOTENCY_CONFLICT"
    message: str = "This idempotency key was already used with a different input; use a new key."


@dataclass(frozen=True, slots=True, kw_only=True)
class BidUnknown:
    """It is not known yet whether the bid counts; the same call with the same key tells."""

    auction_id: str
    idempotency_key: str
    code: str = "BID_UNKNOWN"
    message: str = "The bid may or may not count; ask again with the same key to know."


@dataclass(frozen=True, slots=True, kw_only=True)
class BidRetryLater:
    """Nothing was decided because a store is away or a lot is being rebuilt; the same call may be repeated."""

    auction_id: str
    idempotency_key: str
    code: str = "RETRY_LATER"
    message: str = "Bidding is briefly unavailable on this lot; nothing was changed, try again."


BidOutcome = BidAccepted | BidOutbid | BidRejected | BidKeyConflict | BidUnknown | BidRetryLater
