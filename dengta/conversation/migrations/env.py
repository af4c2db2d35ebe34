"""Alembic's entry point for the conversation database; run through `dengta.database.migrate`."""
from dengta.conversation.tables import metadata
from dengta.database import run_migrations

run_migrations(metadata)
