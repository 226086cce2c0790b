"""Rows that nobody needs after some time, and their deletion in bounded steps."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.postgres.tables.listings import counter_flushes
from datasources.postgres.tables.mails import mails
from datasources.postgres.tables.messages import message_edits, messages
from datasources.postgres.tables.moderation import moderation_cases
from datasources.postgres.tables.notifications import notification_causes, notifications
from datasources.postgres.tables.users import idempotency_keys
from datasources.postgres.tables.webhooks import webhook_deliveries
from domain.messages import MessageStatus

LARGEST_STEP = 5_000


@dataclass(frozen=True, slots=True)
class Expiry:
    """How long rows of a table are kept, by the column that dates them."""

    table: sa.TableClause
    dated_by: str
    keep: timedelta
    is_needed_still: Any = None
    """A condition on rows that stay however old they are."""


_job_log = sa.table("pgqueuer_log", sa.column("created"), sa.column("aggregated"))
_job_statistics = sa.table("pgqueuer_statistics", sa.column("created"))
_newest_flush = sa.select(sa.func.max(counter_flushes.c.flushed_at)).scalar_subquery()

EXPIRIES = (
    Expiry(messages, "created_at", timedelta(days=30), messages.c.status != MessageStatus.REJECTED.value),
    Expiry(message_edits, "replaced_at", timedelta(days=180)),
    Expiry(moderation_cases, "created_at", timedelta(days=730), moderation_cases.c.resolution.is_(None)),
    Expiry(mails, "created_at", timedelta(days=90)),
    Expiry(notifications, "created_at", timedelta(days=180)),
    Expiry(notification_causes, "told_at", timedelta(days=365)),
    Expiry(webhook_deliveries, "received_at", timedelta(days=30)),
    Expiry(idempotency_keys, "created_at", timedelta(days=7)),
    # Seeds of live counters ask whether the newest batch is recorded, however long ago that was.
    Expiry(counter_flushes, "flushed_at", timedelta(days=30), counter_flushes.c.flushed_at == _newest_flush),
    Expiry(_job_log, "created", timedelta(days=7), sa.not_(_job_log.c.aggregated)),
    Expiry(_job_statistics, "created", timedelta(days=90)),
)
"""A new noun with rows that age adds its line here."""


async def delete_expired(connection: AsyncConnection, expiry: Expiry, *, now: datetime) -> int:
    """Delete up to 5,000 rows that are too old; how many were deleted."""
    row_id: sa.ColumnClause[str] = sa.literal_column("ctid")
    old = sa.select(row_id).select_from(expiry.table).where(expiry.table.c[expiry.dated_by] < now - expiry.keep)
    if expiry.is_needed_still is not None:
        old = old.where(sa.not_(expiry.is_needed_still))
    statement = sa.delete(expiry.table).where(row_id.in_(old.limit(LARGEST_STEP)))
    return (await connection.execute(statement)).rowcount
