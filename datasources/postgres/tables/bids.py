"""The journal of lots: every line of every lot's log, append-only; the record behind what Redis decides."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from datasources.postgres.tables.metadata import AT, metadata

bids = sa.Table(
    "bids",
    metadata,
    sa.Column("auction_id", sa.Text, primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("decided_at", AT, nullable=False),
    sa.Column("bidder_id", sa.Text, index=True),
    sa.Column("max_minor", sa.BigInteger),
    sa.Column("is_exact", sa.Boolean, nullable=False),
    sa.Column("idempotency_key", sa.Text),
    sa.Column("price_minor", sa.BigInteger),
    sa.Column("leader_id", sa.Text),
    sa.Column("previous_leader_id", sa.Text),
    sa.Column("ends_at", AT, nullable=False),
    sa.Column("reserve_status", sa.Text, nullable=False),
    sa.Column("bid_count", sa.Integer, nullable=False),
    sa.Column("detail", JSONB),
    sa.UniqueConstraint("auction_id", "bidder_id", "idempotency_key"),
)
"""No foreign key on purpose: each insert joins the auction's row for its fence, which holds it there anyway."""
