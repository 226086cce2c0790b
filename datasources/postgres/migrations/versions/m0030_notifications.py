"""Create the tables of notifications, preferences, saved searches and mails."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "mail_addresses",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("stopped_because", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.user_id"], name=op.f("fk_mail_addresses_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_mail_addresses")),
    )
    op.create_index(op.f("ix_mail_addresses_address"), "mail_addresses", ["address"], unique=False)
    op.create_table(
        "mails",
        sa.Column("mail_id", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("dedupe_key", sa.Text(), nullable=False),
        sa.Column("draft", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("letter", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("digest_id", sa.Text(), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("bounced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("complained_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("mail_id", name=op.f("pk_mails")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_mails_dedupe_key")),
    )
    op.create_index(op.f("ix_mails_created_at"), "mails", ["created_at"], unique=False)
    op.create_index(op.f("ix_mails_provider_id"), "mails", ["provider_id"], unique=False)
    op.create_index("ix_mails_recipient_claimed_at", "mails", ["recipient", "claimed_at"], unique=False)
    op.create_index(
        "ix_mails_unsent",
        "mails",
        ["recipient", "created_at"],
        unique=False,
        postgresql_where=sa.text("status in ('waiting', 'held', 'sending')"),
    )
    op.create_table(
        "notifications",
        sa.Column("notification_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("group_key", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.user_id"], name=op.f("fk_notifications_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("notification_id", name=op.f("pk_notifications")),
    )
    op.create_index(op.f("ix_notifications_created_at"), "notifications", ["created_at"], unique=False)
    op.create_index(
        "ix_notifications_user_id_updated_at",
        "notifications",
        ["user_id", "updated_at", "notification_id"],
        unique=False,
    )
    op.create_index(
        "uq_notifications_unread_group",
        "notifications",
        ["user_id", "kind", "group_key"],
        unique=True,
        postgresql_where=sa.text("read_at is null"),
    )
    op.create_table(
        "notification_causes",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.user_id"], name=op.f("fk_notification_causes_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "cause", name=op.f("pk_notification_causes")),
    )
    op.create_index(op.f("ix_notification_causes_told_at"), "notification_causes", ["told_at"], unique=False)
    op.create_table(
        "notification_preferences",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.user_id"], name=op.f("fk_notification_preferences_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "kind", "channel", name=op.f("pk_notification_preferences")),
    )
    op.create_table(
        "lot_notices",
        sa.Column("auction_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("ending_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["auction_id"], ["auctions.auction_id"], name=op.f("fk_lot_notices_auction_id")),
        sa.PrimaryKeyConstraint("auction_id", name=op.f("pk_lot_notices")),
    )
    op.create_table(
        "saved_searches",
        sa.Column("search_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("price_from", sa.BigInteger(), nullable=True),
        sa.Column("price_to", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.CHAR(length=3), nullable=True),
        sa.Column("has_alerts", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.user_id"], name=op.f("fk_saved_searches_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("search_id", name=op.f("pk_saved_searches")),
    )
    op.create_index(op.f("ix_saved_searches_user_id"), "saved_searches", ["user_id"], unique=False)
    op.create_table(
        "saved_search_keys",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("search_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["search_id"], ["saved_searches.search_id"], name=op.f("fk_saved_search_keys_search_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key", "search_id", name=op.f("pk_saved_search_keys")),
    )
    op.create_index(op.f("ix_saved_search_keys_search_id"), "saved_search_keys", ["search_id"], unique=False)


def downgrade() -> None:
    """Take the change back."""
    op.drop_index(op.f("ix_saved_search_keys_search_id"), table_name="saved_search_keys")
    op.drop_table("saved_search_keys")
    op.drop_index(op.f("ix_saved_searches_user_id"), table_name="saved_searches")
    op.drop_table("saved_searches")
    op.drop_table("lot_notices")
    op.drop_table("notification_preferences")
    op.drop_index(op.f("ix_notification_causes_told_at"), table_name="notification_causes")
    op.drop_table("notification_causes")
    op.drop_index(
        "uq_notifications_unread_group", table_name="notifications", postgresql_where=sa.text("read_at is null")
    )
    op.drop_index("ix_notifications_user_id_updated_at", table_name="notifications")
    op.drop_index(op.f("ix_notifications_created_at"), table_name="notifications")
    op.drop_table("notifications")
    op.drop_index(
        "ix_mails_unsent", table_name="mails", postgresql_where=sa.text("status in ('waiting', 'held', 'sending')")
    )
    op.drop_index("ix_mails_recipient_claimed_at", table_name="mails")
    op.drop_index(op.f("ix_mails_provider_id"), table_name="mails")
    op.drop_index(op.f("ix_mails_created_at"), table_name="mails")
    op.drop_table("mails")
    op.drop_index(op.f("ix_mail_addresses_address"), table_name="mail_addresses")
    op.drop_table("mail_addresses")
