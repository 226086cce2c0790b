"""Opening orders: the order, its ledger transfer, its audit line and its job in the caller's one transaction."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.postgres import jobs, ledger, orders
from datasources.postgres.tables.auctions import auctions
from domain.auctions import Auction, AuctionStatus
from domain.ledger import sold
from domain.money import Money
from domain.orders import SECOND_CHANCE_TERM, Deal, Order, OrderKind, RunnerUp
from domain.orders import open_order as opened


async def open_order(
    connection: AsyncConnection, order: Order, *, round_number: int, charge_job: str, now: datetime
) -> bool:
    """Write an order with everything that belongs to it; False when another one stands in its place."""
    if not await orders.add(connection, order, round_number=round_number):
        return False
    await ledger.post(connection, sold(order), now=now)
    await orders.audit(
        connection, actor=order.buyer_id, action="order.opened", subject=order.order_id, detail={}, now=now
    )
    await jobs.enqueue(connection, charge_job, {"id": order.order_id}, dedupe_key=order.order_id)
    return True


async def offer(
    connection: AsyncConnection,
    *,
    auction_id: str,
    round_number: int,
    runner_up: RunnerUp,
    expires_at: datetime,
    lapse_job: str,
) -> bool:
    """Offer a lot to a runner-up and have the offer lapse in time."""
    is_new = await orders.offer_second_chance(
        connection, auction_id=auction_id, round_number=round_number, runner_up=runner_up, expires_at=expires_at
    )
    if is_new:
        payload = {"id": auction_id, "bidder": runner_up.bidder_id}
        key = f"{auction_id}:{round_number}"
        await jobs.enqueue(connection, lapse_job, payload, dedupe_key=key, delay=SECOND_CHANCE_TERM)
    return is_new


async def accept(
    connection: AsyncConnection, auction: Auction, bidder_id: UUID, order_id: str, *, charge_job: str, now: datetime
) -> Order | None:
    """Turn a standing offer into an order; None when there is none."""
    taken = await orders.take_second_chance(
        connection, auction_id=auction.auction_id, bidder_id=bidder_id, wanted="accepted", now=now
    )
    if taken is None:
        return None
    round_number, price_minor = taken
    deal = Deal(
        kind=OrderKind.SECOND_CHANCE,
        listing_id=auction.listing_id,
        auction_id=auction.auction_id,
        buyer_id=str(bidder_id),
        seller_id=auction.terms.seller_id,
        total=Money(price_minor, auction.terms.currency),
    )
    order = opened(deal, order_id, now=now)
    if not await open_order(connection, order, round_number=round_number, charge_job=charge_job, now=now):
        return None
    await connection.execute(
        sa.update(auctions)
        .where(auctions.c.auction_id == auction.auction_id, auctions.c.status == AuctionStatus.DEFAULTED.value)
        .values(status=AuctionStatus.PAYMENT_DUE.value, updated_at=now)
    )
    return order
