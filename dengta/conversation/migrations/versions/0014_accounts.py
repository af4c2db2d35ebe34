"""Passwords that hold for one login, and logging in through the lender's own identity provider."""
import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the table."""
    for table, column in (("agent", "must_change"), ("desk_session", "single_sign_on")):
        op.add_column(table, sa.Column(column, sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "desk_sign_on",
        sa.Column("state", sa.String(64), nullable=False),
        sa.Column("browser", sa.String(64), nullable=False),
        sa.Column("nonce", sa.String(64), nullable=False),
        sa.Column("verifier", sa.String(64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("state", name="pk_desk_sign_on"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("desk_sign_on")
    op.drop_column("desk_session", "single_sign_on")
    op.drop_column("agent", "must_change")
