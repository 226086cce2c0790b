"""The table of feature flags."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from datasources.postgres.tables.metadata import AT, metadata

flags = sa.Table(
    "flags",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("is_on", sa.Boolean, nullable=False),
    sa.Column("roles", JSONB, nullable=False),
    sa.Column("user_ids", JSONB, nullable=False),
    sa.Column("updated_at", AT, nullable=False),
)
"""Switches that change at run time; one that has no row is on."""
