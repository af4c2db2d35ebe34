"""Alembic's entry point for the conversation database; run through `dengta.database.migrate`."""
import dengta.channels.wechat.tables
import dengta.conversation.event_log
import dengta.desk.tables
import dengta.handoff.copilot.tables
import dengta.handoff.satisfaction.tables
import dengta.handoff.tables
import dengta.handoff.tickets.tables  # noqa: F401  they join the same metadata
from dengta.conversation.tables import metadata
from dengta.database import run_migrations

run_migrations(metadata)
