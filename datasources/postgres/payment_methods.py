"""Accounts as the payment provider knows them, and the payment methods they saved there."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.postgres import jobs
from datasources.postgres.connections import Database
from datasources.postgres.tables.orders import orders, payment_customers, payment_methods
from domain.orders import OWING
from domain.payments import MOST_PAYMENT_METHODS, PaymentMethod

_MOST_OWING = 100


async def customer_of(database: Database, user_id: str, *, provider: str) -> str | None:
    """The provider's id of the account."""
    query = sa.select(payment_customers.c.customer_id).where(
        payment_customers.c.user_id == UUID(user_id), payment_customers.c.provider == provider
    )

    async def run(connection: AsyncConnection) -> str | None:
        return (await connection.execute(query)).scalar_one_or_none()

    return await database.read("payment-methods.customer", run)


async def add_customer(database: Database, user_id: str, customer_id: str, *, provider: str, now: datetime) -> str:
    """Write down the provider's id of an account, once; the one that stands."""
    values = {"user_id": UUID(user_id), "provider": provider, "customer_id": customer_id, "updated_at": now}
    columns = payment_customers.c
    standing = sa.select(columns.customer_id).where(columns.user_id == UUID(user_id), columns.provider == provider)

    async def run(connection: AsyncConnection) -> str:
        await connection.execute(insert(payment_customers).values(**values).on_conflict_do_nothing())
        return str((await connection.execute(standing)).scalar_one())

    return await database.write("payment-methods.add-customer", run)


async def owner_of(database: Database, customer_id: str, *, provider: str) -> str | None:
    """Whose account the provider knows by this id."""
    query = sa.select(payment_customers.c.user_id).where(
        payment_customers.c.customer_id == customer_id, payment_customers.c.provider == provider
    )

    async def run(connection: AsyncConnection) -> str | None:
        found = (await connection.execute(query)).scalar_one_or_none()
        return None if found is None else str(found)

    return await database.read("payment-methods.owner", run)


async def add(database: Database, method: PaymentMethod, *, provider: str, charge_job: str) -> bool:
    """Keep a payment method once and have what its owner owes collected with it; False when it was kept before."""
    statement = insert(payment_methods).values(
        method_id=method.method_id,
        user_id=UUID(method.user_id),
        provider=provider,
        brand=method.brand,
        last4=method.last4,
        created_at=method.created_at,
    )
    owing = (
        sa.select(orders.c.order_id)
        .where(orders.c.buyer_id == UUID(method.user_id), orders.c.status.in_([each.value for each in OWING]))
        .order_by(orders.c.due_at)
        .limit(_MOST_OWING)
    )

    async def run(connection: AsyncConnection) -> bool:
        done = await connection.execute(statement.on_conflict_do_nothing().returning(payment_methods.c.method_id))
        if done.scalar() is None:
            return False
        for order_id in list((await connection.execute(owing)).scalars()):
            # A key of its own: a charge that runs now may have looked before this method was there.
            key = f"{order_id}:{method.method_id}"
            await jobs.enqueue(connection, charge_job, {"id": order_id}, dedupe_key=key)
        return True

    return await database.write("payment-methods.add", run)


async def of_user(database: Database, user_id: str, *, provider: str) -> Sequence[PaymentMethod]:
    """The account's payment methods, the one that is charged first."""
    columns = payment_methods.c
    query = (
        sa.select(payment_methods)
        .where(columns.user_id == UUID(user_id), columns.provider == provider, columns.removed_at.is_(None))
        .order_by(columns.created_at.desc(), columns.method_id)
        .limit(MOST_PAYMENT_METHODS)
    )

    async def run(connection: AsyncConnection) -> list[PaymentMethod]:
        return [_method(row) for row in await connection.execute(query)]

    return await database.read("payment-methods.of-user", run)


async def remove(database: Database, user_id: UUID, method_id: str, *, forget_job: str, now: datetime) -> bool:
    """Stop charging the account's payment method and have the provider forget it; False when there is none."""
    columns = payment_methods.c
    statement = (
        sa.update(payment_methods)
        .where(columns.method_id == method_id, columns.user_id == user_id, columns.removed_at.is_(None))
        .values(removed_at=now)
    )

    async def run(connection: AsyncConnection) -> bool:
        if (await connection.execute(statement)).rowcount == 0:
            return False
        await jobs.enqueue(connection, forget_job, {"id": method_id}, dedupe_key=method_id)
        return True

    return await database.write("payment-methods.remove", run)


def _method(row: Any) -> PaymentMethod:
    return PaymentMethod(
        method_id=row.method_id,
        user_id=str(row.user_id),
        brand=row.brand,
        last4=row.last4,
        created_at=row.created_at,
    )
