"""The migrations and the tables in the code describe the same database."""
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.engine import Engine

from dengta.database import migrate, version_table
from dengta.privacy.tables import metadata


def test_a_migrated_database_has_exactly_the_tables_of_the_code(engine: Engine) -> None:
    with engine.connect() as connection:
        options = {"compare_type": True, "version_table": version_table("dengta.privacy")}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), metadata) == []


def test_the_tables_share_a_database_with_the_conversations(url: str) -> None:
    migrate(url, "dengta.conversation")
    migrate(url, "dengta.privacy")
