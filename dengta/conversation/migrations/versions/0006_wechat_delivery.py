"""What is still to be brought to WeChat customers."""
import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the outbox of the WeChat channel and the state of delivery of each conversation."""
    op.create_table(
        "wechat_delivery",
        sa.Column("conversation_id", sa.String(64), nullable=False),
        sa.Column("account_id", sa.String(32), nullable=False),
        sa.Column("rendered_seq", sa.Integer(), nullable=False),
        *(_moment(name) for name in ("passive_until", "open_until", "not_before", "handed_at")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name="fk_wechat_delivery_conversation_id"
        ),
        sa.PrimaryKeyConstraint("conversation_id", name="pk_wechat_delivery"),
    )
    op.create_index("ix_wechat_delivery_open_until", "wechat_delivery", ["open_until"])
    op.create_table(
        "wechat_out",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("conversation_id", sa.String(64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("push_key", sa.String(64)),
        sa.Column("lease", sa.String(32)),
        _moment("lease_until"),
        sa.Column("doubts", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["wechat_delivery.conversation_id"], name="fk_wechat_out_conversation_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_wechat_out"),
    )
    op.create_index("ix_wechat_out_push_key", "wechat_out", ["push_key"])
    op.create_index("ix_wechat_out_order", "wechat_out", ["conversation_id", "position", "id"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("wechat_out")
    op.drop_table("wechat_delivery")


def _moment(name: str) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True))
