"""A database migrated to the privacy tables, on SQLite and on PostgreSQL, and a master key file."""
from pathlib import Path
from typing import Iterator

import pytest
from sqlalchemy.engine import Engine

from dengta.database import connect, migrate
from dengta.privacy.master import create_master, master
from dengta.settings import settings
from tests.databases import empty_database


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with empty_database(request.param, tmp_path) as url:
        migrate(url, "dengta.privacy")
        yield url


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = connect(url, 10.0)
    yield engine
    engine.dispose()


@pytest.fixture
def key_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The master key file of this process, as the settings name it."""
    path = tmp_path / "master.key"
    create_master(path)
    monkeypatch.setenv("DENGTA_MASTER_KEY_FILE", str(path))
    for cached in (settings, master):
        cached.cache_clear()
    yield path
    for cached in (settings, master):
        cached.cache_clear()
