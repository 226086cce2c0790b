"""Steps on a running lot that are not bids: staff pause, resume, cancel and void; sellers lower; bidders retract."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from datasources.guards import BreakerState
from datasources.postgres import auctions as recorded
from datasources.redis import auctions as live_lots
from datasources.redis.auctions import Call, LiveLot, StepReply
from domain.auctions import Auction, AuctionStatus
from domain.lot_steps import STEP_SENTENCES, StepRefusal
from domain.lots import EntryKind, LotEntry, LotPhase, LotState, fold
from domain.problems import NotAllowed, NotFound, RetryLater, UpstreamUnavailableError, WrongState
from domain.retractions import (
    RETRACTION_SENTENCES,
    Removal,
    RetractionReason,
    RetractionRefusal,
    greatest_left,
    judge_retraction,
    judge_void,
)
from domain.users import User, Viewer
from services.journal import Recorded
from services.salerooms import Saleroom

_MOST_TRIES = 5
_LONGEST_REASON = 500
_AWAY = RetryLater("Bidding is briefly unavailable on this lot; look at it again before you repeat this.")
_UNKNOWN = NotFound("There is no such auction.")


@dataclass(frozen=True, slots=True, kw_only=True)
class LotStepped:
    """The step is recorded; how the lot stands after it."""

    auction_id: str
    version: int
    phase: LotPhase
    effective_end_at: datetime


StepOutcome = LotStepped | NotFound | NotAllowed | WrongState | RetryLater


async def pause_lot(saleroom: Saleroom, viewer: Viewer, auction_id: str) -> StepOutcome:
    """Stop taking bids; the lot's clock stands still until it is resumed."""
    return await _set_phase(saleroom, viewer, auction_id, EntryKind.PAUSED)


async def resume_lot(saleroom: Saleroom, viewer: Viewer, auction_id: str) -> StepOutcome:
    """Take bids again; the end moves by the time paused."""
    return await _set_phase(saleroom, viewer, auction_id, EntryKind.RESUMED)


async def cancel_lot(saleroom: Saleroom, viewer: Viewer, auction_id: str) -> StepOutcome:
    """Withdraw the lot without a result."""
    return await _set_phase(saleroom, viewer, auction_id, EntryKind.CANCELLED)


_STATUS_AFTER = {
    EntryKind.PAUSED: (AuctionStatus.PAUSED, (AuctionStatus.SCHEDULED, AuctionStatus.OPEN)),
    EntryKind.RESUMED: (AuctionStatus.OPEN, (AuctionStatus.PAUSED,)),
    EntryKind.CANCELLED: (
        AuctionStatus.CANCELLED,
        (AuctionStatus.SCHEDULED, AuctionStatus.OPEN, AuctionStatus.PAUSED),
    ),
}


async def _set_phase(saleroom: Saleroom, viewer: Viewer, auction_id: str, wanted: EntryKind) -> StepOutcome:
    if not viewer.is_staff:
        return NotAllowed("Only staff may do this.")

    async def run(_auction: Auction) -> StepOutcome:
        outcome = await _step(saleroom, auction_id, live_lots.phase_call(auction_id, wanted))
        if isinstance(outcome, LotStepped):
            status, allowed = _STATUS_AFTER[wanted]
            await saleroom.sources.database.write(
                "auctions.status",
                lambda it: recorded.set_status(
                    it, auction_id, wanted=status, allowed=allowed, now=saleroom.sources.clock()
                ),
            )
        return outcome

    return await _with_auction(saleroom, auction_id, run)


async def lower_reserve(
    saleroom: Saleroom, viewer: Viewer, user: User, auction_id: str, reserve_minor: int | None
) -> StepOutcome:
    """Lower or (None) remove the reserve: the seller's right until a day before the end."""

    async def run(auction: Auction) -> StepOutcome:
        if not viewer.is_staff and (user.profile_id is None or user.profile_id != auction.terms.seller_id):
            return NotAllowed("Only the seller may change the reserve.")
        return await _step(saleroom, auction_id, live_lots.lower_reserve_call(auction_id, reserve_minor))

    return await _with_auction(saleroom, auction_id, run)


async def retract_bid(saleroom: Saleroom, user: User, auction_id: str, reason: RetractionReason) -> StepOutcome:
    """Take the bidder's own bids back, as far as the rules allow; nothing is deleted, the log says it."""
    bidder_id = str(user.user_id)

    async def run(_auction: Auction) -> StepOutcome:
        now = await live_lots.store_time(saleroom.sources.live)

        def judge(lot: LiveLot, log: tuple[LotEntry, ...]) -> Removal | RetractionRefusal:
            return judge_retraction(lot.terms, lot.state, log, bidder_id, now=now)

        detail = {"reason": reason.value}
        return await _remove(saleroom, auction_id, _Wish(EntryKind.RETRACTED, bidder_id, detail, judge))

    return await _with_auction(saleroom, auction_id, run)


