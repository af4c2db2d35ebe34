"""Conversations, messages, verified accounts, one-time codes, lockouts and hand-overs."""
import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_unfinished = sa.text("status IN ('received', 'processing')")


def upgrade() -> None:
    """Create the first tables."""
    op.create_table(
        "conversation",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        _moment("created_at", nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("owner_kind", sa.String(16), nullable=False),
        sa.Column("owner_id", sa.String(64)),
        sa.Column("owner_epoch", sa.Integer(), nullable=False),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("bot_cursor_seq", sa.Integer(), nullable=False),
        _moment("ended_at"),
        sa.PrimaryKeyConstraint("id", name="pk_conversation"),
    )
    op.create_table(
        "message",
        _row_id(),
        _conversation_id(),
        sa.Column("seq", sa.Integer()),
        sa.Column("author_kind", sa.String(16), nullable=False),
        sa.Column("author_id", sa.String(64)),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("client_msg_id", sa.String(64)),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("reply_to_seq", sa.Integer()),
        _moment("created_at", nullable=False),
        _to_conversation("message"),
        sa.PrimaryKeyConstraint("id", name="pk_message"),
        sa.UniqueConstraint("conversation_id", "seq", name="uq_message_conversation_id_seq"),
        sa.UniqueConstraint("conversation_id", "client_msg_id", name="uq_message_conversation_id_client_msg_id"),
    )
    op.create_index(
        "ix_message_unfinished",
        "message",
        ["conversation_id", "seq"],
        sqlite_where=_unfinished,
        postgresql_where=_unfinished,
    )
    op.create_table(
        "channel_account",
        _conversation_id(),
        sa.Column("customer_id", sa.String(64), nullable=False),
        _moment("verified_at", nullable=False),
        _to_conversation("channel_account"),
        sa.PrimaryKeyConstraint("conversation_id", name="pk_channel_account"),
    )
    op.create_index("ix_channel_account_customer_id", "channel_account", ["customer_id"])
    op.create_table(
        "one_time_code",
        _row_id(),
        _conversation_id(),
        sa.Column("phone_key", sa.String(64), nullable=False),
        sa.Column("customer_id", sa.String(64)),
        sa.Column("code_hash", sa.String(128), nullable=False),
        _moment("created_at", nullable=False),
        _moment("expires_at", nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default=sa.text("0")),
        _moment("used_at"),
        _to_conversation("one_time_code"),
        sa.PrimaryKeyConstraint("id", name="pk_one_time_code"),
    )
    op.create_index("ix_one_time_code_conversation_id", "one_time_code", ["conversation_id", "created_at"])
    op.create_index("ix_one_time_code_phone_key", "one_time_code", ["phone_key", "created_at"])
    op.create_table(
        "lockout",
        sa.Column("subject", sa.String(96), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        _moment("locked_until"),
        _moment("updated_at", nullable=False),
        sa.PrimaryKeyConstraint("subject", name="pk_lockout"),
    )
    op.create_table(
        "handoff",
        sa.Column("ticket_no", sa.String(32), nullable=False),
        _conversation_id(),
        sa.Column("customer_id", sa.String(64)),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        _moment("created_at", nullable=False),
        _moment("callback_by", nullable=False),
        sa.Column("contact", sa.String(128)),
        _to_conversation("handoff"),
        sa.PrimaryKeyConstraint("ticket_no", name="pk_handoff"),
    )
    op.create_index("ix_handoff_conversation_id", "handoff", ["conversation_id"])
    op.create_index("ix_handoff_state", "handoff", ["state", "callback_by"])


def downgrade() -> None:
    """Drop every table of this database."""
    for table in ("handoff", "lockout", "one_time_code", "channel_account", "message", "conversation"):
        op.drop_table(table)


def _row_id() -> sa.Column:
    return sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False)


def _conversation_id() -> sa.Column:
    return sa.Column("conversation_id", sa.String(64), nullable=False)


def _to_conversation(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=f"fk_{table}_conversation_id")


def _moment(name: str, nullable: bool = True) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
