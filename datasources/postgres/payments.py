"""Payments in the record: attempts, the provider's customers, and the effect of a payment on its order, all at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
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
from domain.payments import COLLECTED, Payment, PaymentStatus
from domain.settlements import Heard, Settlement

Job = tuple[str, Mapping[str, Any], str]


@dataclass(frozen=True, slots=True)
class OrderChange:
    """What a step of an order writes beside its new state."""

    wanted: OrderStatus
    transfer: Transfer | None = None
    auction_status: AuctionStatus | None = None
    follow_up: tuple[Job, ...] = ()


@dataclass(frozen=True, slots=True)
class Effects:
    """What a payment writes: its settlement and what belongs to it."""

    settlement: Settlement
    auction_status: AuctionStatus | None = None
    follow_up: tuple[Job, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """A payment as the provider said it stands, and how often it had been settled when the provider was asked."""

    payment: Payment
    settled_before: int


class NotSettled(Enum):
    """Why nothing was written."""

    UNKNOWN = "unknown"
    """There is no such order."""
    OVERTAKEN = "overtaken"
    """The payment was settled while the provider was being asked: the answer may be older than what stands."""
    APPLIED_BEFORE = "applied-before"
    """The event was."""


async def times_settled(database: Database, payment_id: str) -> int:
    """How often the payment was settled so far; to be asked before the provider is."""
    query = sa.select(payments.c.version).where(payments.c.payment_id == payment_id)

    async def run(connection: AsyncConnection) -> int:
        return (await connection.execute(query)).scalar() or 0

    return await database.read("payments.times-settled", run)


async def settle(
    database: Database,
    reading: Reading,
    judge: Callable[[Order, Heard], Effects],
    *,
    provider: str,
    actor: str,
    now: datetime,
    event_id: str | None = None,
) -> Order | NotSettled:
    """Record a payment as it stands and write what `judge` makes of it, with the order held; the order after it.

    Each settling is of a reading that began after the one before was written, so the last one is the newest. An event
    is applied once: its id is written in this very transaction (L5, W1).
    """
    payment = reading.payment
    held = sa.select(order_rows).where(order_rows.c.order_id == payment.order_id).with_for_update()
    known = sa.select(payments.c.status, payments.c.version, payments.c.is_surplus).where(
        payments.c.payment_id == payment.payment_id
    )

    async def run(connection: AsyncConnection) -> Order | NotSettled:
        row = (await connection.execute(held)).one_or_none()
        if row is None:
            return NotSettled.UNKNOWN
        before = (await connection.execute(known)).one_or_none()
        if (before.version if before is not None else 0) != reading.settled_before:
            return NotSettled.OVERTAKEN
        if event_id is not None:
            first = insert(payment_events).values(event_id=event_id, applied_at=now).on_conflict_do_nothing()
            if (await connection.execute(first.returning(payment_events.c.event_id))).scalar() is None:
                return NotSettled.APPLIED_BEFORE
        heard = Heard(
            is_collected=before is not None and PaymentStatus(before.status) in COLLECTED,
            is_surplus=before is not None and before.is_surplus,
            is_disputed=before is not None and before.status == PaymentStatus.DISPUTED.value,
            posted=await ledger.posted_for(connection, payment.order_id),
        )
        effects = judge(orders.order_of(row), heard)
        await _upsert(connection, payment, provider=provider, is_surplus=effects.settlement.is_surplus, now=now)
        return await _write(connection, orders.order_of(row), effects, actor=actor, now=now)

    return await database.write("payments.settle", run)


async def _write(connection: AsyncConnection, order: Order, effects: Effects, *, actor: str, now: datetime) -> Order:
    settlement = effects.settlement
    for each in settlement.transfers:
        await ledger.post(connection, each, now=now)
    if settlement.refunded_minor != order.refunded_minor:
        await orders.note_refunded(connection, order.order_id, minor=settlement.refunded_minor)
    after = order
    for wanted in settlement.steps:
        change = OrderChange(wanted, auction_status=effects.auction_status)
        after = await step_order(connection, order.order_id, change, actor=actor, now=now) or after
    for name, payload, key in effects.follow_up:
        await jobs.enqueue(connection, name, payload, dedupe_key=key)
    return after


async def step_order(
    connection: AsyncConnection, order_id: str, change: OrderChange, *, actor: str, now: datetime
) -> Order | None:
    """Take an order's step in the caller's transaction; None when it does not stand where the step may begin."""
    order = await orders.step(connection, order_id, change.wanted, now=now)
    if order is None:
        return None
    for name, payload, key in change.follow_up:
        await jobs.enqueue(connection, name, payload, dedupe_key=key)
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


async def _upsert(
    connection: AsyncConnection, payment: Payment, *, provider: str, is_surplus: bool, now: datetime
) -> None:
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
        "is_surplus": is_surplus,
        "version": 1,
        "created_at": now,
        "updated_at": now,
    }
    names = ("status", "failure", "client_secret", "is_surplus", "updated_at")
    changes = {name: values[name] for name in names} | {"version": payments.c.version + 1}
    statement = insert(payments).values(**values)
    await connection.execute(statement.on_conflict_do_update(index_elements=[payments.c.payment_id], set_=changes))


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
        is_surplus=row.is_surplus,
    )
