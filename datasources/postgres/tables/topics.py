"""Tables of log topics: the counter of each topic, and its events."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from datasources.postgres.tables.metadata import AT, metadata

topics = sa.Table(
    "topics",
    metadata,
    sa.Column("topic", sa.Text, primary_key=True),
    sa.Column("last_seq", sa.BigInteger, nullable=False),
    sa.Column("published_seq", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("trimmed_seq", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("changed_at", AT, nullable=False),
    sa.Index("ix_topics_unpublished", "changed_at", postgresql_where=sa.text("published_seq < last_seq")),
)
"""One row per topic. Whoever appends holds the row to the end of the transaction, so numbers become visible in order.

`published_seq` lags behind on purpose: it is what the relay has to look at, not what readers have seen.
"""

topic_events = sa.Table(
    "topic_events",
    metadata,
    sa.Column("topic", sa.Text, primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("payload", JSONB, nullable=False),
    sa.Column("at", AT, nullable=False, index=True),
)
"""The events, kept for seven days and at most a thousand per topic."""
