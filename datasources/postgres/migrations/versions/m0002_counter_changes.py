"""Log changes of likes and favourites until they are folded into the counters."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "counter_changes",
        sa.Column("change_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("listing_id", sa.Text(), nullable=False),
        sa.Column("likes", sa.Integer(), nullable=False),
        sa.Column("favourites", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("change_id", name=op.f("pk_counter_changes")),
    )
    op.create_index(op.f("ix_counter_changes_listing_id"), "counter_changes", ["listing_id"], unique=False)


def downgrade() -> None:
    """Take the change back."""
    op.drop_index(op.f("ix_counter_changes_listing_id"), table_name="counter_changes")
    op.drop_table("counter_changes")
