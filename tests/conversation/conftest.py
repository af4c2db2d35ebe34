"""A migrated conversation database on SQLite and on PostgreSQL, new for every test."""
from pathlib import Path
from typing import Iterator

import pytest
from sqlalchemy.engine import Engine

from dengta.conversation.log import MessageLog
from dengta.database import connect
from dengta.privacy.vault import Vault
from tests.databases import conversations
from tests.vaults import new_vault


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with conversations(request.param, tmp_path) as url:
        yield url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = connect(database_url, 5.0)
    yield engine
    engine.dispose()


@pytest.fixture
def vault(engine: Engine, tmp_path: Path) -> Vault:
    return new_vault(engine, tmp_path)


@pytest.fixture
def log(engine: Engine, vault: Vault) -> MessageLog:
    return MessageLog(engine, vault)
