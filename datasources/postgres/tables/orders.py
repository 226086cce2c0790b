"""Tables of orders, their payments, second chances and the audit log."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from datasources.postgres.tables.metadata import AT, metadata

orders = sa.Table(
    "orders",
    metadata,
    sa.Column("order_id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("listing_id", sa.Text, nullable=False, index=True),
    sa.Column("auction_id", sa.Text, index=True),
    sa.Column("round", sa.Integer, nullable=False, server_default="0"),
    sa.Column("buyer_id", sa.Uuid, nullable=False),
    sa.Column("seller_profile_id", sa.Text, nullable=False),
    sa.Column("total_minor", sa.BigInteger, nullable=False),
    sa.Column("fee_minor", sa.BigInteger, nullable=False),
    sa.Column("currency", sa.CHAR(3), nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("attempt_method_id", sa.Text),
    sa.Column("refunded_minor", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("due_at", AT, nullable=False),
    sa.Column("created_at", AT, nullable=False),
    sa.Column("updated_at", AT, nullable=False),
    sa.UniqueConstraint("auction_id", "round"),
    sa.CheckConstraint("refunded_minor between 0 and total_minor", name="refunded_is_part_of_total"),
    sa.Index("ix_orders_buyer_id_created_at", "buyer_id", "created_at"),
    sa.Index("ix_orders_seller_profile_id_created_at", "seller_profile_id", "created_at"),
    sa.Index("ix_orders_status_due_at", "status", "due_at"),
    sa.Index(
        "uq_orders_listing_id_live",
        "listing_id",
        unique=True,
        postgresql_where=sa.text("status not in ('defaulted', 'cancelled', 'refunded')"),
    ),
)
"""A listing has at most one order that still stands; an auction one per round of second chances."""

payments = sa.Table(
    "payments",
    metadata,
    sa.Column("payment_id", sa.Text, primary_key=True),
    sa.Column("order_id", sa.Text, sa.ForeignKey("orders.order_id"), nullable=False, index=True),
    sa.Column("provider", sa.Text, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("amount_minor", sa.BigInteger, nullable=False),
    sa.Column("currency", sa.CHAR(3), nullable=False),
    sa.Column("failure", sa.Text),
    sa.Column("client_secret", sa.Text),
    sa.Column("is_surplus", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("version", sa.Integer, nullable=False, server_default="0"),
    sa.Column("created_at", AT, nullable=False),
    sa.Column("updated_at", AT, nullable=False),
    sa.UniqueConstraint("order_id", "attempt"),
)
"""Attempts to collect an order's money, by the provider's own payment id (S0-071); never any card data (S0-042).

`version` counts how often one was settled; a surplus one came when nobody owed it (any more), and goes back.
"""

payment_events = sa.Table(
    "payment_events",
    metadata,
    sa.Column("event_id", sa.Text, primary_key=True),
    sa.Column("applied_at", AT, nullable=False),
)
"""Events of the payment provider whose effect is in the record, written in the transaction of that effect (L5, W1)."""

payment_customers = sa.Table(
    "payment_customers",
    metadata,
    sa.Column("user_id", sa.Uuid, sa.ForeignKey("users.user_id"), primary_key=True),
    sa.Column("provider", sa.Text, primary_key=True),
    sa.Column("customer_id", sa.Text, nullable=False, unique=True),
    sa.Column("updated_at", AT, nullable=False),
)
"""Accounts as the payment provider knows them."""

payment_methods = sa.Table(
    "payment_methods",
    metadata,
    sa.Column("method_id", sa.Text, primary_key=True),
    sa.Column("user_id", sa.Uuid, sa.ForeignKey("users.user_id"), nullable=False),
    sa.Column("provider", sa.Text, nullable=False),
    sa.Column("brand", sa.Text),
    sa.Column("last4", sa.CHAR(4)),
    sa.Column("created_at", AT, nullable=False),
    sa.Column("removed_at", AT),
    sa.Index("ix_payment_methods_user_id_created_at", "user_id", "created_at"),
)
"""Tokens of saved payment methods; a removed one stays as a row, so that a late event does not bring it back."""

second_chances = sa.Table(
    "second_chances",
    metadata,
    sa.Column("auction_id", sa.Text, sa.ForeignKey("auctions.auction_id"), primary_key=True),
    sa.Column("round", sa.Integer, primary_key=True),
    sa.Column("bidder_id", sa.Uuid, nullable=False, index=True),
    sa.Column("price_minor", sa.BigInteger, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("expires_at", AT, nullable=False),
    sa.UniqueConstraint("auction_id", "bidder_id"),
)
"""Offers to runner-ups after a default: offered, accepted or lapsed."""

audit_entries = sa.Table(
    "audit_entries",
    metadata,
    sa.Column("audit_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("at", AT, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False, index=True),
    sa.Column("detail", JSONB, nullable=False),
)
"""What was done to money and lots, by whom; append-only, written in the transaction of the change."""
