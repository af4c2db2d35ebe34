"""The connector, the platform and a database, new for every test; nothing waits longer than it has to."""
from datetime import timedelta
from pathlib import Path
from typing import AsyncIterator, Iterator

import pytest

from dengta.channels.wechat import calls, sender, service
from dengta.database import migrate
from dengta.demo.wechat import Handle
from tests.backends.books import empty_database
from tests.channels.wechat.channel.stage import WeChatBot, wechat


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(service, "MARGIN", timedelta(seconds=0.05))
    monkeypatch.setattr(calls, "RETRY_AFTER", (0.0, 0.0, 0.0))


@pytest.fixture(params=["sqlite"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with empty_database(request.param, tmp_path) as url:
        migrate(url, "dengta.conversation")
        yield url


@pytest.fixture
async def wx() -> AsyncIterator[Handle]:
    async with wechat() as wx:
        yield wx


@pytest.fixture
async def resting(database_url: str, tmp_path: Path, wx: Handle) -> AsyncIterator[WeChatBot]:
    """A process that was not started yet, for tests that set it up."""
    bot = WeChatBot(database_url, tmp_path, wx)
    yield bot
    await bot.stop()


@pytest.fixture
async def bot(resting: WeChatBot) -> WeChatBot:
    await resting.start()
    return resting
