"""Tickets: their deadlines, their history and what is evidence of them."""
import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_CHANGED = 'ticket_no, version, at, "by", event, from_state, to_state, detail'  # texts are sealed anew with new keys
_SQLITE = f"""
    CREATE TRIGGER ticket_history_keeps_entries BEFORE UPDATE OF {_CHANGED} ON ticket_history
    BEGIN SELECT RAISE(ABORT, 'the history of a ticket is append-only'); END
"""
_POSTGRESQL = [
    """
    CREATE FUNCTION ticket_history_refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the history of a ticket is append-only'; END $$
    """,
    f"""
    CREATE TRIGGER ticket_history_keeps_entries BEFORE UPDATE OF {_CHANGED} ON ticket_history
    FOR EACH ROW EXECUTE FUNCTION ticket_history_refuse()
    """,
]


def upgrade() -> None:
    """Create them, and a trigger that refuses any change of what was done."""
    op.create_table(
        "ticket",
        sa.Column("ticket_no", sa.String(32), nullable=False),
        sa.Column("key", sa.String(96), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("cause", sa.String(32), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("conversation_id", sa.String(64)),
        sa.Column("customer_id", sa.String(64)),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("complainant", sa.String(16), nullable=False),
        sa.Column("authorisation", sa.Text()),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("group", sa.String(32), nullable=False),
        sa.Column("owner_id", sa.String(32)),
        sa.Column("outcome", sa.String(32)),
        _moment("received_at", nullable=False),
        _moment("closed_at"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name="fk_ticket_conversation_id"),
        sa.PrimaryKeyConstraint("ticket_no", name="pk_ticket"),
        sa.UniqueConstraint("key", name="uq_ticket_key"),
    )
    for column in ("conversation_id", "customer_id", "owner_id"):
        op.create_index(f"ix_ticket_{column}", "ticket", [column])
    op.create_index("ix_ticket_group_state", "ticket", ["group", "state"])
    op.create_table(
        "ticket_deadline",
        sa.Column("ticket_no", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("goal", sa.String(24), nullable=False),
        sa.Column("clock", sa.String(32), nullable=False),
        sa.Column("clock_version", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer()),
        _moment("starts_at", nullable=False),
        _moment("due_at", nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        _moment("ended_at"),
        sa.Column("warned", sa.Integer(), nullable=False),
        _moment("warn_at"),
        sa.ForeignKeyConstraint(["ticket_no"], ["ticket.ticket_no"], name="fk_ticket_deadline_ticket_no"),
        sa.PrimaryKeyConstraint("ticket_no", "number", name="pk_ticket_deadline"),
    )
    op.create_index("ix_ticket_deadline_warn_at", "ticket_deadline", ["warn_at"])
    op.create_index("ix_ticket_deadline_state", "ticket_deadline", ["state", "due_at"])
    op.create_table(
        "ticket_history",
        sa.Column("ticket_no", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _moment("at", nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("event", sa.String(24), nullable=False),
        sa.Column("from_state", sa.String(24)),
        sa.Column("to_state", sa.String(24), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("texts", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_no"], ["ticket.ticket_no"], name="fk_ticket_history_ticket_no"),
        sa.PrimaryKeyConstraint("ticket_no", "version", name="pk_ticket_history"),
    )
    op.create_table(
        "ticket_evidence",
        sa.Column("ticket_no", sa.String(32), nullable=False),
        sa.Column("conversation_id", sa.String(64), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_no"], ["ticket.ticket_no"], name="fk_ticket_evidence_ticket_no"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name="fk_ticket_evidence_conversation_id"),
        sa.PrimaryKeyConstraint("ticket_no", "conversation_id", "seq", name="pk_ticket_evidence"),
    )
    op.create_index("ix_ticket_evidence_conversation_id", "ticket_evidence", ["conversation_id"])
    for statement in _POSTGRESQL if op.get_bind().dialect.name == "postgresql" else [_SQLITE]:
        op.execute(statement)


def downgrade() -> None:
    """Drop them."""
    for table in ("ticket_evidence", "ticket_history", "ticket_deadline", "ticket"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION ticket_history_refuse")


def _moment(name: str, nullable: bool = True) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
