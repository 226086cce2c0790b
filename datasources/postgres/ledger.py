"""Posting transfers and reading balances and entries; what must hold of them is enforced by the database."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.postgres.columns import Column, column
from datasources.postgres.connections import Database
from datasources.postgres.tables.ledger import ledger_entries, ledger_transfers
from datasources.record_parts import Part, RecordParts
from domain.ledger import Balance, LedgerEntry, Transfer
from domain.money import Money
from domain.pages import Slice
from domain.selections import Fields


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


_lines, _transfers = ledger_entries.c, ledger_transfers.c
ENTRY: RecordParts[LedgerEntry, Column] = RecordParts(
    LedgerEntry,
    {
        "entry_id": column(_lines.entry_id),
        "transfer_id": column(_lines.transfer_id),
        "kind": column(_transfers.kind),
        "order_id": column(_transfers.order_id),
        "account_id": column(_lines.account_id),
        "amount": Part((_lines.amount_minor, _lines.currency), lambda row: Money(row.amount_minor, row.currency)),
        "posted_at": column(_transfers.posted_at),
    },
    always=("entry_id",),
)


async def entries_of(
    database: Database, account_ids: Sequence[str], wanted: Slice, *, fields: Fields = None
) -> list[LedgerEntry]:
    """Entries of these accounts, newest first, one more than wanted; the slice's key is the entry id."""
    parts = ENTRY.variant(fields)
    query = (
        sa.select(*parts.sources)
        .where(ledger_entries.c.account_id.in_(account_ids))
        .order_by(ledger_entries.c.entry_id.desc())
        .limit(wanted.first + 1)
    )
    if wanted.after is not None:
        query = query.where(ledger_entries.c.entry_id < wanted.after[0])
    if any(each.table is ledger_transfers for each in parts.sources):
        query = query.join_from(ledger_entries, ledger_transfers)

    async def run(connection: AsyncConnection) -> list[LedgerEntry]:
        return [parts.record(row) for row in await connection.execute(query)]

    return await database.read("ledger.entries", run)
