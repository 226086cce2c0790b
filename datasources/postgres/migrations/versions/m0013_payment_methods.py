"""Create the table of saved payment methods; an account may have several."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_MOVED = ("payment_method_id", "brand", "last4", "setup_id", "setup_secret")


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "payment_methods",
        sa.Column("method_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=True),
        sa.Column("last4", sa.CHAR(length=4), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name=op.f("fk_payment_methods_user_id")),
        sa.PrimaryKeyConstraint("method_id", name=op.f("pk_payment_methods")),
    )
    op.create_index("ix_payment_methods_user_id_created_at", "payment_methods", ["user_id", "created_at"])
    op.execute(
        "insert into payment_methods (method_id, user_id, provider, brand, last4, created_at) "
        "select payment_method_id, user_id, provider, brand, last4, updated_at from payment_customers "
        "where payment_method_id is not null"
    )
    for name in _MOVED:
        op.drop_column("payment_customers", name)


def downgrade() -> None:
    """Take the change back; the newest method of each account stays."""
    op.add_column("payment_customers", sa.Column("payment_method_id", sa.Text(), nullable=True))
    op.add_column("payment_customers", sa.Column("brand", sa.Text(), nullable=True))
    op.add_column("payment_customers", sa.Column("last4", sa.CHAR(length=4), nullable=True))
    op.add_column("payment_customers", sa.Column("setup_id", sa.Text(), nullable=True))
    op.add_column("payment_customers", sa.Column("setup_secret", sa.Text(), nullable=True))
    op.execute(
        "update payment_customers c set (payment_method_id, brand, last4) = "
        "(select method_id, brand, last4 from payment_methods m where m.user_id = c.user_id "
        "and m.provider = c.provider and m.removed_at is null order by created_at desc limit 1)"
    )
    op.drop_table("payment_methods")
