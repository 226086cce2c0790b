"""Create the cache of auctions, the journal of their lots, admissions and results."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0002"
branch_labels = None
depends_on = None

_REFUSE_CHANGE = """
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$
"""
_APPEND_ONLY = """
create trigger append_only before update or delete on bids for each row execute function refuse_change()
"""


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "auctions",
        sa.Column("auction_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("listing_id", sa.Text(), nullable=False),
        sa.Column("sale_id", sa.Text(), nullable=True),
        sa.Column("lot_number", sa.Integer(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("seller_profile_id", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("start_minor", sa.BigInteger(), nullable=False),
        sa.Column("reserve_minor", sa.BigInteger(), nullable=True),
        sa.Column("buy_now_minor", sa.BigInteger(), nullable=True),
        sa.Column("buy_now_until", sa.Text(), nullable=False),
        sa.Column("policy_id", sa.Text(), nullable=False),
        sa.Column("increments", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("window_seconds", sa.Integer(), nullable=False),
        sa.Column("extension_seconds", sa.Integer(), nullable=False),
        sa.Column("cap_seconds", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Integer(), server_default="1", nullable=False),
        sa.Column("close_check_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("auction_id", name=op.f("pk_auctions")),
    )
    op.create_index(op.f("ix_auctions_listing_id"), "auctions", ["listing_id"], unique=False)
    op.create_index(op.f("ix_auctions_sale_id"), "auctions", ["sale_id"], unique=False)
    op.create_index(op.f("ix_auctions_seller_profile_id"), "auctions", ["seller_profile_id"], unique=False)
    op.create_index("ix_auctions_status_close_check_at", "auctions", ["status", "close_check_at"], unique=False)
    op.create_table(
        "bids",
        sa.Column("auction_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("bidder_id", sa.Text(), nullable=True),
        sa.Column("max_minor", sa.BigInteger(), nullable=True),
        sa.Column("is_exact", sa.Boolean(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=True),
        sa.Column("price_minor", sa.BigInteger(), nullable=True),
        sa.Column("leader_id", sa.Text(), nullable=True),
        sa.Column("previous_leader_id", sa.Text(), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reserve_status", sa.Text(), nullable=False),
        sa.Column("bid_count", sa.Integer(), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.PrimaryKeyConstraint("auction_id", "seq", name=op.f("pk_bids")),
        sa.UniqueConstraint(
            "auction_id", "bidder_id", "idempotency_key", name=op.f("uq_bids_auction_id_bidder_id_idempotency_key")
        ),
    )
    op.create_index(op.f("ix_bids_bidder_id"), "bids", ["bidder_id"], unique=False)
    op.create_table(
        "sales",
        sa.Column("sale_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lot_gap_seconds", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sale_id", name=op.f("pk_sales")),
    )
    op.create_table(
        "auction_results",
        sa.Column("auction_id", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("winner_id", sa.Uuid(), nullable=True),
        sa.Column("price_minor", sa.BigInteger(), nullable=True),
        sa.Column("closing_seq", sa.BigInteger(), nullable=False),
        sa.Column("bid_count", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["auction_id"], ["auctions.auction_id"], name=op.f("fk_auction_results_auction_id")),
        sa.PrimaryKeyConstraint("auction_id", name=op.f("pk_auction_results")),
    )
    op.create_table(
        "registrations",
        sa.Column("auction_id", sa.Text(), nullable=False),
        sa.Column("bidder_id", sa.Uuid(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("limit_minor", sa.BigInteger(), nullable=True),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["auction_id"], ["auctions.auction_id"], name=op.f("fk_registrations_auction_id")),
        sa.ForeignKeyConstraint(["bidder_id"], ["users.user_id"], name=op.f("fk_registrations_bidder_id")),
        sa.PrimaryKeyConstraint("auction_id", "bidder_id", name=op.f("pk_registrations")),
    )
    op.create_index(op.f("ix_registrations_bidder_id"), "registrations", ["bidder_id"], unique=False)
    op.execute(_REFUSE_CHANGE)
    op.execute(_APPEND_ONLY)


def downgrade() -> None:
    """Take the change back."""
    op.drop_index(op.f("ix_registrations_bidder_id"), table_name="registrations")
    op.drop_table("registrations")
    op.drop_table("auction_results")
    op.drop_table("sales")
    op.drop_index(op.f("ix_bids_bidder_id"), table_name="bids")
    op.drop_table("bids")
    op.drop_index("ix_auctions_status_close_check_at", table_name="auctions")
    op.drop_index(op.f("ix_auctions_seller_profile_id"), table_name="auctions")
    op.drop_index(op.f("ix_auctions_sale_id"), table_name="auctions")
    op.drop_index(op.f("ix_auctions_listing_id"), table_name="auctions")
    op.drop_table("auctions")
    op.execute("drop function refuse_change()")
