"""The table of public questions under listings, with their answers."""

import sqlalchemy as sa

from datasources.postgres.tables.metadata import AT, metadata

questions = sa.Table(
    "questions",
    metadata,
    sa.Column("question_id", sa.Text, primary_key=True),
    sa.Column("listing_id", sa.Text, nullable=False),
    sa.Column("asker_id", sa.Uuid, sa.ForeignKey("users.user_id"), nullable=False),
    sa.Column("seller_id", sa.Uuid, sa.ForeignKey("users.user_id"), nullable=False, index=True),
    sa.Column("client_message_id", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("asked_at", AT, nullable=False),
    sa.Column("answer", sa.Text),
    sa.Column("answer_status", sa.Text),
    sa.Column("answered_at", AT),
    sa.UniqueConstraint("asker_id", "client_message_id"),
    sa.Index("ix_questions_listing_id_question_id", "listing_id", "question_id"),
)
"""Everybody reads them, the seller of the listing answers; held and rejected ones are not shown."""
