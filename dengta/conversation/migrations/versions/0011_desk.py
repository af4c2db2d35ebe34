"""The agents' desk: who works there, who is logged in, notes and drafts."""
import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create agents, their sessions, notes and drafts."""
    op.create_table(
        "agent",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("groups", sa.JSON(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("password_hash", sa.String(256), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        _moment("locked_until", nullable=True),
        _moment("created_at"),
        _moment("disabled_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_agent"),
    )
    op.create_table(
        "desk_session",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("agent_id", sa.String(32), nullable=False),
        sa.Column("csrf_token", sa.String(64), nullable=False),
        _moment("created_at"),
        _moment("seen_at"),
        _moment("expires_at"),
        _moment("revoked_at", nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name="fk_desk_session_agent_id"),
        sa.PrimaryKeyConstraint("key", name="pk_desk_session"),
    )
    op.create_index("ix_desk_session_agent_id", "desk_session", ["agent_id"])
    op.create_table(
        "desk_note",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("conversation_id", sa.String(64), nullable=False),
        sa.Column("uid", sa.String(32), nullable=False),
        sa.Column("agent_id", sa.String(32), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        _moment("created_at"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name="fk_desk_note_conversation_id"),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name="fk_desk_note_agent_id"),
        sa.PrimaryKeyConstraint("id", name="pk_desk_note"),
    )
    op.create_index("ix_desk_note_conversation_id", "desk_note", ["conversation_id", "id"])
    op.create_table(
        "desk_draft",
        sa.Column("agent_id", sa.String(32), nullable=False),
        sa.Column("conversation_id", sa.String(64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        _moment("updated_at"),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name="fk_desk_draft_agent_id"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name="fk_desk_draft_conversation_id"),
        sa.PrimaryKeyConstraint("agent_id", "conversation_id", name="pk_desk_draft"),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("desk_draft", "desk_note", "desk_session", "agent"):
        op.drop_table(table)


def _moment(name: str, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
