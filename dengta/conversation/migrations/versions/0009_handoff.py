"""What the agents' desk follows, who waits for people or is with them, and which people are there."""
import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_open = sa.text("left_at IS NULL")


def upgrade() -> None:
    """Create the event log, the queue and the presence of agents."""
    op.create_table(
        "event_log",
        sa.Column("seq", _row_id, autoincrement=True, nullable=False),
        _moment("at", nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("conversation_id", sa.String(64)),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_event_log"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_event_log_at", "event_log", ["at"])
    op.create_table(
        "queue_entry",
        sa.Column("id", _row_id, autoincrement=True, nullable=False),
        sa.Column("conversation_id", sa.String(64), nullable=False),
        sa.Column("customer_id", sa.String(64)),
        sa.Column("group", sa.String(32), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("tone", sa.String(16), nullable=False),
        sa.Column("note", sa.Text()),
        _moment("entered_at", nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        _moment("taken_at"),
        sa.Column("taken_by", sa.String(32)),
        _moment("left_at"),
        sa.Column("why_left", sa.String(16)),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name="fk_queue_entry_conversation_id"),
        sa.PrimaryKeyConstraint("id", name="pk_queue_entry"),
    )
    op.create_index("ix_queue_entry_conversation_id", "queue_entry", ["conversation_id"])
    op.create_index("ix_queue_entry_group_taken_at", "queue_entry", ["group", "taken_at"])
    op.create_index(
        "ix_queue_entry_open",
        "queue_entry",
        ["conversation_id"],
        unique=True,
        sqlite_where=_open,
        postgresql_where=_open,
    )
    op.create_table(
        "agent_presence",
        sa.Column("agent_id", sa.String(32), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("groups", sa.Text(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        _moment("seen_at", nullable=False),
        sa.PrimaryKeyConstraint("agent_id", name="pk_agent_presence"),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("agent_presence", "queue_entry", "event_log"):
        op.drop_table(table)


def _moment(name: str, nullable: bool = True) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
