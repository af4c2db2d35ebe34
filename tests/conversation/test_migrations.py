"""The migrations and the tables in the code describe the same database, and what was in it before is still there."""
from datetime import datetime, timezone
from pathlib import Path
from typing import Iterator

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select, text

from dengta.conversation.tables import binding, metadata, one_time_code
from dengta.database import connect, migrate, migration_config, reading, version_table
from tests.databases import empty_database

AT = datetime(2026, 11, 22, 2, 0, tzinfo=timezone.utc)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with empty_database(request.param, tmp_path) as url:
        yield url


def test_a_migrated_database_has_exactly_the_tables_of_the_code(empty_url: str) -> None:
    migrate(empty_url, "dengta.conversation")
    engine = connect(empty_url, 10.0)
    with engine.connect() as connection:
        options = {
            "compare_type": True,
            "version_table": version_table("dengta.conversation"),
            "include_name": lambda name, _kind, _parents: name != "sqlite_sequence",  # SQLite's own
        }
        assert compare_metadata(MigrationContext.configure(connection, opts=options), metadata) == []
    engine.dispose()


def test_who_was_verified_before_bindings_had_an_end_still_is(empty_url: str) -> None:
    first = connect(empty_url, 10.0)
    with first.execution_options(dengta_writes=True).begin() as connection:
        command.upgrade(migration_config("dengta.conversation", connection), "0001")
        for talk in ("bound", "unbound"):
            connection.execute(
                text(
                    "INSERT INTO conversation (id, channel, created_at, state, owner_kind, owner_epoch, last_seq,"
                    " bot_cursor_seq) VALUES (:talk, 'web', :at, 'BOT', 'bot', 1, 7, 0)"
                ),
                {"talk": talk, "at": AT},
            )
        connection.execute(
            text("INSERT INTO channel_account (conversation_id, customer_id, verified_at) VALUES ('bound', 'C8', :at)"),
            {"at": AT},
        )
        connection.execute(
            text(
                "INSERT INTO one_time_code (conversation_id, phone_key, customer_id, code_hash, created_at, expires_at,"
                " attempts) VALUES ('bound', 'k', 'C14', 'h', :at, :at, 0)"
            ),
            {"at": AT},
        )
    first.dispose()
    migrate(empty_url, "dengta.conversation")
    engine = connect(empty_url, 10.0)
    with reading(engine) as session:
        bound = session.execute(select(binding)).one()
        code = session.execute(select(one_time_code)).one()
    engine.dispose()
    assert (bound.conversation_id, bound.customer_id, bound.from_seq, bound.ended_at) == ("bound", "C8", 1, None)
    assert bound.verified_at == AT
    assert (code.customer_id, code.phone_seq) == ("C14", 8), "whoever enters it begins after what was said before"
