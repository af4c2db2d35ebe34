"""Turns with leases, sealed message bodies, Rasa's events and the outbox of the event broker."""
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_RANDOM = {"sqlite": "lower(hex(randomblob(16)))", "postgresql": "md5(random()::text || id::text)"}


def upgrade() -> None:
    """Number the turns; mark what was written before there was a vault as plain, for `dengta keys rotate` to seal."""
    op.add_column("conversation", sa.Column("turn", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.add_column("conversation", sa.Column("lease", sa.String(32)))
    op.add_column("conversation", sa.Column("lease_until", sa.DateTime(timezone=True)))
    op.add_column("message", sa.Column("uid", sa.String(32)))
    op.add_column("message", sa.Column("turn", sa.Integer()))
    op.add_column("message", sa.Column("reading", sa.String(64)))
    random = _RANDOM[op.get_bind().dialect.name]
    op.execute(f"UPDATE message SET uid = {random}, body = 'plain.' || body, turn = reply_to_seq")
    op.execute("UPDATE message SET turn = seq WHERE author_kind = 'customer' AND status <> 'received'")
    op.execute(
        "UPDATE conversation SET turn = COALESCE("
        "(SELECT MAX(message.turn) FROM message WHERE message.conversation_id = conversation.id), 0)"
    )
    with op.batch_alter_table("message") as table:
        table.alter_column("uid", existing_type=sa.String(32), nullable=False)
        table.drop_column("reply_to_seq")
    op.create_table(
        "tracker_event",
        _row_id(),
        sa.Column("sender_id", sa.String(64), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("type_name", sa.String(64), nullable=False),
        sa.Column("timestamp", sa.Float(53), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tracker_event"),
        sa.UniqueConstraint("sender_id", "seq", name="uq_tracker_event_sender_id_seq"),
    )
    op.create_table(
        "event_outbox",
        _row_id(),
        sa.Column("sender_id", sa.String(64), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_event_outbox"),
    )


def downgrade() -> None:
    """Refuse: sealed messages cannot be told without the vault."""
    raise NotImplementedError("go back with a backup of the database from before the upgrade")


def _row_id() -> sa.Column:
    return sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False)
