"""The WeChat channel's tables on SQLite and on PostgreSQL, new for every test."""
from pathlib import Path
from typing import Iterator

import pytest
from sqlalchemy.engine import Engine

from dengta.channels.wechat.tables import access_token, wechat_grant
from dengta.conversation.tables import metadata
from dengta.database import connect
from dengta.privacy.vault import Vault
from tests.backends.books import empty_database
from tests.vaults import new_vault


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    with empty_database(request.param, tmp_path) as url:
        engine = connect(url, 5.0)
        metadata.create_all(engine, [access_token, wechat_grant])
        yield engine
        engine.dispose()


@pytest.fixture
def vault(engine: Engine, tmp_path: Path) -> Vault:
    return new_vault(engine, tmp_path)
