"""Posting transfers and reading balances and entries; what must hold of them is enforced by the database."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.postgres.connections import Database
from datasources.postgres.tables.ledger import ledger_entries, ledger_transfers
from domain.ledger import Balance, LedgerEntry, Transfer
from domain.money import Money
from domain.pages import Slice


async def post(connection: AsyncConnection, transfer: Transfer, *, now: datetime) -> bool:
    """Post a transfer once; False when its id was posted before."""
    header = insert(ledger_transfers).values(
        transfer_id=transfer.transfer_id, kind=transfer.kind, order_id=transfer.order_id, posted_at=now
    )
    posted = await connection.execute(header.on_conflict_do_nothing().returning(ledger_transfers.c.transfer_id))
    if posted.scalar() is None:
        return False
    lines = [
        {
            "transfer_id": transfer.transfer_id,
            "account_id": line.account_id,
            "amount_minor": line.amount.amount_minor,
            "currency": line.amount.currency,
        }
        for line in sorted(transfer.lines, key=lambda line: line.account_id)
    ]
    await connection.execute(sa.insert(ledger_entries).values(lines))
    return True


async def posted_for(connection: AsyncConnection, order_id: str) -> frozenset[str]:
    """Ids of the transfers that were posted for an order."""
    query = sa.select(ledger_transfers.c.transfer_id).where(ledger_transfers.c.order_id == order_id)
    return frozenset((await connection.execute(query)).scalars())


async def balances(database: Database, account_ids: Sequence[str]) -> list[Balance]:
    """What each account holds per currency, as the sum of its entries."""
    entries = ledger_entries.c
    query = (
        sa.select(entries.account_id, entries.currency, sa.func.sum(entries.amount_minor).cast(sa.BigInteger))
        .where(entries.account_id.in_(account_ids))
        .group_by(entries.account_id, entries.currency)
        .order_by(entries.account_id, entries.currency)
    )

    async def run(connection: AsyncConnection) -> list[Balance]:
        return [
            Balance(account, Money(total, currency)) for account, currency, total in await connection.execute(query)
        ]

    return await database.read("ledger.balances", run)


async def entries_of(database: Database, account_ids: Sequence[str], wanted: Slice) -> list[LedgerEntry]:
    """Entries of these accounts, newest first, one more than wanted; the slice's key is the entry id."""
    query = (
        sa.select(ledger_entries, ledger_transfers.c.kind, ledger_transfers.c.order_id, ledger_transfers.c.posted_at)
        .join(ledger_transfers)
        .where(ledger_entries.c.account_id.in_(account_ids))
        .order_by(ledger_entries.c.entry_id.desc())
        .limit(wanted.first + 1)
    )
    if wanted.after is not None:
        query = query.where(ledger_entries.c.entry_id < wanted.after[0])

    async def run(connection: AsyncConnection) -> list[LedgerEntry]:
        return [
            LedgerEntry(
                entry_id=row.entry_id,
                transfer_id=row.transfer_id,
                kind=row.kind,
                order_id=row.order_id,
                account_id=row.account_id,
                amount=Money(row.amount_minor, row.currency),
                posted_at=row.posted_at,
            )
            for row in await connection.execute(query)
        ]

    return await database.read("ledger.entries", run)
