"""Create the tables of conversations, messages, questions, moderation and the events of their topics."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "topic_events",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("topic", "seq", name=op.f("pk_topic_events")),
    )
    op.create_index(op.f("ix_topic_events_at"), "topic_events", ["at"], unique=False)
    op.create_table(
        "topics",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("published_seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("trimmed_seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("topic", name=op.f("pk_topics")),
    )
    op.create_index(
        "ix_topics_unpublished",
        "topics",
        ["changed_at"],
        unique=False,
        postgresql_where=sa.text("published_seq < last_seq"),
    )
    op.create_table(
        "blocks",
        sa.Column("blocker_id", sa.Uuid(), nullable=False),
        sa.Column("blocked_id", sa.Uuid(), nullable=False),
        sa.Column("blocked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("blocker_id <> blocked_id", name=op.f("ck_blocks_not_oneself")),
        sa.ForeignKeyConstraint(["blocked_id"], ["users.user_id"], name=op.f("fk_blocks_blocked_id")),
        sa.ForeignKeyConstraint(["blocker_id"], ["users.user_id"], name=op.f("fk_blocks_blocker_id")),
        sa.PrimaryKeyConstraint("blocker_id", "blocked_id", name=op.f("pk_blocks")),
    )
    op.create_index(op.f("ix_blocks_blocked_id"), "blocks", ["blocked_id"], unique=False)
    op.create_table(
        "conversations",
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("listing_id", sa.Text(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_message_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("buyer_id <> seller_id", name=op.f("ck_conversations_two_people")),
        sa.ForeignKeyConstraint(["buyer_id"], ["users.user_id"], name=op.f("fk_conversations_buyer_id")),
        sa.ForeignKeyConstraint(["seller_id"], ["users.user_id"], name=op.f("fk_conversations_seller_id")),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_conversations")),
        sa.UniqueConstraint(
            "listing_id", "buyer_id", "seller_id", name=op.f("uq_conversations_listing_id_buyer_id_seller_id")
        ),
    )
    op.create_table(
        "moderation_cases",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("subject_user_id", sa.Uuid(), nullable=False),
        sa.Column("reporter_id", sa.Uuid(), nullable=True),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("snapshot", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("resolution", sa.Text(), nullable=True),
        sa.Column("resolved_by", sa.Uuid(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["reporter_id"], ["users.user_id"], name=op.f("fk_moderation_cases_reporter_id")),
        sa.ForeignKeyConstraint(
            ["subject_user_id"], ["users.user_id"], name=op.f("fk_moderation_cases_subject_user_id")
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_moderation_cases")),
    )
    op.create_index("ix_moderation_cases_resolved_at", "moderation_cases", ["resolved_at"], unique=False)
    op.create_index(
        "ix_moderation_cases_state_created_at", "moderation_cases", ["state", "created_at", "case_id"], unique=False
    )
    op.create_index(op.f("ix_moderation_cases_subject_user_id"), "moderation_cases", ["subject_user_id"], unique=False)
    op.create_index(
        "uq_moderation_cases_report",
        "moderation_cases",
        ["subject_kind", "subject_id", "reporter_id"],
        unique=True,
        postgresql_where=sa.text("reporter_id is not null"),
    )
    op.create_table(
        "presence_choices",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("is_hidden", sa.Boolean(), nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.user_id"], name=op.f("fk_presence_choices_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_presence_choices")),
    )
    op.create_table(
        "questions",
        sa.Column("question_id", sa.Text(), nullable=False),
        sa.Column("listing_id", sa.Text(), nullable=False),
        sa.Column("asker_id", sa.Uuid(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("client_message_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answer_status", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["asker_id"], ["users.user_id"], name=op.f("fk_questions_asker_id")),
        sa.ForeignKeyConstraint(["seller_id"], ["users.user_id"], name=op.f("fk_questions_seller_id")),
        sa.PrimaryKeyConstraint("question_id", name=op.f("pk_questions")),
        sa.UniqueConstraint("asker_id", "client_message_id", name=op.f("uq_questions_asker_id_client_message_id")),
    )
    op.create_index("ix_questions_listing_id_question_id", "questions", ["listing_id", "question_id"], unique=False)
    op.create_index(op.f("ix_questions_seller_id"), "questions", ["seller_id"], unique=False)
    op.create_table(
        "suspensions",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name=op.f("fk_suspensions_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_suspensions")),
    )
    op.create_table(
        "messages",
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("sender_id", sa.Uuid(), nullable=False),
        sa.Column("client_message_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attachments", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("about_id", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("edits", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.conversation_id"], name=op.f("fk_messages_conversation_id")
        ),
        sa.ForeignKeyConstraint(["sender_id"], ["users.user_id"], name=op.f("fk_messages_sender_id")),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_messages")),
        sa.UniqueConstraint("conversation_id", "seq", name=op.f("uq_messages_conversation_id_seq")),
        sa.UniqueConstraint("sender_id", "client_message_id", name=op.f("uq_messages_sender_id_client_message_id")),
    )
    op.create_index("ix_messages_created_at", "messages", ["created_at"], unique=False)
    op.create_index("ix_messages_sender_id_created_at", "messages", ["sender_id", "created_at"], unique=False)
    op.create_table(
        "participants",
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("last_delivered_seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_read_seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("unread", sa.Integer(), server_default="0", nullable=False),
        sa.Column("sorted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("muted_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.conversation_id"], name=op.f("fk_participants_conversation_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name=op.f("fk_participants_user_id")),
        sa.PrimaryKeyConstraint("conversation_id", "user_id", name=op.f("pk_participants")),
    )
    op.create_index(
        "ix_participants_unread", "participants", ["user_id"], unique=False, postgresql_where=sa.text("unread > 0")
    )
    op.create_index(
        "ix_participants_user_id_sorted_at", "participants", ["user_id", "sorted_at", "conversation_id"], unique=False
    )
    op.create_table(
        "message_edits",
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.message_id"], name=op.f("fk_message_edits_message_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("message_id", "number", name=op.f("pk_message_edits")),
    )
    op.create_index(op.f("ix_message_edits_replaced_at"), "message_edits", ["replaced_at"], unique=False)


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("message_edits")
    op.drop_table("participants")
    op.drop_table("messages")
    op.drop_table("suspensions")
    op.drop_table("questions")
    op.drop_table("presence_choices")
    op.drop_table("moderation_cases")
    op.drop_table("conversations")
    op.drop_table("blocks")
    op.drop_table("topics")
    op.drop_table("topic_events")
