"""How fast customers write, who relays events, and ids of events that are never given twice."""
import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the pace of a conversation and the leases of jobs; make SQLite count the outbox as PostgreSQL does."""
    op.add_column("conversation", sa.Column("pace_since", sa.DateTime(timezone=True)))
    op.add_column("conversation", sa.Column("pace_count", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.create_table(
        "job_lease",
        sa.Column("job", sa.String(32), nullable=False),
        sa.Column("holder", sa.String(32), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("job", name="pk_job_lease"),
    )
    if op.get_bind().dialect.name == "sqlite":
        counting = op.batch_alter_table("event_outbox", recreate="always", table_kwargs={"sqlite_autoincrement": True})
        with counting:
            pass


def downgrade() -> None:
    """Refuse, as the revisions before do."""
    raise NotImplementedError("go back with a backup of the database from before the upgrade")
