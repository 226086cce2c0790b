"""Tables beside the listings in content: reference rows, counters, and what viewers marked."""

import sqlalchemy as sa

from datasources.postgres.tables.metadata import AT, metadata

listings_meta = sa.Table(
    "listings_meta",
    metadata,
    sa.Column("listing_id", sa.Text, primary_key=True),
    sa.Column("seller_profile_id", sa.Text, index=True),
    sa.Column("category_id", sa.Text),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("price_minor", sa.BigInteger),
    sa.Column("currency", sa.CHAR(3)),
    sa.Column("revision", sa.Text, nullable=False),
    sa.Column("content_updated_at", AT, nullable=False),
    sa.Column("deleted_at", AT),
)
"""The minimal reference of each published listing, copied on publish (S0-062, S0-068)."""

listing_counters = sa.Table(
    "listing_counters",
    metadata,
    sa.Column("listing_id", sa.Text, primary_key=True),
    sa.Column("views", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("likes", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("favourites", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("flushed_at", AT, nullable=False),
)
"""Counters as last flushed from Redis (S0-033, S0-070)."""

counter_flushes = sa.Table(
    "counter_flushes",
    metadata,
    sa.Column("batch_id", sa.Text, primary_key=True),
    sa.Column("flushed_at", AT, nullable=False, index=True),
)
"""Batches already added to the counters, so that a repeated flush adds nothing."""


def _marks(name: str) -> sa.Table:
    return sa.Table(
        name,
        metadata,
        sa.Column("user_id", sa.Uuid, sa.ForeignKey("users.user_id", ondelete="CASCADE"), primary_key=True),
        sa.Column("listing_id", sa.Text, primary_key=True, index=True),
        sa.Column("marked_at", AT, nullable=False),
    )


likes = _marks("likes")
favourites = _marks("favourites")
