"""The inbox of webhook deliveries: each is stored once, in one transaction with the job that works it off."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.postgres import jobs
from datasources.postgres.tables.webhooks import webhook_deliveries


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery as another system sent it; `delivery_id` is that system's own id, equal in every repetition."""

    source: str
    delivery_id: str
    operation: str
    payload: Mapping[str, Any]
    received_at: datetime


async def receive(connection: AsyncConnection, delivery: Delivery, *, entrypoint: str | None) -> bool:
    """Store the delivery and enqueue its job; False for a repetition, which does neither (W4)."""
    row = insert(webhook_deliveries).values(
        source=delivery.source,
        delivery_id=delivery.delivery_id,
        received_at=delivery.received_at,
        operation=delivery.operation,
        payload=dict(delivery.payload),
    )
    stored = await connection.execute(row.on_conflict_do_nothing().returning(webhook_deliveries.c.delivery_id))
    if stored.scalar() is None:
        return False
    if entrypoint is not None:
        key = f"{delivery.source}:{delivery.delivery_id}"
        await jobs.enqueue(connection, entrypoint, delivery.payload, dedupe_key=key)
    return True
