"""Redis lets processes wake each other at once; without it everything still arrives."""
import asyncio
import os
from typing import Any, AsyncIterator, Callable

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy.engine import Engine, make_url

from dengta.conversation import feed as feed_module
from dengta.conversation import news as news_module
from dengta.conversation import ownership
from dengta.conversation.bodies import Bodies
from dengta.conversation.feed import Feed, Listener
from dengta.conversation.log import MessageLog
from dengta.conversation.messages import Answered, Inbound
from dengta.conversation.news import CHANNEL, News
from dengta.conversation.turns import Turns
from dengta.database import DatabaseUnavailable, writing
from dengta.privacy.vault import Vault
from tests.gate import Gate

REDIS = os.environ.get("DENGTA_TEST_REDIS_URL") or "redis://127.0.0.1:6379/0"
PATIENCE = 20.0


@pytest.fixture
async def redis() -> AsyncIterator[Redis]:
    async with Redis.from_url(REDIS, socket_connect_timeout=5.0) as redis:
        try:
            await redis.ping()
        except RedisError:
            pytest.fail("Redis cannot be reached; start it or set DENGTA_TEST_REDIS_URL", pytrace=False)
        yield redis


@pytest.fixture
def no_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing be found but what is told."""
    monkeypatch.setattr(feed_module, "POLL_SECONDS", 3600.0)
    monkeypatch.setattr(feed_module, "LOOK_SECONDS", 3600.0)


@pytest.fixture
async def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    """The way to Redis."""
    monkeypatch.setattr(news_module, "RETRY_SECONDS", 0.02)
    url = make_url(REDIS)
    return Gate(url.host or "127.0.0.1", url.port or 6379)


class Process:
    """What one process knows of the conversations of all."""

    def __init__(self, log: MessageLog, redis_url: str) -> None:
        self.news = News(redis_url)
        self.feed = Feed(log)
        self.turns = Turns(log, self.feed, self._answer, Answered([{"text": "抱歉"}]), lambda _text: 0.0)
        self.may_answer = asyncio.Event()

    async def __aenter__(self) -> "Process":
        self.feed.connect(self.news)
        return self

    async def __aexit__(self, *_error: Any) -> None:
        self.may_answer.set()
        self.feed.close_all()
        await self.turns.drain(PATIENCE)
        await self.news.stop()

    async def _answer(self, _talk: str, said: Inbound) -> Answered:
        await self.may_answer.wait()
        return Answered([{"text": f"答：{said.text}"}])


async def test_what_one_process_stores_wakes_the_listeners_of_another(
    log: MessageLog, redis: Redis, no_looking: None
) -> None:
    async with Process(log, REDIS) as one, Process(log, REDIS) as other:
        await until(lambda: one.news.connected and other.news.connected)
        talk = await log.open_conversation("web")
        listener = other.feed.join(talk)
        await one.turns.receive(talk, "c1", {"text": "你好"})
        await heard(listener, lambda: other.feed.typing(talk))
        assert [m.text for m in await log.since(talk, 0)] == ["你好"]
        one.may_answer.set()
        await heard(listener, lambda: not other.feed.typing(talk))

        assert [m.text for m in await log.since(talk, 0)] == ["你好", "答：你好"]


async def test_what_a_person_says_is_found_without_redis_and_without_asking_for_every_conversation(
    engine: Engine, log: MessageLog, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_module, "POLL_SECONDS", 3600.0)
    talk, quiet = await log.open_conversation("web"), await log.open_conversation("web")
    with writing(engine) as session:
        ownership.change(session, Bodies(vault), talk, "HUMAN", owner_id="lin")
    feed = Feed(log)
    here, silent = feed.join(talk), feed.join(quiet)
    for listener in (here, silent):
        await asyncio.wait_for(listener.news.wait(), PATIENCE)  # who joins is looked after first
        listener.news.clear()
    for text in ("您好", "请稍等"):
        await log.append(talk, "agent", {"text": text}, "lin")
        await asyncio.wait_for(here.news.wait(), PATIENCE)
        here.news.clear()
    assert not silent.news.is_set()
    feed.close_all()


async def test_an_outage_is_no_reason_to_ask_without_a_pause(log: MessageLog, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, asked = asyncio.get_running_loop().time, list[float]()

    async def fails(_followed: Any) -> None:
        asked.append(clock())
        raise DatabaseUnavailable("OperationalError")

    monkeypatch.setattr(log, "touched", fails)
    feed = Feed(log)
    feed.join("talk")
    await until(lambda: len(asked) >= 4)
    feed.close_all()
    assert asked[3] - asked[1] >= feed_module.LOOK_SECONDS


async def test_nothing_but_the_conversation_goes_through_redis(log: MessageLog, redis: Redis) -> None:
    async with redis.pubsub() as line, Process(log, REDIS) as process:
        await line.subscribe(CHANNEL)
        await line.get_message(timeout=PATIENCE)
        await until(lambda: process.news.connected)
        process.may_answer.set()
        talk = await log.open_conversation("web")
        await process.turns.receive(talk, "c1", {"text": "我的密码是123456"})
        message = await line.get_message(timeout=PATIENCE)

    assert message["data"].decode().split()[1:] == [talk]


async def test_redis_may_die_and_come_back(
    log: MessageLog, redis: Redis, gate: Gate, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(feed_module, "POLL_SECONDS", 0.02)
    talk = await log.open_conversation("web")
    async with Process(log, through(gate)) as one, Process(log, REDIS) as other:
        await until(lambda: "Redis is away" in caplog.text)
        await arrives(one.feed, log, talk)
        for _ in range(2):
            await gate.open()
            await until(lambda: one.news.connected and other.news.connected)
            await gate.shut()
            await until(lambda: not one.news.connected)
            await arrives(one.feed, log, talk)
        assert caplog.text.count("Redis is away") == 3
        await gate.open()
        await until(lambda: one.news.connected)
        monkeypatch.setattr(feed_module, "POLL_SECONDS", 3600.0)
        listener = one.feed.join(talk)
        other.may_answer.set()
        await other.turns.receive(talk, "c1", {"text": "你好"})
        await heard(listener, lambda: True)
        await gate.shut()


async def test_a_redis_that_says_nothing_is_given_up(
    log: MessageLog, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(news_module, "_SILENCE_SECONDS", 0.02)

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with Process(log, f"redis://127.0.0.1:{port}/0") as process:
            await until(lambda: "Redis is away" in caplog.text)
            await arrives(process.feed, log, await log.open_conversation("web"))


async def until(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds."""
    for _ in range(2000):
        if condition():
            return
        await asyncio.sleep(0.01)
    pytest.fail("nothing happened for 20 s")


async def heard(listener: Listener, condition: Callable[[], bool]) -> None:
    """Wait until a listener was woken and a condition holds."""
    while True:
        await asyncio.wait_for(listener.news.wait(), PATIENCE)
        listener.news.clear()
        if condition():
            return


async def arrives(feed: Feed, log: MessageLog, talk: str) -> None:
    """Store a message past a feed and wait until the feed has found it."""
    listener = feed.join(talk)
    await heard(listener, lambda: True)
    await log.append(talk, "notice", {"text": "注意"})
    await heard(listener, lambda: True)
    feed.leave(listener)


def through(gate: Gate) -> str:
    """Return the URL of Redis through a gate."""
    return make_url(REDIS).set(host="127.0.0.1", port=gate.port).render_as_string(hide_password=False)
