"""What customers think of a person's help."""
import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "rating",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("conversation_id", sa.String(64), nullable=False),
        sa.Column("from_epoch", sa.Integer(), nullable=False),
        sa.Column("until_epoch", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("account_id", sa.String(32)),
        sa.Column("customer_id", sa.String(64)),
        sa.Column("group", sa.String(32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("score", sa.Integer()),
        sa.Column("nps", sa.Integer()),
        sa.Column("words", sa.Text()),
        sa.Column("rated_at", sa.DateTime(timezone=True)),
        sa.Column("declined", sa.Boolean(), nullable=False),
        sa.Column("complaint_risk", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name="fk_rating_conversation_id"),
        sa.PrimaryKeyConstraint("id", name="pk_rating"),
        sa.UniqueConstraint("conversation_id", "from_epoch", name="uq_rating_conversation_id_from_epoch"),
    )
    op.create_index("ix_rating_account_id", "rating", ["account_id"])
    op.create_index("ix_rating_customer_id", "rating", ["customer_id"])
    op.create_index("ix_rating_day", "rating", ["day"])
    op.create_index("ix_rating_score_rated_at", "rating", ["score", "rated_at"])
    op.create_table(
        "rating_agent",
        sa.Column("rating_id", sa.String(32), nullable=False),
        sa.Column("agent_id", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(["rating_id"], ["rating.id"], name="fk_rating_agent_rating_id"),
        sa.PrimaryKeyConstraint("rating_id", "agent_id", name="pk_rating_agent"),
    )
    op.create_index("ix_rating_agent_agent_id", "rating_agent", ["agent_id"])
    op.create_table(
        "rating_reason",
        sa.Column("rating_id", sa.String(32), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(["rating_id"], ["rating.id"], name="fk_rating_reason_rating_id"),
        sa.PrimaryKeyConstraint("rating_id", "reason", name="pk_rating_reason"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("rating_reason")
    op.drop_table("rating_agent")
    op.drop_table("rating")
