"""Tables of saved searches and the keys under which a changed listing finds those that may want it."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from datasources.postgres.tables.metadata import AT, metadata

saved_searches = sa.Table(
    "saved_searches",
    metadata,
    sa.Column("search_id", sa.Text, primary_key=True),
    sa.Column("user_id", sa.Uuid, sa.ForeignKey("users.user_id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("query", JSONB, nullable=False),
    sa.Column("price_from", sa.BigInteger),
    sa.Column("price_to", sa.BigInteger),
    sa.Column("currency", sa.CHAR(3)),
    sa.Column("has_alerts", sa.Boolean, nullable=False),
    sa.Column("created_at", AT, nullable=False),
)
"""Searches that accounts keep; the price is a column, so that candidates are narrowed before they are judged."""

saved_search_keys = sa.Table(
    "saved_search_keys",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column(
        "search_id",
        sa.Text,
        sa.ForeignKey("saved_searches.search_id", ondelete="CASCADE"),
        primary_key=True,
        index=True,
    ),
)
"""Each search stands under its most telling condition only; whatever satisfies the search has that key too."""
