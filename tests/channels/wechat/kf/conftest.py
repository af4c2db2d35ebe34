"""The fake platform with its kf part, and the conversation database on SQLite and on PostgreSQL."""
from datetime import timedelta
from pathlib import Path
from typing import AsyncIterator, Iterator

import pytest
from aiohttp import ClientSession
from sqlalchemy.engine import Engine

from dengta.channels.wechat import calls, postman, sender
from dengta.channels.wechat.kf import pulling
from dengta.channels.wechat.kf.api import KfApi
from dengta.channels.wechat.tokens import Tokens
from dengta.database import connect
from dengta.demo.wechat import Handle, Rules, platform
from dengta.privacy.vault import Vault
from tests.channels.wechat.kf.stage import CORP, KfBot
from tests.databases import conversations
from tests.vaults import new_vault

RULES = Rules(read_limit=5.0, page=3)  # pages of three: whatever is more takes another one


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for nothing longer than needed."""
    monkeypatch.setattr(calls, "RETRY_AFTER", (0.0, 0.0, 0.0))
    monkeypatch.setattr(sender, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(pulling, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(pulling, "AFTER_FAILURE", timedelta(seconds=0.1))
    monkeypatch.setattr(postman, "BUSY_REST", timedelta(seconds=0.1))
    monkeypatch.setattr(postman, "DOUBTFUL_REST", timedelta(seconds=0.1))


@pytest.fixture(params=["sqlite"])
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
async def wx() -> AsyncIterator[Handle]:
    async with platform(rules=RULES) as wx:
        yield wx


@pytest.fixture
async def api(wx: Handle, engine: Engine, vault: Vault) -> AsyncIterator[KfApi]:
    async with ClientSession() as session:
        yield KfApi(wx.base, CORP.corpid, CORP.secret, Tokens(engine, vault), session)


@pytest.fixture
async def resting(database_url: str, tmp_path: Path, wx: Handle) -> AsyncIterator[KfBot]:
    """A process that was not started yet, for tests that set it up."""
    bot = KfBot(database_url, tmp_path, wx)
    yield bot
    await bot.stop()


@pytest.fixture
async def bot(resting: KfBot) -> KfBot:
    await resting.start()
    return resting
