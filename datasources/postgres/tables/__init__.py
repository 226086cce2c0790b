"""Every Postgres table by noun; a new noun adds its import here, so that migrations see it."""

from datasources.postgres.tables import (
    auctions,
    bids,
    counters,
    flags,
    ledger,
    listings,
    mails,
    messages,
    moderation,
    notifications,
    orders,
    questions,
    saved_searches,
    topics,
    users,
    webhooks,
)
from datasources.postgres.tables.metadata import metadata

__all__ = [
    "auctions",
    "bids",
    "counters",
    "flags",
    "ledger",
    "listings",
    "mails",
    "messages",
    "metadata",
    "moderation",
    "notifications",
    "orders",
    "questions",
    "saved_searches",
    "topics",
    "users",
    "webhooks",
]
