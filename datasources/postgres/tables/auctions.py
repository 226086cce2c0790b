"""Tables of auctions: definitions cached from content, sales, admissions of bidders, and results."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from datasources.postgres.tables.metadata import AT, metadata

auctions = sa.Table(
    "auctions",
    metadata,
    sa.Column("auction_id", sa.Text, primary_key=True),
    sa.Column("revision", sa.Text, nullable=False),
    sa.Column("listing_id", sa.Text, nullable=False, index=True),
    sa.Column("sale_id", sa.Text, index=True),
    sa.Column("lot_number", sa.Integer),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("currency", sa.CHAR(3), nullable=False),
    sa.Column("seller_profile_id", sa.Text, nullable=False, index=True),
    sa.Column("starts_at", AT, nullable=False),
    sa.Column("ends_at", AT, nullable=False),
    sa.Column("start_minor", sa.BigInteger, nullable=False),
    sa.Column("reserve_minor", sa.BigInteger),
    sa.Column("buy_now_minor", sa.BigInteger),
    sa.Column("buy_now_until", sa.Text, nullable=False),
    sa.Column("policy_id", sa.Text, nullable=False),
    sa.Column("increments", JSONB, nullable=False),
    sa.Column("window_seconds", sa.Integer, nullable=False),
    sa.Column("extension_seconds", sa.Integer, nullable=False),
    sa.Column("cap_seconds", sa.Integer, nullable=False),
    sa.Column("epoch", sa.Integer, nullable=False, server_default="1"),
    sa.Column("close_check_at", AT, nullable=False),
    sa.Column("updated_at", AT, nullable=False),
    sa.Index("ix_auctions_status_close_check_at", "status", "close_check_at"),
)
"""One row per lot (S0-022). `epoch` fences off journal writers of a live state that has been rebuilt since."""

sales = sa.Table(
    "sales",
    metadata,
    sa.Column("sale_id", sa.Text, primary_key=True),
    sa.Column("revision", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("starts_at", AT, nullable=False),
    sa.Column("ends_at", AT, nullable=False),
    sa.Column("lot_gap_seconds", sa.Integer, nullable=False),
    sa.Column("updated_at", AT, nullable=False),
)
"""Several lots whose ends follow each other."""

registrations = sa.Table(
    "registrations",
    metadata,
    sa.Column("auction_id", sa.Text, sa.ForeignKey("auctions.auction_id"), primary_key=True),
    sa.Column("bidder_id", sa.Uuid, sa.ForeignKey("users.user_id"), primary_key=True, index=True),
    sa.Column("standing", sa.Text, nullable=False),
    sa.Column("limit_minor", sa.BigInteger),
    sa.Column("registered_at", AT, nullable=False),
)
"""Who may bid on which lot, and up to what."""

auction_results = sa.Table(
    "auction_results",
    metadata,
    sa.Column("auction_id", sa.Text, sa.ForeignKey("auctions.auction_id"), primary_key=True),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("winner_id", sa.Uuid),
    sa.Column("price_minor", sa.BigInteger),
    sa.Column("closing_seq", sa.BigInteger, nullable=False),
    sa.Column("bid_count", sa.Integer, nullable=False),
    sa.Column("ended_at", AT, nullable=False),
    sa.Column("closed_at", AT, nullable=False),
)
"""The canonical result; its primary key lets N finalisers write one (A3, S0-024)."""
