"""Orders and the audit log: written in the caller's transaction, stepped only where a step is declared."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.postgres import jobs
from datasources.postgres.columns import Column, column
from datasources.postgres.connections import Database
from datasources.postgres.tables.orders import audit_entries, orders, second_chances
from datasources.record_parts import Part, RecordParts
from domain.money import Money
from domain.orders import OWING, Order, OrderKind, OrderStatus, RunnerUp, sources_of
from domain.pages import Slice
from domain.selections import Fields

_columns = orders.c
ORDER: RecordParts[Order, Column] = RecordParts(
    Order,
    {
        "order_id": column(_columns.order_id),
        "kind": column(_columns.kind, OrderKind),
        "listing_id": column(_columns.listing_id),
        "auction_id": column(_columns.auction_id),
        "buyer_id": column(_columns.buyer_id, str),
        "seller_id": column(_columns.seller_profile_id),
        "total": Part((_columns.total_minor, _columns.currency), lambda row: Money(row.total_minor, row.currency)),
        "fee": Part((_columns.fee_minor, _columns.currency), lambda row: Money(row.fee_minor, row.currency)),
        "status": column(_columns.status, OrderStatus),
        "attempts": column(_columns.attempts),
        "due_at": column(_columns.due_at),
        "created_at": column(_columns.created_at),
        "updated_at": column(_columns.updated_at),
        "refunded_minor": column(_columns.refunded_minor),
        "attempt_method_id": column(_columns.attempt_method_id),
    },
    always=("order_id", "buyer_id", "seller_id"),
)

AuditLine = tuple[str, str, Mapping[str, Any]]
"""Who did what, and what belongs to it."""


async def add(connection: AsyncConnection, order: Order, *, round_number: int = 0) -> bool:
    """Write an order once; False when the lot's round or the listing has one that stands already."""
    statement = insert(orders).values(
        order_id=order.order_id,
        kind=order.kind.value,
        listing_id=order.listing_id,
        auction_id=order.auction_id,
        round=round_number,
        buyer_id=UUID(order.buyer_id),
        seller_profile_id=order.seller_id,
        total_minor=order.total.amount_minor,
        fee_minor=order.fee.amount_minor,
        currency=order.total.currency,
        status=order.status.value,
        due_at=order.due_at,
        created_at=order.created_at,
        updated_at=order.updated_at,
    )
    done = await connection.execute(statement.on_conflict_do_nothing().returning(orders.c.order_id))
    return done.scalar() is not None


async def step(connection: AsyncConnection, order_id: str, wanted: OrderStatus, *, now: datetime) -> Order | None:
    """Take a declared step; None when the order does not stand where the step may begin."""
    statement = (
        sa.update(orders)
        .where(orders.c.order_id == order_id, orders.c.status.in_([each.value for each in sources_of(wanted)]))
        .values(status=wanted.value, updated_at=now)
        .returning(*orders.c)
    )
    row = (await connection.execute(statement)).one_or_none()
    return order_of(row) if row is not None else None


async def note_refunded(connection: AsyncConnection, order_id: str, *, minor: int) -> None:
    """Write how much of the total has gone back; the database holds it to the total (L6)."""
    await connection.execute(sa.update(orders).where(orders.c.order_id == order_id).values(refunded_minor=minor))


async def begin_attempt(
    connection: AsyncConnection, order_id: str, *, expected: int, method_id: str, now: datetime
) -> bool:
    """Count one more attempt at collecting, from this payment method, if nobody else has counted it."""
    statement = (
        sa.update(orders)
        .where(
            orders.c.order_id == order_id,
            orders.c.attempts == expected,
            orders.c.status.in_([each.value for each in OWING]),
        )
        .values(attempts=expected + 1, attempt_method_id=method_id, updated_at=now)
    )
    return (await connection.execute(statement)).rowcount == 1


async def by_ids(database: Database, ids: Sequence[str], *, fields: Fields = None) -> list[Order | None]:
    """Orders in order, with these fields."""
    shown = ORDER.variant(fields)
    query = sa.select(*shown.sources).where(orders.c.order_id.in_(ids))

    async def run(connection: AsyncConnection) -> dict[str, Order]:
        return {row.order_id: shown.record(row) for row in await connection.execute(query)}

    found = await database.read("orders.by-ids", run) if ids else {}
    return [found.get(each) for each in ids]


