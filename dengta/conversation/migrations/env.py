"""Alembic's entry point for the conversation database; run through `dengta.database.migrate`."""
import dengta.channels.wechat.tables  # noqa: F401  they join the same metadata
from dengta.conversation.tables import metadata
from dengta.database import run_migrations

run_migrations(metadata)
