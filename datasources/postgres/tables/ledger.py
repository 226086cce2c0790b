"""The double-entry ledger: transfers and their lines; balance and permanence are enforced by the database."""

import sqlalchemy as sa

from datasources.postgres.tables.metadata import AT, metadata

ledger_transfers = sa.Table(
    "ledger_transfers",
    metadata,
    sa.Column("transfer_id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("order_id", sa.Text, index=True),
    sa.Column("posted_at", AT, nullable=False),
    sa.Column("posted_in", sa.BigInteger, nullable=False, server_default=sa.text("pg_current_xact_id()::text::bigint")),
)
"""`posted_in` is the database transaction that made it: lines cannot be added to it later."""

ledger_entries = sa.Table(
    "ledger_entries",
    metadata,
    sa.Column("entry_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("transfer_id", sa.Text, sa.ForeignKey("ledger_transfers.transfer_id"), nullable=False, index=True),
    sa.Column("account_id", sa.Text, nullable=False),
    sa.Column("amount_minor", sa.BigInteger, nullable=False),
    sa.Column("currency", sa.CHAR(3), nullable=False),
    sa.CheckConstraint("amount_minor <> 0", name="amount_is_not_nothing"),
    sa.Index("ix_ledger_entries_account_id_entry_id", "account_id", "entry_id"),
)
"""Lines of transfers; balances are sums of them and stored nowhere."""
