"""A migrated conversation database on SQLite and on PostgreSQL, new for every test."""
import os
import secrets
from pathlib import Path
from typing import Iterator

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import OperationalError

from dengta.conversation.log import MessageLog
from dengta.database import connect, migrate
from dengta.privacy.vault import Vault
from tests.vaults import new_vault

POSTGRES = os.environ.get("DENGTA_TEST_POSTGRES_URL") or "postgresql://postgres@127.0.0.1:5432/postgres"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'dengta.db'}"
        return
    name = f"dengta_test_{secrets.token_hex(6)}"
    server = create_engine(POSTGRES, future=True, isolation_level="AUTOCOMMIT")
    try:
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
    except OperationalError:
        pytest.fail("PostgreSQL cannot be reached; start it or set DENGTA_TEST_POSTGRES_URL", pytrace=False)
    yield make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    migrate(database_url, "dengta.conversation")
    engine = connect(database_url, 5.0)
    yield engine
    engine.dispose()


@pytest.fixture
def vault(engine: Engine, tmp_path: Path) -> Vault:
    return new_vault(engine, tmp_path)


@pytest.fixture
def log(engine: Engine, vault: Vault) -> MessageLog:
    return MessageLog(engine, vault)
