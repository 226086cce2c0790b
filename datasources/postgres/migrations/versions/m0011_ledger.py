"""Create the ledger, orders, payments, second chances and the audit log, with what the database enforces of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_BALANCED = """
create function check_transfer_balances() returns trigger language plpgsql as $$
begin
  if (select count(*) from ledger_entries where transfer_id = new.transfer_id) < 2 or exists (
    select 1 from ledger_entries where transfer_id = new.transfer_id group by currency having sum(amount_minor) <> 0
  ) then
    raise exception 'transfer % does not balance', new.transfer_id using errcode = 'check_violation';
  end if;
  return null;
end $$
"""
_ENTRY = """
create function check_ledger_entry() returns trigger language plpgsql as $$
begin
  if not exists (
    select 1 from ledger_transfers
    where transfer_id = new.transfer_id and posted_in = pg_current_xact_id()::text::bigint
  ) then
    raise exception 'transfer % is closed', new.transfer_id using errcode = 'restrict_violation';
  end if;
  if new.amount_minor < 0 and right(new.account_id, 9) = 'available' then
    perform pg_advisory_xact_lock(hashtextextended(new.account_id, 0));
  end if;
  return new;
end $$
"""
_COVERED = """
create function check_account_covered() returns trigger language plpgsql as $$
begin
  if new.amount_minor < 0 and right(new.account_id, 9) = 'available'
    and (select kind from ledger_transfers where transfer_id = new.transfer_id) not in ('refund', 'dispute')
    and (
      select sum(amount_minor) from ledger_entries where account_id = new.account_id and currency = new.currency
    ) < 0 then
    raise exception 'account % would go below nothing', new.account_id using errcode = 'check_violation';
  end if;
  return null;
