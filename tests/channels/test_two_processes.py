"""Two assistants on one database: a customer may speak to one and listen to the other."""
import asyncio
import os
from contextlib import asynccontextmanager
from pathlib import Path
from typing import AsyncIterator

import pytest
from aiohttp import ClientSession

from dengta.conversation import feed
from dengta.conversation.news import News
from tests.channels.conftest import PATIENCE, Bot, Client

REDIS = os.environ.get("DENGTA_TEST_REDIS_URL") or "redis://127.0.0.1:6379/0"


@pytest.fixture
async def other(bot: Bot, database_url: str, tmp_path: Path) -> AsyncIterator[Bot]:
    """Another process beside `bot`."""
    other = Bot(database_url, tmp_path)
    await other.start()
    yield other
    await other.stop()


@asynccontextmanager
async def at(bot: Bot, client: Client) -> AsyncIterator[Client]:
    """Let a client go on at another process."""
    async with ClientSession(f"http://127.0.0.1:{bot.port}", timeout=PATIENCE) as http:
        moved = Client(http)
        moved.token = client.token
        yield moved


async def test_an_answer_reaches_the_stream_in_the_other_process(client: Client, other: Bot) -> None:
    async with at(other, client) as listening, listening.events() as events:
        for number in range(3):
            await client.send(f"c{number}", text=f"{number}")
            assert [m["text"] for m in await events.messages(2)] == [f"{number}", f"答：{number}"]


async def test_with_redis_nobody_has_to_look(
    client: Client, bot: Bot, other: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    for look in ("LOOK_SECONDS", "POLL_SECONDS"):
        monkeypatch.setattr(feed, look, 3600.0)
    for each in (bot, other):
        await each.stop()
        each.news = News(REDIS)
        await each.start()
        await connected(each.news)
    async with at(other, client) as listening, listening.events() as events:
        await client.send("c1", text="你好")
        assert [m["text"] for m in await events.messages(2)] == ["你好", "答：你好"]


async def connected(news: News) -> None:
    """Wait until Redis is there."""
    for _ in range(500):
        if news.connected:
            return
        await asyncio.sleep(0.01)
    pytest.fail("Redis cannot be reached; start it or set DENGTA_TEST_REDIS_URL", pytrace=False)
