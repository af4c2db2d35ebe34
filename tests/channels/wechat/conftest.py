"""The tables of conversations on SQLite and on PostgreSQL, new for every test."""
from pathlib import Path
from typing import Iterator

import pytest
from sqlalchemy.engine import Engine

from dengta.database import connect
from dengta.privacy.vault import Vault
from tests.databases import conversations
from tests.vaults import new_vault


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    with conversations(request.param, tmp_path) as url:
        engine = connect(url, 5.0)
        yield engine
        engine.dispose()


@pytest.fixture
def vault(engine: Engine, tmp_path: Path) -> Vault:
    return new_vault(engine, tmp_path)
