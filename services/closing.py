"""Closing lots: freeze, fold, compare, and one transaction with result, order, ledger, audit and follow-up jobs.

Every step may be killed and run again: the freeze and the final script change nothing twice, and the transaction is
keyed by the lot, so N finalisers write one result, one order and one ledger transfer (A3).
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

import structlog

from datasources.postgres import auctions as recorded
from datasources.postgres import jobs, results
from datasources.postgres.auctions import RecordedLot
from datasources.postgres.results import Finalisation
from datasources.redis import auctions as live_lots
from datasources.redis.lot_lines import from_ms
from domain.auctions import Auction
from domain.ids import RANDOM_BITS, uuid7
from domain.ledger import sold
from domain.lots import EntryKind, LotEntry, LotPhase, LotState, fold
from domain.money import Money
from domain.orders import Deal, Order, OrderKind, open_order
from domain.results import AuctionResult, Outcome, OutcomeReason, judge_result
from services.lot_notices import TELL_RESULT
from services.salerooms import Saleroom

CLOSE_AUCTION = "auctions.close"
ANNOUNCE_RESULT = "auctions.announce-result"
CHARGE_ORDER = "orders.charge"
_MOST_DUE = 100
_MOST_TRIES = 5

_log = structlog.get_logger(__name__)


class ClosingMismatchError(Exception):
    """The folded journal and the frozen live state differ: closing stops until a person has looked."""


class NotClosed(Enum):
    """Why a lot was not closed now."""

    UNKNOWN = "unknown"
    NOT_DUE = "not-due"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Closed:
    """The result stands; `is_new` for the one finaliser that wrote it."""

    result: AuctionResult
    is_new: bool


async def close_due(saleroom: Saleroom) -> int:
    """Have each lot whose end has passed closed by a job of its own; how many were asked for."""
    sources = saleroom.sources
    due = await recorded.due(sources.database, now=sources.clock(), most=_MOST_DUE)
    for auction_id in due:
        await request_close(saleroom, auction_id)
    return len(due)


async def request_close(saleroom: Saleroom, auction_id: str) -> None:
    """Have a worker close the lot."""
    await saleroom.sources.database.write(
        "auctions.request-close",
        lambda connection: jobs.enqueue(connection, CLOSE_AUCTION, {"id": auction_id}, dedupe_key=auction_id),
    )


async def close_auction(saleroom: Saleroom, auction_id: str) -> Closed | NotClosed:
    """Write the lot's canonical result if its effective end has passed (S0-025, S0-029)."""
    standing = (await results.by_ids(saleroom.sources.database, [auction_id]))[0]
    if standing is not None:
        await announce_result(saleroom, auction_id)
        return Closed(standing, is_new=False)
    frozen = await _freeze(saleroom, auction_id)
    if isinstance(frozen, NotClosed):
        return frozen
    if frozen.phase is LotPhase.CANCELLED:
        return NotClosed.CANCELLED
    outcome = await _finalise(saleroom, auction_id, frozen)
    await announce_result(saleroom, auction_id)
    return outcome


async def _freeze(saleroom: Saleroom, auction_id: str) -> LotState | NotClosed:
    """Fence late bids off, bring the journal up to the freeze, and give the state as frozen."""
    live = saleroom.sources.live
    for _ in range(_MOST_TRIES):
        reply = await live_lots.run(live, "lots.freeze", live_lots.freeze_call(auction_id))
        if reply[0] == "missing":
            if not await saleroom.rebuild(auction_id, newer_than=0):
                return NotClosed.UNKNOWN
            continue
        if reply[0] == "not-due":
            await recorded.check_close_at(saleroom.sources.database, auction_id, from_ms(reply[1]))
            return NotClosed.NOT_DUE
        await saleroom.journal.catch_up(auction_id)
        lot = (await live_lots.read_lots(live, [auction_id]))[0]
        if lot is not None and lot.journalled_seq == lot.state.version:
            return lot.state
        if lot is not None:
            # The live state is not the record's (restored from an older copy); the record wins.
            await saleroom.rebuild(auction_id, newer_than=lot.epoch)
    raise ClosingMismatchError(f"The lot {auction_id} cannot be brought to agree with its journal.")


async def _finalise(saleroom: Saleroom, auction_id: str, frozen: LotState) -> Closed:
    def judge(lot: RecordedLot) -> Finalisation:
        folded = fold(lot.auction.terms, lot.log)
        if folded != frozen:
            _log.error("closing stopped: journal and live state differ", auction_id=auction_id)
            raise ClosingMismatchError(f"The lot {auction_id} folds to another state than was frozen.")
        has_bought = any(entry.kind is EntryKind.BOUGHT for entry in lot.log)
        result = judge_result(auction_id, folded, lot.log, has_bought=has_bought)
        order = _order_of(lot.auction, result, saleroom) if result.outcome is Outcome.SOLD else None
        follow_up: tuple[tuple[str, dict[str, str], str], ...] = ((ANNOUNCE_RESULT, {"id": auction_id}, auction_id),)
        follow_up += ((TELL_RESULT, {"id": auction_id}, f"{TELL_RESULT}:{auction_id}"),)
        if order is not None:
            follow_up += ((CHARGE_ORDER, {"id": order.order_id}, order.order_id),)
        return Finalisation(
            result=result,
            closing=_closing_line(lot, folded, result),
            order=order,
            transfer=sold(order) if order is not None else None,
            follow_up=follow_up,
        )

    done = await results.finalise(saleroom.sources.database, auction_id, judge, now=saleroom.sources.clock())
    if done is None:
        raise ClosingMismatchError(f"The lot {auction_id} is not in the record.")
    return Closed(done[0], is_new=done[1])


def _closing_line(lot: RecordedLot, state: LotState, result: AuctionResult) -> LotEntry:
    detail = {"outcome": result.outcome.value, "reason": result.reason.value}
    return LotEntry(
        auction_id=lot.auction.auction_id,
        seq=state.version + 1,
        epoch=lot.auction.epoch,
        kind=EntryKind.CLOSED,
        at=lot.log[-1].at if lot.log else state.ends_at,
        price_minor=state.price_minor,
        leader_id=state.leader_id,
        ends_at=state.ends_at,
        reserve_status=state.reserve_status,
        bid_count=state.bid_count,
        detail=detail,
    )


def _order_of(auction: Auction, result: AuctionResult, saleroom: Saleroom) -> Order:
    now = saleroom.sources.clock()
    deal = Deal(
        kind=OrderKind.BUY_NOW if result.reason is OutcomeReason.BOUGHT_AT_ONCE else OrderKind.AUCTION,
        listing_id=auction.listing_id,
        auction_id=auction.auction_id,
        buyer_id=result.winner_id or "",
        seller_id=auction.terms.seller_id,
        total=Money(result.price_minor or 0, auction.terms.currency),
    )
    return open_order(deal, str(uuid7(now, secrets.randbits(RANDOM_BITS))), now=now)


async def announce_result(saleroom: Saleroom, auction_id: str) -> bool:
    """Show the closing line to subscribers; a live state that is gone or older is rebuilt with it."""
    found = await recorded.recorded_lot(saleroom.sources.database, auction_id)
    if found is None or not found.log or found.log[-1].kind is not EntryKind.CLOSED:
        return False
    reply = await live_lots.run(saleroom.sources.live, "lots.finish", live_lots.finish_call(found.log[-1]))
    if reply == 1:
        return True
    if saleroom.sources.clock() - found.log[-1].ends_at < timedelta(days=1):
        return await saleroom.rebuild(auction_id)
    return False
