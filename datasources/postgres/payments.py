"""Payments in the record: attempts, the provider's customers, and the effect of a payment on its order, all at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.postgres import jobs, ledger, orders
from datasources.postgres.connections import Database
from datasources.postgres.tables.auctions import auctions
from datasources.postgres.tables.orders import orders as order_rows
from datasources.postgres.tables.orders import payment_events, payments
from domain.auctions import AuctionStatus
from domain.ledger import Transfer
from domain.money import Money
from domain.orders import Order, OrderStatus
from domain.payments import Payment, PaymentStatus

Job = tuple[str, Mapping[str, Any], str]


@dataclass(frozen=True, slots=True)
class OrderChange:
    """What a step of an order writes beside its new state."""

    wanted: OrderStatus
    transfer: Transfer | None = None
    auction_status: AuctionStatus | None = None
    follow_up: tuple[Job, ...] = ()
    if_refused: tuple[Job, ...] = ()
    """Jobs when the order no longer stands where the step may begin."""


async def settle(
    database: Database,
    payment: Payment,
    change: OrderChange | None,
    *,
    provider: str,
    actor: str,
    now: datetime,
    event_id: str | None = None,
) -> Order | None:
    """Record a payment as it stands and take the order's step with everything that belongs to it.

    An event is applied once: its id is written in this very transaction (L5, W1). None when nothing was stepped.
    """

    async def run(connection: AsyncConnection) -> Order | None:
        if event_id is not None:
            first = insert(payment_events).values(event_id=event_id, applied_at=now).on_conflict_do_nothing()
            if (await connection.execute(first.returning(payment_events.c.event_id))).scalar() is None:
                return None
        held = sa.select(order_rows.c.order_id).where(order_rows.c.order_id == payment.order_id).with_for_update()
        if (await connection.execute(held)).scalar() is None:
            return None
        await _upsert(connection, payment, provider=provider, now=now)
        return await _step(connection, payment.order_id, change, actor=actor, now=now) if change else None

    return await database.write("payments.settle", run)


async def change_order(
    database: Database, order_id: str, change: OrderChange, *, actor: str, now: datetime
) -> Order | None:
    """Take an order's step without a payment; None when it does not stand where the step may begin."""
    return await database.write(
        "orders.change", lambda connection: _step(connection, order_id, change, actor=actor, now=now)
    )


async def _step(
    connection: AsyncConnection, order_id: str, change: OrderChange, *, actor: str, now: datetime
) -> Order | None:
    order = await orders.step(connection, order_id, change.wanted, now=now)
    for name, payload, key in change.follow_up if order is not None else change.if_refused:
        await jobs.enqueue(connection, name, payload, dedupe_key=key)
    if order is None:
        return None
    if change.transfer is not None:
        await ledger.post(connection, change.transfer, now=now)
    if change.auction_status is not None and order.auction_id is not None:
        await connection.execute(
            sa.update(auctions)
            .where(auctions.c.auction_id == order.auction_id)
            .values(status=change.auction_status.value, updated_at=now)
        )
    await orders.audit(
        connection, actor=actor, action=f"order.{change.wanted.value}", subject=order_id, detail={}, now=now
    )
    return order


async def _upsert(connection: AsyncConnection, payment: Payment, *, provider: str, now: datetime) -> None:
    values = {
        "payment_id": payment.payment_id,
        "order_id": payment.order_id,
        "provider": provider,
        "attempt": payment.attempt,
        "status": payment.status.value,
        "amount_minor": payment.amount.amount_minor,
        "currency": payment.amount.currency,
        "failure": payment.failure,
        "client_secret": payment.client_secret,
        "created_at": now,
        "updated_at": now,
    }
    changes = {name: values[name] for name in ("status", "failure", "client_secret", "updated_at")}
    statement = insert(payments).values(**values)
    # What was read before a refund and comes after it is old news.
    is_open = payments.c.status != PaymentStatus.REFUNDED.value
    await connection.execute(
        statement.on_conflict_do_update(index_elements=[payments.c.payment_id], set_=changes, where=is_open)
    )


async def of_order(database: Database, order_id: str) -> list[Payment]:
    """The attempts at collecting an order's money, in order."""
    query = sa.select(payments).where(payments.c.order_id == order_id).order_by(payments.c.attempt)

    async def run(connection: AsyncConnection) -> list[Payment]:
        return [_payment(row) for row in await connection.execute(query)]

    return await database.read("payments.of-order", run)


async def newest_of_orders(database: Database, order_ids: Sequence[str]) -> list[Payment | None]:
    """The newest attempt of each order, in order."""
    query = (
        sa.select(payments)
        .where(payments.c.order_id.in_(order_ids))
        .ext(distinct_on(payments.c.order_id))
        .order_by(payments.c.order_id, payments.c.attempt.desc())
    )

    async def run(connection: AsyncConnection) -> dict[str, Payment]:
        return {row.order_id: _payment(row) for row in await connection.execute(query)}

    found = await database.read("payments.newest", run) if order_ids else {}
    return [found.get(each) for each in order_ids]


def _payment(row: Any) -> Payment:
    return Payment(
        payment_id=row.payment_id,
        order_id=row.order_id,
        attempt=row.attempt,
        amount=Money(row.amount_minor, row.currency),
        status=PaymentStatus(row.status),
        failure=row.failure,
        client_secret=row.client_secret,
    )
