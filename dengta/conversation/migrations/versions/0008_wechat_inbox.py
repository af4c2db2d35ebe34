"""What WeChat pushed and is in no conversation yet."""
import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the inbox."""
    op.create_table(
        "wechat_inbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), autoincrement=True, nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("sender_key", sa.String(64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease", sa.String(32)),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_wechat_inbox"),
        sa.UniqueConstraint("key", name="uq_wechat_inbox_key"),
    )
    op.create_index("ix_wechat_inbox_sender_key", "wechat_inbox", ["sender_key"])
    op.create_index("ix_wechat_inbox_lease_until", "wechat_inbox", ["lease_until"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("wechat_inbox")
