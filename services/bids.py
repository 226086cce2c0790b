"""Placing bids and buying at once: decided in Redis, journalled in Postgres, and only then answered as taken."""

import asyncio
from dataclasses import dataclass, replace

from datasources.guards import BreakerState
from datasources.redis.bids import BidDecision, Taken, Undecided, buy_now_call, place_call, read_decision
from datasources.redis.pipelines import NotSentError
from domain.bids import (
    REJECTION_SENTENCES,
    BidAccepted,
    BidAsk,
    BidKeyConflict,
    BidOutbid,
    BidOutcome,
    BidRejected,
    BidRetryLater,
    BidUnknown,
    BuyNowAsk,
    RejectionCode,
    is_auction_id,
    is_bid_key,
)
from domain.lots import LotEntry
from domain.money import Money
from domain.problems import BadInputError, NotFound, UpstreamUnavailableError
from services.journal import Recorded
from services.salerooms import Saleroom

_ANSWER_SECONDS = 4.0
_MOST_REBUILDS = 2


@dataclass(frozen=True, slots=True)
class _Again:
    """The decision has to be taken anew: the live state that took it is gone, or is not the record's."""

    epoch: int


async def place_bid(saleroom: Saleroom, ask: BidAsk) -> BidOutcome | NotFound:
    """Place a bid. The same key and input again gives the first answer, whatever failed in between (A6, A7)."""
    _check(ask.auction_id, ask.idempotency_key)
    return await _settle(saleroom, ask, currency=ask.currency)


async def buy_now(saleroom: Saleroom, ask: BuyNowAsk, *, currency: str) -> BidOutcome | NotFound:
    """End the lot at its buy-now price, given in the lot's currency."""
    _check(ask.auction_id, ask.idempotency_key)
    return await _settle(saleroom, ask, currency=currency)


def _check(auction_id: str, key: str) -> None:
    if not is_auction_id(auction_id):
        raise BadInputError("BAD_ID", "This is not the id of an auction.")
    if not is_bid_key(key):
        raise BadInputError("BAD_IDEMPOTENCY_KEY", "An idempotency key is a UUID or 8 to 64 letters, digits, - or _.")


async def _settle(saleroom: Saleroom, ask: BidAsk | BuyNowAsk, *, currency: str) -> BidOutcome | NotFound:
    """Decide and record, rebuilding the lot where its live state is gone."""
    later = BidRetryLater(auction_id=ask.auction_id, idempotency_key=ask.idempotency_key)
    unknown = BidUnknown(auction_id=ask.auction_id, idempotency_key=ask.idempotency_key)
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            for _ in range(_MOST_REBUILDS):
                if saleroom.sources.database.guard.breaker.state is BreakerState.OPEN:
                    return later
                answer = await _attempt(saleroom, ask, currency)
                if not isinstance(answer, _Again):
                    return answer
                try:
                    if not await saleroom.rebuild(ask.auction_id, newer_than=answer.epoch):
                        return NotFound("There is no such auction.")
                except UpstreamUnavailableError:
                    return later
    except NotSentError:
        return later
    except (UpstreamUnavailableError, TimeoutError):
        return unknown
    return later


async def _attempt(saleroom: Saleroom, ask: BidAsk | BuyNowAsk, currency: str) -> BidOutcome | _Again:
    call = place_call(ask) if isinstance(ask, BidAsk) else buy_now_call(ask)
    decision = read_decision(ask.auction_id, await saleroom.pipeline.run(*call))
    if decision is Undecided.MISSING:
        return _Again(0)
    if isinstance(decision, Undecided):
        return BidKeyConflict(auction_id=ask.auction_id, idempotency_key=ask.idempotency_key)
    if isinstance(decision.outcome, RejectionCode) or decision.entry is None:
        if await saleroom.journal.settle(ask.auction_id, decision) is Recorded.REFUSED:
            return _Again(decision.epoch)
        return _rejection(ask, decision, currency)
    recorded = await saleroom.journal.record(decision.entry, journalled_seq=decision.journalled_seq)
    if recorded is Recorded.REFUSED:
        return _Again(decision.entry.epoch)
    return _taken(_Said(ask, decision, decision.entry, currency))


def _rejection(ask: BidAsk | BuyNowAsk, decision: BidDecision, currency: str) -> BidRejected:
    code = RejectionCode(decision.outcome.value)
    has_minimum = decision.minimum_next_minor is not None and code is not RejectionCode.CURRENCY
    return BidRejected(
        auction_id=ask.auction_id,
        idempotency_key=ask.idempotency_key,
        code=code,
        message=REJECTION_SENTENCES[code],
        minimum_next=Money(decision.minimum_next_minor or 0, currency) if has_minimum else None,
        server_time=decision.at,
        replayed=decision.is_replayed,
    )


@dataclass(frozen=True, slots=True)
class _Said:
    ask: BidAsk | BuyNowAsk
    decision: BidDecision
    entry: LotEntry
    currency: str


def _taken(said: _Said) -> BidAccepted | BidOutbid:
    """The answer from the recorded line alone, so that a replay says the same."""
    entry, decision = said.entry, said.decision
    price = entry.price_minor or 0
    minimum = decision.minimum_next_minor
    kind: type[BidAccepted | BidOutbid] = BidOutbid if decision.outcome is Taken.OUTBID else BidAccepted
    taken = kind(
        auction_id=entry.auction_id,
        idempotency_key=said.ask.idempotency_key,
        seq=entry.seq,
        price=Money(price, said.currency),
        my_max=Money(decision.my_max_minor or 0, said.currency),
        minimum_next=None if minimum is None else Money(minimum, said.currency),
        reserve_status=entry.reserve_status,
        effective_end_at=entry.ends_at,
        server_time=decision.at,
        replayed=decision.is_replayed,
    )
    if isinstance(taken, BidAccepted) and decision.outcome is Taken.BOUGHT:
        return replace(taken, has_bought=True)
    return taken
