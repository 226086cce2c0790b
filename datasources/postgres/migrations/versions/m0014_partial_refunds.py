"""Follow partial refunds and surplus payments: what went back of an order, and how often a payment was settled."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.add_column("orders", sa.Column("attempt_method_id", sa.Text(), nullable=True))
    op.add_column("orders", sa.Column("refunded_minor", sa.BigInteger(), server_default="0", nullable=False))
    op.execute("update orders set refunded_minor = total_minor where status = 'refunded'")
    op.create_check_constraint(
        op.f("ck_orders_refunded_is_part_of_total"), "orders", "refunded_minor between 0 and total_minor"
    )
    op.add_column("payments", sa.Column("is_surplus", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("payments", sa.Column("version", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    """Take the change back."""
    op.drop_column("payments", "version")
    op.drop_column("payments", "is_surplus")
    op.drop_constraint(op.f("ck_orders_refunded_is_part_of_total"), "orders")
    op.drop_column("orders", "refunded_minor")
    op.drop_column("orders", "attempt_method_id")
