"""Tables of mails: where accounts are written to, and every mail from being asked for to its fate."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from datasources.postgres.tables.metadata import AT, metadata

mail_addresses = sa.Table(
    "mail_addresses",
    metadata,
    sa.Column("user_id", sa.Uuid, sa.ForeignKey("users.user_id", ondelete="CASCADE"), primary_key=True),
    sa.Column("address", sa.Text, nullable=False, index=True),
    sa.Column("name", sa.Text),
    sa.Column("stopped_because", sa.Text),
    sa.Column("updated_at", AT, nullable=False),
)
"""The address that the identity provider vouches for; stopped once mail to it bounced or was called spam."""

mails = sa.Table(
    "mails",
    metadata,
    sa.Column("mail_id", sa.Text, primary_key=True),
    sa.Column("recipient", sa.Text, nullable=False),
    sa.Column("dedupe_key", sa.Text, nullable=False, unique=True),
    sa.Column("draft", JSONB, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("letter", JSONB),
    sa.Column("created_at", AT, nullable=False, index=True),
    sa.Column("claimed_at", AT),
    sa.Column("sent_at", AT),
    sa.Column("provider_id", sa.Text, index=True),
    sa.Column("digest_id", sa.Text),
    sa.Column("delivered_at", AT),
    sa.Column("bounced_at", AT),
    sa.Column("complained_at", AT),
    sa.Index("ix_mails_recipient_claimed_at", "recipient", "claimed_at"),
    sa.Index(
        "ix_mails_unsent",
        "recipient",
        "created_at",
        postgresql_where=sa.text("status in ('waiting', 'held', 'sending')"),
    ),
)
"""The outbox; a mail is written in the transaction of what it tells, and its key makes it one however often asked."""
