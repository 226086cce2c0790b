"""What happened in a span of time, counted for the staff's report."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.postgres.tables.auctions import auction_results
from datasources.postgres.tables.bids import bids
from datasources.postgres.tables.mails import mails
from datasources.postgres.tables.messages import messages
from datasources.postgres.tables.orders import orders
from datasources.postgres.tables.users import users
from domain.lots import EntryKind
from domain.money import Money
from domain.orders import OrderStatus
from domain.results import Outcome

_PAID = [OrderStatus.PAID.value, OrderStatus.COMPLETED.value]


@dataclass(frozen=True, slots=True)
class Report:
    """Counts of one span of time."""

    new_accounts: int
    bids: int
    lots_sold: int
    lots_passed: int
    messages: int
    mails_sent: int
    mails_bounced: int
    paid: tuple[Money, ...]
    """The totals of orders that were paid, per currency."""


async def report_of(connection: AsyncConnection, *, since: datetime, until: datetime) -> Report:
    """Count what happened from one moment to another."""

    def span(column: Any) -> Any:
        return sa.and_(column >= since, column < until)

    async def count(table: sa.Table, *conditions: Any) -> int:
        query = sa.select(sa.func.count()).select_from(table).where(*conditions)
        return int((await connection.execute(query)).scalar_one())

    ended = span(auction_results.c.closed_at)
    paid = (
        sa.select(orders.c.currency, sa.func.sum(orders.c.total_minor))
        .where(orders.c.status.in_(_PAID), span(orders.c.updated_at))
        .group_by(orders.c.currency)
        .order_by(orders.c.currency)
    )
    return Report(
        new_accounts=await count(users, span(users.c.created_at)),
        bids=await count(bids, bids.c.kind == EntryKind.BID.value, span(bids.c.decided_at)),
        lots_sold=await count(auction_results, auction_results.c.outcome == Outcome.SOLD.value, ended),
        lots_passed=await count(auction_results, auction_results.c.outcome == Outcome.PASSED.value, ended),
        messages=await count(messages, span(messages.c.created_at)),
        mails_sent=await count(mails, span(mails.c.sent_at)),
        mails_bounced=await count(mails, span(mails.c.bounced_at)),
        paid=tuple(Money(int(total), currency) for currency, total in await connection.execute(paid)),
    )
