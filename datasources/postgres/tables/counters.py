"""Changes of likes and favourites that are not yet folded into the listings' counters."""

import sqlalchemy as sa

from datasources.postgres.tables.metadata import metadata

counter_changes = sa.Table(
    "counter_changes",
    metadata,
    sa.Column("change_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("listing_id", sa.Text, nullable=False, index=True),
    sa.Column("likes", sa.Integer, nullable=False),
    sa.Column("favourites", sa.Integer, nullable=False),
)
"""Appended in the transaction of each mark, so that a popular listing's counter row is not fought over."""
