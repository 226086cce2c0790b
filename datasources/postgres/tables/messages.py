"""Tables of conversations: the two people, their messages with every earlier text, and who will not hear of whom."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from datasources.postgres.tables.metadata import AT, metadata

_USER = "users.user_id"

conversations = sa.Table(
    "conversations",
    metadata,
    sa.Column("conversation_id", sa.Text, primary_key=True),
    sa.Column("listing_id", sa.Text, nullable=False),
    sa.Column("buyer_id", sa.Uuid, sa.ForeignKey(_USER), nullable=False),
    sa.Column("seller_id", sa.Uuid, sa.ForeignKey(_USER), nullable=False),
    sa.Column("last_seq", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("version", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("created_at", AT, nullable=False),
    sa.Column("last_message_at", AT),
    sa.UniqueConstraint("listing_id", "buyer_id", "seller_id"),
    sa.CheckConstraint("buyer_id <> seller_id", name="two_people"),
)
"""One row per listing, buyer and seller; whoever gives a message its number holds the row."""

participants = sa.Table(
    "participants",
    metadata,
    sa.Column("conversation_id", sa.Text, sa.ForeignKey("conversations.conversation_id"), primary_key=True),
    sa.Column("user_id", sa.Uuid, sa.ForeignKey(_USER), primary_key=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("last_delivered_seq", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("last_read_seq", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("unread", sa.Integer, nullable=False, server_default="0"),
    sa.Column("sorted_at", AT),
    sa.Column("archived_at", AT),
    sa.Column("muted_until", AT),
    sa.Index("ix_participants_user_id_sorted_at", "user_id", "sorted_at", "conversation_id"),
    sa.Index("ix_participants_unread", "user_id", postgresql_where=sa.text("unread > 0")),
)
"""How far each of the two has come; `unread` is a cache that is counted anew each night."""

messages = sa.Table(
    "messages",
    metadata,
    sa.Column("message_id", sa.Text, primary_key=True),
    sa.Column("conversation_id", sa.Text, sa.ForeignKey("conversations.conversation_id"), nullable=False),
    sa.Column("seq", sa.BigInteger),
    sa.Column("sender_id", sa.Uuid, sa.ForeignKey(_USER), nullable=False),
    sa.Column("client_message_id", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("attachments", JSONB, nullable=False),
    sa.Column("about_id", sa.Text),
    sa.Column("created_at", AT, nullable=False),
    sa.Column("edited_at", AT),
    sa.Column("deleted_at", AT),
    sa.Column("edits", sa.Integer, nullable=False, server_default="0"),
    sa.UniqueConstraint("conversation_id", "seq"),
    sa.UniqueConstraint("sender_id", "client_message_id"),
    sa.Index("ix_messages_sender_id_created_at", "sender_id", "created_at"),
    sa.Index("ix_messages_created_at", "created_at"),
)
"""Messages. UNIQUE(sender, client's id) makes a retry one message (C3), UNIQUE(conversation, seq) an order (C1)."""

message_edits = sa.Table(
    "message_edits",
    metadata,
    sa.Column("message_id", sa.Text, sa.ForeignKey("messages.message_id", ondelete="CASCADE"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("replaced_at", AT, nullable=False, index=True),
)
"""What a message said before each change, also the last one that made it a tombstone."""

blocks = sa.Table(
    "blocks",
    metadata,
    sa.Column("blocker_id", sa.Uuid, sa.ForeignKey(_USER), primary_key=True),
    sa.Column("blocked_id", sa.Uuid, sa.ForeignKey(_USER), primary_key=True, index=True),
    sa.Column("blocked_at", AT, nullable=False),
    sa.CheckConstraint("blocker_id <> blocked_id", name="not_oneself"),
)
"""Silence in both directions, of which the blocked one is told nothing."""

presence_choices = sa.Table(
    "presence_choices",
    metadata,
    sa.Column("user_id", sa.Uuid, sa.ForeignKey(_USER, ondelete="CASCADE"), primary_key=True),
    sa.Column("is_hidden", sa.Boolean, nullable=False),
    sa.Column("chosen_at", AT, nullable=False),
)
"""Who does not want to be seen online."""
