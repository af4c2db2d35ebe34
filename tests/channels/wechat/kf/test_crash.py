"""A process dies at the worst moments, and two hear the same at once: every message gets one turn and one answer."""
import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from sqlalchemy import event, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError

from dengta.channels import server
from dengta.channels.wechat import claims
from dengta.channels.wechat.kf import cursors, pulling, service
from dengta.channels.wechat.tables import kf_cursor
from dengta.conversation import turn_records, turns
from dengta.database import DatabaseUnavailable, reading
from dengta.demo.wechat import Handle
from dengta.demo.wechat.envelope import seal_for_corp
from tests.channels.wechat.kf.stage import CORP, LI, SEND, SYNC, WANG, KfBot, shown, texts, until

pytestmark = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def short_leases(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the dead held is free within a second."""
    monkeypatch.setattr(cursors, "LEASE", timedelta(seconds=1))
    monkeypatch.setattr(pulling, "RENEW_SECONDS", 0.2)
    monkeypatch.setattr(claims, "SEND_LEASE", timedelta(seconds=1))
    monkeypatch.setattr(turn_records, "LEASE", timedelta(seconds=1))
    monkeypatch.setattr(turns, "RENEW_SECONDS", 0.2)
    monkeypatch.setattr(turns, "SWEEP_SECONDS", 0.1)
    monkeypatch.setattr(service, "STOP_SECONDS", 0.1)
    monkeypatch.setattr(server, "DRAIN_SECONDS", 0.1)


@pytest.fixture
async def other(database_url: str, tmp_path: Path, wx: Handle) -> AsyncIterator[KfBot]:
    """A second process on the same database."""
    other = KfBot(database_url, tmp_path, wx)
    await other.start()
    yield other
    await other.stop()


def die(engine: Engine) -> None:
    """Let a process do nothing to the database any more, not even clear up."""

    def refuse(_connection: Any) -> None:
        raise OperationalError("", {}, Exception("dead"))

    event.listen(engine, "begin", refuse)


def cursor(bot: KfBot) -> Any:
    with reading(bot.engine) as session:
        return session.execute(select(kf_cursor.c.cursor)).scalar()


@pytest.mark.usefixtures("short_leases")
async def test_death_after_the_callback_was_acknowledged(bot: KfBot, other: KfBot) -> None:
    puller = bot.channel._service._puller

    async def noted_and_killed(open_kfid: str, token: str) -> None:
        await puller._cursors.note(open_kfid, token)
        die(bot.engine)

    puller._wake = lambda _: None  # type: ignore[method-assign]
    puller.note = noted_and_killed  # type: ignore[method-assign]
    bot.wx.kf.wire.connector = bot.url
    delivery = await bot.wx.kf.say(LI, "在吗")
    assert delivery.outcome == "nothing"
    assert await shown(bot.wx, 1) == ["答：在吗"]
    assert set(other.heard()) == {"在吗"}


@pytest.mark.usefixtures("short_leases")
async def test_death_between_storing_and_moving_the_cursor(bot: KfBot, other: KfBot) -> None:
    async def killed(*_: Any) -> bool:
        die(bot.engine)
        raise DatabaseUnavailable("dead")

    bot.channel._service._puller._cursors.move = killed  # type: ignore[method-assign]
    bot.wx.kf.wire.connector = bot.url
    await asyncio.gather(bot.wx.kf.say(LI, "一"), bot.wx.kf.say(WANG, "二"))
    await bot.wx.kf.say(LI, "三")

    await bot.wx.until(lambda: "三" in "".join(texts(bot.wx)) and "二" in "".join(texts(bot.wx, WANG)))
    await until(lambda: cursor(other) == "c3")
    said = [text for author, text in other.record() if author == "customer"]
    assert sorted(said) == ["一", "三", "二"]
    assert "".join(texts(bot.wx)).count("一") == 1 and len(texts(bot.wx, WANG)) == 1


@pytest.mark.usefixtures("short_leases")
async def test_death_between_sending_and_writing_it_down(bot: KfBot, other: KfBot) -> None:
    async def killed(*_: Any) -> None:
        die(bot.engine)
        raise DatabaseUnavailable("dead")

    other_sender, bot_outbox = other.channel._service._sender, bot.channel._service._sender._outbox
    bot_outbox.confirm = killed  # type: ignore[method-assign]
    waits, other_sender._outbox.due = other_sender._outbox.due, _nothing  # type: ignore[method-assign]
    bot.wx.kf.wire.connector = bot.url
    await bot.wx.kf.say(LI, "在吗")
    await bot.wx.until(lambda: len(bot.wx.calls(SEND)) >= 1)
    other_sender._outbox.due = waits  # type: ignore[method-assign]

    await bot.wx.until(lambda: len(bot.wx.calls(SEND)) >= 2)
    assert len({call.body["msgid"] for call in bot.wx.calls(SEND)}) == 1
    bot.wx.kf.wire.connector = other.url
    await bot.wx.kf.say(LI, "还在吗")
    assert await shown(bot.wx, 2) == ["答：在吗", "答：还在吗"]


async def _nothing() -> list[str]:
    return []


@pytest.mark.usefixtures("short_leases")
async def test_what_agents_did_counts_once_although_it_is_read_again(bot: KfBot, other: KfBot) -> None:
    async def killed(*_: Any) -> bool:
        die(bot.engine)
        raise DatabaseUnavailable("dead")

    bot.wx.kf.wire.connector = bot.url
    await bot.wx.kf.say(LI, "一")
    await shown(bot.wx, 1)
    bot.wx.kf.wire.connector = bot.wx.base + "/nowhere"
    await bot.wx.kf.accept(LI, "servicer1")
    await bot.wx.kf.say(LI, "二")
    await bot.wx.kf.end(LI)
    await until(lambda: cursor(other) == "c1")
    bot.channel._service._puller._cursors.move = killed  # type: ignore[method-assign]
    bot.wx.kf.wire.connector = bot.url
    await bot.wx.kf.say(LI, "三")

    await bot.wx.until(lambda: "答：三" in texts(bot.wx))
    await until(lambda: cursor(other) == "c5")
    assert set(bot.heard() + other.heard()) == {"一", "三"}
    assert [author for author, _ in other.record()] == [
        "customer", "bot", "notice", "customer", "notice", "customer", "bot"
    ]  # fmt: skip


async def test_two_processes_get_the_callback_at_once(bot: KfBot, other: KfBot) -> None:
    bot.wx.kf.wire.connector = bot.wx.base + "/nowhere"
    for number in range(6):
        await bot.wx.kf.say(f"wm{number}", "在吗")
    sealed = seal_for_corp(bot.wx.kf.deliveries[-1].message, bot.wx.kf.wire, CORP.keys)

    async def call_back(http: ClientSession, url: str) -> int:
        async with http.post(url, params=sealed.params, data=sealed.body.encode()) as response:
            return response.status

    async with ClientSession() as http:
        answers = await asyncio.gather(*(call_back(http, url) for url in (bot.url, other.url) * 3))
    assert set(answers) == {200}

    await bot.wx.until(lambda: all(texts(bot.wx, f"wm{number}") for number in range(6)))
    await until(lambda: cursor(bot) == "c6")
    assert bot.heard() + other.heard() == ["在吗"] * 6
    assert [len(texts(bot.wx, f"wm{number}")) for number in range(6)] == [1] * 6


@pytest.mark.parametrize("drop", ["before", "after"])
async def test_an_answer_whose_acknowledgement_is_lost_is_shown_once(bot: KfBot, drop: str) -> None:
    bot.wx.fault(SEND, times=3, drop=drop)
    await bot.wx.kf.say(LI, "在吗")
    await bot.wx.until(lambda: len(bot.wx.calls(SEND)) >= 4)
    await bot.wx.kf.say(LI, "还在吗")
    assert await shown(bot.wx, 2) == ["答：在吗", "答：还在吗"]


async def test_the_same_message_twice_in_the_log_is_one(bot: KfBot) -> None:
    bot.wx.kf.wire.connector = bot.wx.base + "/nowhere"
    await bot.wx.kf.say(LI, "一")
    desk = bot.wx.kf.desk
    desk.log.append(desk.log[0])
    bot.wx.kf.wire.connector = bot.url
    await bot.wx.kf.say(WANG, "二")
    await shown(bot.wx, 1)
    await shown(bot.wx, 1, WANG)
    assert sorted(bot.heard()) == ["一", "二"]


async def test_without_an_end_of_troubles_nothing_is_lost(bot: KfBot, other: KfBot) -> None:
    """Pulls and sends fail at random while customers write to both processes in turn."""
    for path in (SYNC, SEND):
        for drop in ("before", "after", None, "before", None, "after"):
            bot.wx.fault(path, drop=drop)
    for number in range(8):
        bot.wx.kf.wire.connector = (bot.url, other.url)[number % 2]
        await bot.wx.kf.say(f"wm{number % 3}", f"第{number}句。")

    await bot.wx.until(lambda: all(f"第{n}句" in "".join(texts(bot.wx, f"wm{n % 3}")) for n in range(8)))
    for customer in range(3):
        shown_to = "".join(texts(bot.wx, f"wm{customer}"))
        assert [shown_to.count(f"第{n}句") for n in range(customer, 8, 3)] == [1] * len(range(customer, 8, 3))
