"""Tables of notifications, the causes already told, what accounts want to hear of, and how far lots were told."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from datasources.postgres.tables.metadata import AT, metadata

_OWNER = "users.user_id"

notifications = sa.Table(
    "notifications",
    metadata,
    sa.Column("notification_id", sa.Text, primary_key=True),
    sa.Column("user_id", sa.Uuid, sa.ForeignKey(_OWNER, ondelete="CASCADE"), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("group_key", sa.Text, nullable=False),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("facts", JSONB, nullable=False),
    sa.Column("created_at", AT, nullable=False, index=True),
    sa.Column("updated_at", AT, nullable=False),
    sa.Column("read_at", AT),
    sa.Index("ix_notifications_user_id_updated_at", "user_id", "updated_at", "notification_id"),
    sa.Index(
        "uq_notifications_unread_group",
        "user_id",
        "kind",
        "group_key",
        unique=True,
        postgresql_where=sa.text("read_at is null"),
    ),
)
"""What accounts were told; a group grows while it is unread, and the index makes two of the same group one."""

notification_causes = sa.Table(
    "notification_causes",
    metadata,
    sa.Column("user_id", sa.Uuid, sa.ForeignKey(_OWNER, ondelete="CASCADE"), primary_key=True),
    sa.Column("cause", sa.Text, primary_key=True),
    sa.Column("told_at", AT, nullable=False, index=True),
)
"""Why accounts were told: each cause once per account, whatever a job repeats."""

notification_preferences = sa.Table(
    "notification_preferences",
    metadata,
    sa.Column("user_id", sa.Uuid, sa.ForeignKey(_OWNER, ondelete="CASCADE"), primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("is_on", sa.Boolean, nullable=False),
    sa.Column("updated_at", AT, nullable=False),
)
"""Only what differs from the kind's own choice."""

lot_notices = sa.Table(
    "lot_notices",
    metadata,
    sa.Column("auction_id", sa.Text, sa.ForeignKey("auctions.auction_id"), primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("ending_told_at", AT),
)
"""Up to which line of its journal a lot's bidders were told, and when its watchers were told of its end."""