async def page_of_buyer(database: Database, buyer_id: UUID, wanted: Slice, *, fields: Fields = None) -> list[Order]:
    """A buyer's orders, newest first, one more than wanted; the key is the order id, which sorts by time."""
    shown = ORDER.variant(fields)
    query = sa.select(*shown.sources).where(orders.c.buyer_id == buyer_id).order_by(orders.c.order_id.desc())
    if wanted.after is not None:
        query = query.where(orders.c.order_id < wanted.after[0])

    async def run(connection: AsyncConnection) -> list[Order]:
        return [shown.record(row) for row in await connection.execute(query.limit(wanted.first + 1))]

    return await database.read("orders.of-buyer", run)


async def overdue(database: Database, *, now: datetime, most: int) -> list[str]:
    """Orders whose term of payment has passed."""
    query = (
        sa.select(orders.c.order_id)
        .where(orders.c.status.in_([each.value for each in OWING]), orders.c.due_at <= now)
        .order_by(orders.c.due_at)
        .limit(most)
    )

    async def run(connection: AsyncConnection) -> list[str]:
        return list((await connection.execute(query)).scalars())

    return await database.read("orders.overdue", run)


async def offer_second_chance(
    connection: AsyncConnection, *, auction_id: str, round_number: int, runner_up: RunnerUp, expires_at: datetime
) -> bool:
    """Offer the lot to a runner-up once; False when this round or this bidder had an offer already."""
    statement = insert(second_chances).values(
        auction_id=auction_id,
        round=round_number,
        bidder_id=UUID(runner_up.bidder_id),
        price_minor=runner_up.max_minor,
        status="offered",
        expires_at=expires_at,
    )
    done = await connection.execute(statement.on_conflict_do_nothing().returning(second_chances.c.round))
    return done.scalar() is not None


async def take_second_chance(
    connection: AsyncConnection, *, auction_id: str, bidder_id: UUID, wanted: str, now: datetime
) -> tuple[int, int] | None:
    """Answer a standing offer ("accepted" or "lapsed"); its round and price, None when there is none."""
    statement = (
        sa.update(second_chances)
        .where(
            second_chances.c.auction_id == auction_id,
            second_chances.c.bidder_id == bidder_id,
            second_chances.c.status == "offered",
            second_chances.c.expires_at > now if wanted == "accepted" else sa.true(),
        )
        .values(status=wanted)
        .returning(second_chances.c.round, second_chances.c.price_minor)
    )
    row = (await connection.execute(statement)).one_or_none()
    return (row.round, row.price_minor) if row is not None else None


async def second_chances_of(database: Database, auction_id: str) -> list[tuple[int, str, str]]:
    """Offers made so far as (round, bidder, status)."""
    query = sa.select(second_chances).where(second_chances.c.auction_id == auction_id).order_by(second_chances.c.round)

    async def run(connection: AsyncConnection) -> list[tuple[int, str, str]]:
        return [(row.round, str(row.bidder_id), row.status) for row in await connection.execute(query)]

    return await database.read("orders.second-chances", run)


async def audit(
    connection: AsyncConnection, *, actor: str, action: str, subject: str, detail: Mapping[str, Any], now: datetime
) -> None:
    """Say in the audit log what this transaction does."""
    values = {"at": now, "actor": actor, "action": action, "subject": subject, "detail": dict(detail)}
    await connection.execute(sa.insert(audit_entries).values(**values))


async def request(
    database: Database,
    order_id: str,
    *,
    allowed: Collection[OrderStatus],
    job: tuple[str, Mapping[str, Any], str],
    audit_line: AuditLine,
    now: datetime,
) -> bool:
    """Ask for a job about an order that stands in one of these states, and say so in the audit log."""
    held = (
        sa.select(orders.c.order_id)
        .where(orders.c.order_id == order_id, orders.c.status.in_([each.value for each in allowed]))
        .with_for_update()
    )
    name, payload, key = job
    actor, action, detail = audit_line

    async def run(connection: AsyncConnection) -> bool:
        if (await connection.execute(held)).scalar() is None:
            return False
        if await jobs.enqueue(connection, name, payload, dedupe_key=key):
            await audit(connection, actor=actor, action=action, subject=order_id, detail=detail, now=now)
        return True

    return await database.write("orders.request", run)


def order_of(row: Any) -> Order:
    """The record of a whole row."""
    return ORDER.whole.record(row)
