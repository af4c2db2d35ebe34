"""Alembic's entry point for the tables of the privacy package; run through `dengta.database.migrate`."""
from dengta.database import run_migrations
from dengta.privacy.tables import metadata

run_migrations(metadata)