async def void_bid(saleroom: Saleroom, viewer: Viewer, auction_id: str, *, seq: int, reason: str) -> StepOutcome:
    """Strike a bid, with a reason that everybody may read."""
    if not viewer.is_staff or viewer.user is None:
        return NotAllowed("Only staff may do this.")
    by = str(viewer.user.user_id)

    async def run(_auction: Auction) -> StepOutcome:
        now = await live_lots.store_time(saleroom.sources.live)

        def judge(lot: LiveLot, log: tuple[LotEntry, ...]) -> Removal | RetractionRefusal:
            return judge_void(lot.state, log, seq, now=now)

        detail = {"reason": reason[:_LONGEST_REASON], "by": by}
        return await _remove(saleroom, auction_id, _Wish(EntryKind.VOIDED, None, detail, judge))

    return await _with_auction(saleroom, auction_id, run)


@dataclass(frozen=True, slots=True)
class _Wish:
    kind: EntryKind
    bidder_id: str | None
    detail: dict[str, Any]
    judge: Callable[[LiveLot, tuple[LotEntry, ...]], Removal | RetractionRefusal]


async def _remove(saleroom: Saleroom, auction_id: str, wish: _Wish) -> StepOutcome:
    """Fold the journal without the bids and apply the result if the lot has not moved meanwhile; else fold again."""
    for _ in range(_MOST_TRIES):
        await saleroom.journal.catch_up(auction_id)
        lot = (await live_lots.read_lots(saleroom.sources.live, [auction_id]))[0]
        found = await recorded.recorded_lot(saleroom.sources.database, auction_id)
        if found is None:
            return _AWAY
        if lot is None:
            await saleroom.rebuild(auction_id, newer_than=0)
            continue
        if not found.log or found.log[-1].seq != lot.state.version:
            continue
        removal = wish.judge(lot, found.log)
        if isinstance(removal, RetractionRefusal):
            return WrongState(removal.value, RETRACTION_SENTENCES[removal])
        reply = await _apply(saleroom, lot, found.log, wish, removal)
        if reply.word != "moved":
            return await _outcome(saleroom, auction_id, reply)
    return _AWAY


async def _apply(
    saleroom: Saleroom, lot: LiveLot, log: tuple[LotEntry, ...], wish: _Wish, removal: Removal
) -> StepReply:
    auction_id, before = lot.terms.auction_id, lot.state
    bidder_id = wish.bidder_id or next(entry.bidder_id or "" for entry in log if entry.seq in removal.seqs)
    after: LotState = replace(fold(lot.terms, log, also_removed=removal.seqs), version=before.version + 1)
    entry = LotEntry(
        auction_id=auction_id,
        seq=after.version,
        epoch=lot.epoch,
        kind=wish.kind,
        at=before.ends_at,
        bidder_id=bidder_id,
        ends_at=before.ends_at,
        reserve_status=after.reserve_status,
        bid_count=after.bid_count,
        detail={**wish.detail, "seqs": sorted(removal.seqs)},
    )
    call = live_lots.remove_call(
        before=before,
        after=after,
        entry=entry,
        left_minor=greatest_left(log, bidder_id, removal),
        window=lot.terms.soft_close.window,
    )
    return await live_lots.step(saleroom.sources.live, "lots.remove", auction_id, call)


async def _step(saleroom: Saleroom, auction_id: str, call: Call) -> StepOutcome:
    reply = await live_lots.step(saleroom.sources.live, "lots.step", auction_id, call)
    if reply.word == "missing":
        await saleroom.rebuild(auction_id, newer_than=0)
        reply = await live_lots.step(saleroom.sources.live, "lots.step", auction_id, call)
    return await _outcome(saleroom, auction_id, reply)


async def _outcome(saleroom: Saleroom, auction_id: str, reply: StepReply) -> StepOutcome:
    """The step counts once its line is in the journal, as a bid does."""
    if reply.entry is None:
        return _refusal(reply)
    recorded_as = await saleroom.journal.record(reply.entry, journalled_seq=reply.journalled_seq)
    if recorded_as is Recorded.REFUSED:
        await saleroom.rebuild(auction_id, newer_than=reply.entry.epoch)
        return _AWAY
    lot = (await live_lots.read_lots(saleroom.sources.live, [auction_id]))[0]
    return LotStepped(
        auction_id=auction_id,
        version=reply.entry.seq,
        phase=lot.state.phase if lot is not None else LotPhase.OPEN,
        effective_end_at=reply.entry.ends_at,
    )


def _refusal(reply: StepReply) -> WrongState | RetryLater:
    try:
        refusal = StepRefusal(reply.word.upper().replace("-", "_"))
    except ValueError:
        return _AWAY
    return WrongState(reply.detail.upper() or refusal.value, STEP_SENTENCES[refusal])


async def _with_auction(
    saleroom: Saleroom, auction_id: str, run: Callable[[Auction], Awaitable[StepOutcome]]
) -> StepOutcome:
    if saleroom.sources.database.guard.breaker.state is BreakerState.OPEN:
        return _AWAY
    try:
        auction = (await recorded.by_ids(saleroom.sources.database, [auction_id]))[0]
        if auction is None or auction.status is AuctionStatus.DRAFT:
            return _UNKNOWN
        return await run(auction)
    except UpstreamUnavailableError:
        return _AWAY
