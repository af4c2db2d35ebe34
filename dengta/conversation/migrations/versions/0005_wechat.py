"""WeChat's access tokens and the ledger of what it allows to be sent."""
import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of the WeChat channel."""
    op.create_table(
        "access_token",
        sa.Column("account", sa.String(96), nullable=False),
        sa.Column("token", sa.Text()),
        sa.Column("fetched_at", sa.DateTime(timezone=True)),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.Column("lease", sa.String(32)),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("account", name="pk_access_token"),
    )
    op.create_table(
        "wechat_grant",
        sa.Column("account_key", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("allowed", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("account_key", "kind", name="pk_wechat_grant"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("wechat_grant")
    op.drop_table("access_token")
