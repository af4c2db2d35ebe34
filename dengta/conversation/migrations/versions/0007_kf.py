"""How far the accounts of 微信客服 have been read, and the sessions of their customers."""
import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the cursors and the sessions."""
    op.create_table(
        "kf_cursor",
        sa.Column("open_kfid", sa.String(64), nullable=False),
        sa.Column("cursor", sa.Text()),
        sa.Column("token", sa.Text()),
        _moment("token_until"),
        _moment("due_at", nullable=False),
        sa.Column("lease", sa.String(32)),
        _moment("lease_until"),
        sa.PrimaryKeyConstraint("open_kfid", name="pk_kf_cursor"),
    )
    op.create_table(
        "kf_session",
        sa.Column("conversation_id", sa.String(64), nullable=False),
        _moment("ends_at", nullable=False),
        sa.Column("begun", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name="fk_kf_session_conversation_id"),
        sa.PrimaryKeyConstraint("conversation_id", name="pk_kf_session"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("kf_session")
    op.drop_table("kf_cursor")


def _moment(name: str, nullable: bool = True) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
