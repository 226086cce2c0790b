"""The inbox of deliveries from other systems."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from datasources.postgres.tables.metadata import AT, metadata

webhook_deliveries = sa.Table(
    "webhook_deliveries",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("delivery_id", sa.Text, primary_key=True),
    sa.Column("received_at", AT, nullable=False, index=True),
    sa.Column("operation", sa.Text, nullable=False),
    sa.Column("payload", JSONB, nullable=False),
)
"""The inbox: each delivery is stored once, in the transaction that enqueues its job (S0-017, W4)."""
