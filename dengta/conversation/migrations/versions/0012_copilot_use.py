"""What agents made of the copilot's proposals."""
import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "copilot_use",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("conversation_id", sa.String(64), nullable=False),
        sa.Column("message_seq", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.String(32), nullable=False),
        sa.Column("reading", sa.String(64), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name="fk_copilot_use_conversation_id"),
        sa.PrimaryKeyConstraint("id", name="pk_copilot_use"),
        sa.UniqueConstraint("conversation_id", "message_seq", name="uq_copilot_use_conversation_id_message_seq"),
    )
    op.create_index("ix_copilot_use_day_reading", "copilot_use", ["day", "reading"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("copilot_use")
