"""The connector, the platform and a database, new for every test; nothing waits longer than it has to."""
import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any, AsyncIterator, Iterator

import pytest

from dengta.channels.wechat import calls, sender, service
from dengta.channels.wechat.channel import WeChatChannel
from dengta.demo.wechat import Handle
from tests.channels.wechat.channel.stage import WeChatBot, wechat
from tests.databases import conversations


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(service, "MARGIN", timedelta(seconds=0.05))
    monkeypatch.setattr(calls, "RETRY_AFTER", (0.0, 0.0, 0.0))


@pytest.fixture(params=["sqlite"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with conversations(request.param, tmp_path) as url:
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


@pytest.fixture
def lost(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Let the first passive reply get lost; set then."""
    writes, lost = WeChatChannel._write, asyncio.Event()

    async def cut_off(self: Any, request: Any, *given: Any) -> None:
        if not lost.is_set():
            lost.set()
            request.transport.abort()
            await asyncio.sleep(0)  # the request is cancelled
        await writes(self, request, *given)

    monkeypatch.setattr(WeChatChannel, "_write", cut_off)
    return lost
