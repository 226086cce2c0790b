"""Create the first tables and the job queue."""

import sqlalchemy as sa
from alembic import op
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "counter_flushes",
        sa.Column("batch_id", sa.Text(), nullable=False),
        sa.Column("flushed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_counter_flushes")),
    )
    op.create_index(op.f("ix_counter_flushes_flushed_at"), "counter_flushes", ["flushed_at"], unique=False)
    op.create_table(
        "listing_counters",
        sa.Column("listing_id", sa.Text(), nullable=False),
        sa.Column("views", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("likes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("favourites", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("flushed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("listing_id", name=op.f("pk_listing_counters")),
    )
    op.create_table(
        "listings_meta",
        sa.Column("listing_id", sa.Text(), nullable=False),
        sa.Column("seller_profile_id", sa.Text(), nullable=True),
        sa.Column("category_id", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.CHAR(length=3), nullable=True),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("content_updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("listing_id", name=op.f("pk_listings_meta")),
    )
    op.create_index(op.f("ix_listings_meta_seller_profile_id"), "listings_meta", ["seller_profile_id"], unique=False)
    op.create_table(
        "profiles",
        sa.Column("profile_id", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("handle", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("content_updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("profile_id", name=op.f("pk_profiles")),
        sa.UniqueConstraint("external_id", name=op.f("uq_profiles_external_id")),
    )
    op.create_index("uq_profiles_handle", "profiles", [sa.text("lower(handle)")], unique=True)
    op.create_table(
        "users",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_users")),
        sa.UniqueConstraint("issuer", "external_id", name=op.f("uq_users_issuer_external_id")),
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("source", "delivery_id", name=op.f("pk_webhook_deliveries")),
    )
    op.create_index(op.f("ix_webhook_deliveries_received_at"), "webhook_deliveries", ["received_at"], unique=False)
    op.create_table(
        "favourites",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("listing_id", sa.Text(), nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name=op.f("fk_favourites_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "listing_id", name=op.f("pk_favourites")),
    )
    op.create_index(op.f("ix_favourites_listing_id"), "favourites", ["listing_id"], unique=False)
    op.create_table(
        "idempotency_keys",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("input_hash", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.user_id"], name=op.f("fk_idempotency_keys_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "operation", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index(op.f("ix_idempotency_keys_created_at"), "idempotency_keys", ["created_at"], unique=False)
    op.create_table(
        "likes",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("listing_id", sa.Text(), nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name=op.f("fk_likes_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "listing_id", name=op.f("pk_likes")),
    )
    op.create_index(op.f("ix_likes_listing_id"), "likes", ["listing_id"], unique=False)
    _run_script(QueryBuilderEnvironment().build_install_query())


def downgrade() -> None:
    """Take the change back."""
    op.drop_index(op.f("ix_likes_listing_id"), table_name="likes")
    op.drop_table("likes")
    op.drop_index(op.f("ix_idempotency_keys_created_at"), table_name="idempotency_keys")
    op.drop_table("idempotency_keys")
    op.drop_index(op.f("ix_favourites_listing_id"), table_name="favourites")
    op.drop_table("favourites")
    op.drop_index(op.f("ix_webhook_deliveries_received_at"), table_name="webhook_deliveries")
    op.drop_table("webhook_deliveries")
    op.drop_table("users")
    op.drop_table("profiles")
    op.drop_index(op.f("ix_listings_meta_seller_profile_id"), table_name="listings_meta")
    op.drop_table("listings_meta")
    op.drop_table("listing_counters")
    op.drop_index(op.f("ix_counter_flushes_flushed_at"), table_name="counter_flushes")
    op.drop_table("counter_flushes")
    _run_script(QueryBuilderEnvironment().build_uninstall_query())


def _run_script(sql: str) -> None:
    """Run several statements at once, which asyncpg allows only outside prepared statements."""
    adapted = op.get_bind().connection.dbapi_connection
    if adapted is None:
        raise RuntimeError("Migrations need an open connection.")
    adapted.run_async(lambda connection: connection.execute(sql))
