"""Alembic's entry point for the loan book; run through `dengta.database.migrate`."""
from dengta.backends.sql.tables import metadata
from dengta.database import run_migrations

run_migrations(metadata)
