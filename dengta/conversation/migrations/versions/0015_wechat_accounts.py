"""What was said to an account is found however many conversations it has had."""
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index."""
    op.create_index("ix_wechat_delivery_account_id", "wechat_delivery", ["account_id"])


def downgrade() -> None:
    """Drop it."""
    op.drop_index("ix_wechat_delivery_account_id", "wechat_delivery")
