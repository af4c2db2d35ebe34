"""The migrations build exactly the tables the adapters use, and can be taken back."""
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from dengta.backends.sql.tables import metadata
from dengta.database import connect, migrate
from tests.backends.books import empty_database


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_migrations_and_tables_agree(kind: str, tmp_path: Path) -> None:
    with empty_database(kind, tmp_path) as url:
        migrate(url, "dengta.backends")
        engine = connect(url, 10.0)
        with engine.begin() as connection:
            assert compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata) == []
        engine.dispose()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_migrations_can_be_taken_back(kind: str, tmp_path: Path) -> None:
    with empty_database(kind, tmp_path) as url:
        migrate(url, "dengta.backends")
        engine = connect(url, 10.0)
        config = Config()
        config.set_main_option("script_location", "dengta.backends:migrations")
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.downgrade(config, "base")
            assert inspect(connection).get_table_names() == ["alembic_version"]
        engine.dispose()
