"""Tables of moderation: cases with a copy of what they are about, and who may not write."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from datasources.postgres.tables.metadata import AT, metadata

moderation_cases = sa.Table(
    "moderation_cases",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject_kind", sa.Text, nullable=False),
    sa.Column("subject_id", sa.Text, nullable=False),
    sa.Column("subject_user_id", sa.Uuid, sa.ForeignKey("users.user_id"), nullable=False, index=True),
    sa.Column("reporter_id", sa.Uuid, sa.ForeignKey("users.user_id")),
    sa.Column("reasons", JSONB, nullable=False),
    sa.Column("note", sa.Text, nullable=False, server_default=""),
    sa.Column("snapshot", JSONB, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("resolution", sa.Text),
    sa.Column("resolved_by", sa.Uuid),
    sa.Column("resolved_at", AT),
    sa.Column("created_at", AT, nullable=False),
    sa.Index("ix_moderation_cases_state_created_at", "state", "created_at", "case_id"),
    sa.Index(
        "uq_moderation_cases_report",
        "subject_kind",
        "subject_id",
        "reporter_id",
        unique=True,
        postgresql_where=sa.text("reporter_id is not null"),
    ),
    sa.Index("ix_moderation_cases_resolved_at", "resolved_at"),
)
"""What staff look at; the snapshot is what was there when the case was opened. A person reports a thing once."""

suspensions = sa.Table(
    "suspensions",
    metadata,
    sa.Column("user_id", sa.Uuid, sa.ForeignKey("users.user_id"), primary_key=True),
    sa.Column("until_at", AT),
    sa.Column("case_id", sa.Text, nullable=False),
    sa.Column("suspended_at", AT, nullable=False),
)
"""Who may not write: until a time, or until somebody lifts it."""
