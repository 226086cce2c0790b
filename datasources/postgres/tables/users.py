"""Tables of accounts, the profiles linked to them, and the keys of their retried operations."""

import sqlalchemy as sa

from datasources.postgres.tables.metadata import AT, metadata

users = sa.Table(
    "users",
    metadata,
    sa.Column("user_id", sa.Uuid, primary_key=True),
    sa.Column("issuer", sa.Text, nullable=False),
    sa.Column("external_id", sa.Text, nullable=False),
    sa.Column("created_at", AT, nullable=False),
    sa.UniqueConstraint("issuer", "external_id"),
)
"""One row per account; UNIQUE(issuer, external_id) makes sign-in an upsert (S3-010, S3-022, X-10)."""

profiles = sa.Table(
    "profiles",
    metadata,
    sa.Column("profile_id", sa.Text, primary_key=True),
    sa.Column("external_id", sa.Text, unique=True),
    sa.Column("handle", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("content_updated_at", AT, nullable=False),
    sa.Index("uq_profiles_handle", sa.text("lower(handle)"), unique=True),
)
"""The link from a public profile in content to the account behind it (S1-049)."""

idempotency_keys = sa.Table(
    "idempotency_keys",
    metadata,
    sa.Column("user_id", sa.Uuid, sa.ForeignKey("users.user_id", ondelete="CASCADE"), primary_key=True),
    sa.Column("operation", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("input_hash", sa.Text, nullable=False),
    sa.Column("subject_id", sa.Text, nullable=False),
    sa.Column("created_at", AT, nullable=False, index=True),
)
"""What a client-given key was first used for (X-12); the subject is what the first call created."""
