"""The migrations build exactly the tables the adapters use, and can be taken back."""
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect
from sqlalchemy.engine import Connection

from dengta.backends.sql.tables import metadata
from dengta.database import connect, migrate, migration_config, version_table
from tests.databases import empty_database


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_migrations_and_tables_agree(kind: str, tmp_path: Path) -> None:
    with empty_database(kind, tmp_path) as url:
        migrate(url, "dengta.backends")
        engine = connect(url, 10.0)
        with engine.begin() as connection:
            assert compare_metadata(_context(connection), metadata) == []
        engine.dispose()


def test_book_and_conversations_may_share_a_database(tmp_path: Path) -> None:
    with empty_database("postgresql", tmp_path) as url:
        for package in ("dengta.backends", "dengta.conversation", "dengta.backends"):
            migrate(url, package)
        engine = connect(url, 10.0)
        assert {"loan_notes", "message"} <= set(inspect(engine).get_table_names())
        engine.dispose()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_migrations_can_be_taken_back(kind: str, tmp_path: Path) -> None:
    with empty_database(kind, tmp_path) as url:
        migrate(url, "dengta.backends")
        engine = connect(url, 10.0)
        with engine.begin() as connection:
            command.downgrade(migration_config("dengta.backends", connection), "base")
            assert inspect(connection).get_table_names() == [version_table("dengta.backends")]
        engine.dispose()


def _context(connection: Connection) -> MigrationContext:
    options = {"compare_type": True, "version_table": version_table("dengta.backends")}
    return MigrationContext.configure(connection, opts=options)
