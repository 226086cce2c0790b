"""Results of lots: written once, whoever finalises."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.postgres import jobs, ledger, orders
from datasources.postgres.auction_rows import AUCTION
from datasources.postgres.auctions import RecordedLot
from datasources.postgres.bids import insert_line, log_of
from datasources.postgres.connections import Database
from datasources.postgres.tables.auctions import auction_results, auctions
from domain.auctions import AuctionStatus
from domain.ledger import Transfer
from domain.lots import LotEntry
from domain.orders import Order
from domain.results import AuctionResult, Outcome, OutcomeReason


class StandingOrderError(Exception):
    """The lot's thing is sold otherwise: nothing was written, and a person has to look."""


@dataclass(frozen=True, slots=True)
class Finalisation:
    """Everything that the end of a lot writes, all of it or nothing."""

    result: AuctionResult
    closing: LotEntry
    order: Order | None
    transfer: Transfer | None
    follow_up: tuple[tuple[str, Mapping[str, Any], str], ...]
    """Jobs as (name, payload, dedupe key)."""


async def finalise(
    database: Database, auction_id: str, judge: Callable[[RecordedLot], Finalisation], *, now: datetime
) -> tuple[AuctionResult, bool] | None:
    """Write what `judge` makes of the recorded lot in one transaction, once; the result, and whether it is new.

    The auction's row is held meanwhile, and the result's key is the lot: of N finalisers one writes (A3, S0-024).
    """
    query = sa.select(auctions).where(auctions.c.auction_id == auction_id).with_for_update()

    async def run(connection: AsyncConnection) -> tuple[AuctionResult, bool] | None:
        row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        standing = (await connection.execute(_by_ids([auction_id]))).one_or_none()
        if standing is not None:
            return _result(standing), False
        final = judge(RecordedLot(AUCTION.whole.record(row), await log_of(connection, auction_id), ()))
        await _write(connection, final, now=now)
        return final.result, True

    return await database.write("results.finalise", run)


async def _write(connection: AsyncConnection, final: Finalisation, *, now: datetime) -> None:
    result = final.result
    values = {
        "auction_id": result.auction_id,
        "outcome": result.outcome.value,
        "reason": result.reason.value,
        "winner_id": UUID(result.winner_id) if result.winner_id else None,
        "price_minor": result.price_minor,
        "closing_seq": result.closing_seq,
        "bid_count": result.bid_count,
        "ended_at": result.ended_at,
        "closed_at": now,
    }
    await connection.execute(sa.insert(auction_results).values(**values))
    await insert_line(connection, final.closing)
    status = AuctionStatus.PAYMENT_DUE if result.outcome is Outcome.SOLD else AuctionStatus.PASSED
    await connection.execute(
        sa.update(auctions)
        .where(auctions.c.auction_id == result.auction_id)
        .values(status=status.value, updated_at=now)
    )
    if final.order is not None and not await orders.add(connection, final.order):
        raise StandingOrderError(f"Another order stands for the listing of the lot {result.auction_id}.")
    if final.transfer is not None:
        await ledger.post(connection, final.transfer, now=now)
    detail = {"outcome": result.outcome.value, "price_minor": result.price_minor, "winner_id": result.winner_id}
    await orders.audit(
        connection, actor="scheduler", action="auction.closed", subject=result.auction_id, detail=detail, now=now
    )
    for name, payload, key in final.follow_up:
        await jobs.enqueue(connection, name, payload, dedupe_key=key)


async def by_ids(database: Database, ids: Sequence[str]) -> list[AuctionResult | None]:
    """Results in the order of their lots."""

    async def run(connection: AsyncConnection) -> dict[str, AuctionResult]:
        return {row.auction_id: _result(row) for row in await connection.execute(_by_ids(ids))}

    found = await database.read("results.by-ids", run) if ids else {}
    return [found.get(each) for each in ids]


def _by_ids(ids: Sequence[str]) -> sa.Select[Any]:
    return sa.select(auction_results).where(auction_results.c.auction_id.in_(ids))


def _result(row: Any) -> AuctionResult:
    return AuctionResult(
        auction_id=row.auction_id,
        outcome=Outcome(row.outcome),
        reason=OutcomeReason(row.reason),
        winner_id=str(row.winner_id) if row.winner_id else None,
        price_minor=row.price_minor,
        closing_seq=row.closing_seq,
        bid_count=row.bid_count,
        ended_at=row.ended_at,
    )
