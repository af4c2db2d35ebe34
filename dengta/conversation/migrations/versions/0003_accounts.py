"""Channel accounts, bindings that end instead of being overwritten, and what follows the customer."""
import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_present = sa.text("ended_at IS NULL")


def upgrade() -> None:
    """Turn every row of `channel_account` into a binding of the whole conversation."""
    op.create_table(
        "account",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("account_key", sa.String(64), nullable=False),
        sa.Column("address", sa.Text()),
        sa.Column("union_key", sa.String(64)),
        sa.Column("conversation_id", sa.String(64), nullable=False),
        _moment("created_at", nullable=False),
        _moment("left_at"),
        _to_conversation("account"),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.UniqueConstraint("channel", "account_key", name="uq_account_channel_account_key"),
    )
    op.create_index("ix_account_union_key", "account", ["union_key"])
    op.create_index("ix_account_conversation_id", "account", ["conversation_id"])
    op.create_table(
        "binding",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("conversation_id", sa.String(64), nullable=False),
        sa.Column("customer_id", sa.String(64), nullable=False),
        _moment("verified_at"),
        sa.Column("from_seq", sa.Integer(), nullable=False),
        sa.Column("until_seq", sa.Integer()),
        _moment("ended_at"),
        _to_conversation("binding"),
        sa.PrimaryKeyConstraint("id", name="pk_binding"),
    )
    op.create_index("ix_binding_conversation_id", "binding", ["conversation_id"])
    op.create_index("ix_binding_customer_id", "binding", ["customer_id"])
    op.create_index(
        "ix_binding_present",
        "binding",
        ["conversation_id"],
        unique=True,
        sqlite_where=_present,
        postgresql_where=_present,
    )
    op.execute(
        "INSERT INTO binding (conversation_id, customer_id, verified_at, from_seq)"
        " SELECT conversation_id, customer_id, verified_at, 1 FROM channel_account"
    )
    op.drop_table("channel_account")
    op.create_table(
        "customer_profile",
        sa.Column("customer_id", sa.String(64), nullable=False),
        sa.Column("tone", sa.String(16), nullable=False),
        sa.Column("do_not_disturb", sa.Boolean(), nullable=False),
        _moment("updated_at", nullable=False),
        sa.PrimaryKeyConstraint("customer_id", name="pk_customer_profile"),
    )
    op.add_column("one_time_code", sa.Column("phone_seq", sa.Integer()))
    op.execute(
        "UPDATE one_time_code SET phone_seq ="
        " (SELECT last_seq + 1 FROM conversation WHERE conversation.id = one_time_code.conversation_id)"
    )
    with op.batch_alter_table("one_time_code") as table:
        table.alter_column("phone_seq", existing_type=sa.Integer(), nullable=False)
        table.drop_column("attempts")


def downgrade() -> None:
    """Refuse, as the revision before does."""
    raise NotImplementedError("go back with a backup of the database from before the upgrade")


def _to_conversation(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=f"fk_{table}_conversation_id")


def _moment(name: str, nullable: bool = True) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
