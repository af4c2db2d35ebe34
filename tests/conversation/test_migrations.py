"""The migrations and the tables in the code describe the same database."""
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.engine import Engine

from dengta.conversation.tables import metadata
from dengta.database import version_table


def test_a_migrated_database_has_exactly_the_tables_of_the_code(engine: Engine) -> None:
    with engine.connect() as connection:
        options = {
            "compare_type": True,
            "version_table": version_table("dengta.conversation"),
            "include_name": lambda name, _kind, _parents: name != "sqlite_sequence",  # SQLite's own
        }
        assert compare_metadata(MigrationContext.configure(connection, opts=options), metadata) == []