end $$
"""
_TRIGGERS = (
    """create constraint trigger balances after insert on ledger_transfers deferrable initially deferred
    for each row execute function check_transfer_balances()""",
    """create constraint trigger balances after insert on ledger_entries deferrable initially deferred
    for each row execute function check_transfer_balances()""",
    """create constraint trigger covered after insert on ledger_entries deferrable initially deferred
    for each row execute function check_account_covered()""",
    "create trigger open_transfer before insert on ledger_entries for each row execute function check_ledger_entry()",
    *(
        f"create trigger append_only before update or delete on {table} for each row execute function refuse_change()"
        for table in ("ledger_transfers", "ledger_entries", "audit_entries", "auction_results")
    ),
)


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "audit_entries",
        sa.Column("audit_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("audit_id", name=op.f("pk_audit_entries")),
    )
    op.create_index(op.f("ix_audit_entries_subject"), "audit_entries", ["subject"], unique=False)
    op.create_table(
        "ledger_transfers",
        sa.Column("transfer_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "posted_in", sa.BigInteger(), server_default=sa.text("pg_current_xact_id()::text::bigint"), nullable=False
        ),
        sa.PrimaryKeyConstraint("transfer_id", name=op.f("pk_ledger_transfers")),
    )
    op.create_index(op.f("ix_ledger_transfers_order_id"), "ledger_transfers", ["order_id"], unique=False)
    op.create_table(
        "orders",
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("listing_id", sa.Text(), nullable=False),
        sa.Column("auction_id", sa.Text(), nullable=True),
        sa.Column("round", sa.Integer(), server_default="0", nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("seller_profile_id", sa.Text(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_orders")),
        sa.UniqueConstraint("auction_id", "round", name=op.f("uq_orders_auction_id_round")),
    )
    op.create_index(op.f("ix_orders_auction_id"), "orders", ["auction_id"], unique=False)
    op.create_index("ix_orders_buyer_id_created_at", "orders", ["buyer_id", "created_at"], unique=False)
    op.create_index(op.f("ix_orders_listing_id"), "orders", ["listing_id"], unique=False)
    op.create_index(
        "ix_orders_seller_profile_id_created_at", "orders", ["seller_profile_id", "created_at"], unique=False
    )
    op.create_index("ix_orders_status_due_at", "orders", ["status", "due_at"], unique=False)
    op.create_index(
        "uq_orders_listing_id_live",
        "orders",
        ["listing_id"],
        unique=True,
        postgresql_where=sa.text("status not in ('defaulted', 'cancelled', 'refunded')"),
    )
    op.create_table(
        "payment_events",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_payment_events")),
    )
    op.create_table(
        "ledger_entries",
        sa.Column("entry_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("transfer_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.CheckConstraint("amount_minor <> 0", name=op.f("ck_ledger_entries_amount_is_not_nothing")),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["ledger_transfers.transfer_id"], name=op.f("fk_ledger_entries_transfer_id")
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_ledger_entries")),
    )
    op.create_index("ix_ledger_entries_account_id_entry_id", "ledger_entries", ["account_id", "entry_id"], unique=False)
    op.create_index(op.f("ix_ledger_entries_transfer_id"), "ledger_entries", ["transfer_id"], unique=False)
    op.create_table(
        "payment_customers",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("payment_method_id", sa.Text(), nullable=True),
        sa.Column("brand", sa.Text(), nullable=True),
        sa.Column("last4", sa.CHAR(length=4), nullable=True),
        sa.Column("setup_id", sa.Text(), nullable=True),
        sa.Column("setup_secret", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name=op.f("fk_payment_customers_user_id")),
        sa.PrimaryKeyConstraint("user_id", "provider", name=op.f("pk_payment_customers")),
        sa.UniqueConstraint("customer_id", name=op.f("uq_payment_customers_customer_id")),
    )
    op.create_table(
        "payments",
        sa.Column("payment_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("client_secret", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.order_id"], name=op.f("fk_payments_order_id")),
        sa.PrimaryKeyConstraint("payment_id", name=op.f("pk_payments")),
        sa.UniqueConstraint("order_id", "attempt", name=op.f("uq_payments_order_id_attempt")),
    )
    op.create_index(op.f("ix_payments_order_id"), "payments", ["order_id"], unique=False)
    op.create_table(
        "second_chances",
        sa.Column("auction_id", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("bidder_id", sa.Uuid(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["auction_id"], ["auctions.auction_id"], name=op.f("fk_second_chances_auction_id")),
        sa.PrimaryKeyConstraint("auction_id", "round", name=op.f("pk_second_chances")),
        sa.UniqueConstraint("auction_id", "bidder_id", name=op.f("uq_second_chances_auction_id_bidder_id")),
    )
    op.create_index(op.f("ix_second_chances_bidder_id"), "second_chances", ["bidder_id"], unique=False)
    for statement in (_BALANCED, _ENTRY, _COVERED, *_TRIGGERS):
        op.execute(statement)


def downgrade() -> None:
    """Take the change back."""
    op.drop_index(op.f("ix_second_chances_bidder_id"), table_name="second_chances")
    op.drop_table("second_chances")
    op.drop_index(op.f("ix_payments_order_id"), table_name="payments")
    op.drop_table("payments")
    op.drop_table("payment_customers")
    op.drop_index(op.f("ix_ledger_entries_transfer_id"), table_name="ledger_entries")
    op.drop_index("ix_ledger_entries_account_id_entry_id", table_name="ledger_entries")
    op.drop_table("ledger_entries")
    op.drop_table("payment_events")
    op.drop_index(
        "uq_orders_listing_id_live",
        table_name="orders",
        postgresql_where=sa.text("status not in ('defaulted', 'cancelled', 'refunded')"),
    )
    op.drop_index("ix_orders_status_due_at", table_name="orders")
    op.drop_index("ix_orders_seller_profile_id_created_at", table_name="orders")
    op.drop_index(op.f("ix_orders_listing_id"), table_name="orders")
    op.drop_index("ix_orders_buyer_id_created_at", table_name="orders")
    op.drop_index(op.f("ix_orders_auction_id"), table_name="orders")
    op.drop_table("orders")
    op.drop_index(op.f("ix_ledger_transfers_order_id"), table_name="ledger_transfers")
    op.drop_table("ledger_transfers")
    op.drop_index(op.f("ix_audit_entries_subject"), table_name="audit_entries")
    op.drop_table("audit_entries")
    op.execute("drop trigger append_only on auction_results")
    for name in ("check_transfer_balances", "check_ledger_entry", "check_account_covered"):
        op.execute(f"drop function {name}()")
