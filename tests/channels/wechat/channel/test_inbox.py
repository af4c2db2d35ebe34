"""What WeChat pushed is stored before it is answered, and reaches its conversation whatever happens then."""
import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.engine import Row

from dengta.channels.wechat import backlog, claims, inbox
from dengta.channels.wechat.inbox import Inbox, Pushed
from dengta.channels.wechat.receiving import Receiving
from dengta.channels.wechat.tables import wechat_inbox
from dengta.conversation.log import MessageLog
from dengta.database import DatabaseUnavailable, connect, reading
from tests.channels.wechat.channel.stage import LI, WANG, WeChatBot, texts, until
from tests.vaults import new_vault

pytestmark = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
async def other(resting: WeChatBot, tmp_path: Path) -> AsyncIterator[WeChatBot]:
    """A second process on the same database, not started yet."""
    other = WeChatBot(resting.engine.url.render_as_string(hide_password=False), tmp_path, resting.wx)
    other.agent = resting.agent
    yield other
    await other.stop()


@pytest.fixture
def stuck(resting: WeChatBot, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Let the first process bring nothing; set when it would have."""
    began, hear = asyncio.Event(), Receiving.hear

    async def hang(self: Receiving, *given: Any) -> Any:
        if self._messages is not resting.log:
            return await hear(self, *given)
        began.set()
        return await asyncio.Event().wait()

    monkeypatch.setattr(Receiving, "hear", hang)
    return began


def rows(bot: WeChatBot) -> list[Row]:
    with reading(bot.engine) as session:
        found: list[Row] = session.execute(select(wechat_inbox)).all()
    return found


async def test_what_cannot_be_stored_is_asked_for_again(
    resting: WeChatBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, tries = Inbox._store, iter([True, False])

    def once_down(self: Inbox, batch: Any) -> Any:
        if next(tries):
            raise DatabaseUnavailable("OperationalError")
        return store(self, batch)

    monkeypatch.setattr(Inbox, "_store", once_down)
    await resting.start()
    delivery = await resting.wx.say(LI, "你好")

    assert [attempt.status for attempt in delivery.attempts] == [503, 200]
    assert (texts(resting.wx), resting.heard()) == (["答：你好"], ["你好"])


async def test_what_is_stored_is_brought_once_the_database_is_back(
    bot: WeChatBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive, tries = MessageLog.receive, iter([True, False])

    async def once_down(self: MessageLog, *given: Any, **also: Any) -> Any:
        if next(tries):
            raise DatabaseUnavailable("OperationalError")
        return await receive(self, *given, **also)

    monkeypatch.setattr(MessageLog, "receive", once_down)
    delivery = await bot.wx.say(LI, "你好")

    assert [attempt.status for attempt in delivery.attempts] == [200]
    assert (texts(bot.wx), bot.heard()) == (["答：你好"], ["你好"])
    await until(lambda: not rows(bot))


async def test_another_process_brings_what_a_dead_one_had_stored(
    resting: WeChatBot, other: WeChatBot, stuck: asyncio.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "LEASE", timedelta(seconds=1))
    monkeypatch.setattr(backlog, "KEEP_SECONDS", 3600.0)
    resting.patience = 0.0
    await resting.start()
    wx = resting.wx
    assert (await wx.say(LI, "第一句")).outcome == "nothing"
    await asyncio.wait_for(stuck.wait(), 10)
    monkeypatch.setattr(backlog, "KEEP_SECONDS", 0.05)
    await other.start()
    await wx.say(LI, "第二句")

    assert other.heard() == ["第一句", "第二句"], "in order, although the second one found a process that was alive"
    await wx.until(lambda: "答：第二句" in "".join(texts(wx)))
    assert "\n\n".join(texts(wx)).split("\n\n") == ["答：第一句", "答：第二句"]
    await until(lambda: not rows(other))


async def test_a_push_is_not_given_up_however_many_processes_die_with_it(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "LEASE", timedelta(0))
    engine = connect(database_url, 5.0)
    vault, pushed = new_vault(engine, tmp_path), Pushed("wx1", LI, {"FromUserName": LI})
    await Inbox(engine, vault).put(pushed)
    for _ in range(10):
        assert await Inbox(engine, vault).adopt() == [pushed]


async def test_nothing_is_answered_before_the_push_has_left_the_inbox(
    resting: WeChatBot, other: WeChatBot, lost: asyncio.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "LEASE", timedelta(seconds=0.5))
    monkeypatch.setattr(backlog, "KEEP_SECONDS", 0.05)
    monkeypatch.setattr(claims, "PASSIVE_LEASE", timedelta(seconds=1))
    monkeypatch.setattr(claims, "_HEAD_START", timedelta(0))
    for name in ("remove", "renew"):
        monkeypatch.setattr(Inbox, name, unless_dead(resting, getattr(Inbox, name)))
    resting.patience = 1.0
    await resting.start()
    await other.start()
    wx = resting.wx
    wx.wire.connector = resting.url

    async def die() -> None:
        await lost.wait()
        wx.wire.connector = other.url

    death = asyncio.create_task(die())
    await wx.say(LI, "你好")
    await wx.wait_shown(LI, 1)
    death.cancel()

    assert texts(wx) == ["答：你好"], "a retry that is told to wait for the dead process leaves the reply for lost"


async def test_a_process_that_stops_leaves_its_pushes_to_the_others_at_once(
    resting: WeChatBot, other: WeChatBot, stuck: asyncio.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "LEASE", timedelta(hours=1))
    monkeypatch.setattr(backlog, "KEEP_SECONDS", 0.05)
    monkeypatch.setattr("dengta.channels.wechat.service.STOP_SECONDS", 0.0)
    resting.patience = 0.0
    await resting.start()
    await resting.wx.say(LI, "你好")
    await asyncio.wait_for(stuck.wait(), 10)
    await resting.stop()
    await other.start()
    await resting.wx.wait_shown(LI, 1)

    assert texts(resting.wx) == ["答：你好"]
    await resting.start()


async def test_what_we_fail_at_holds_nothing_up_and_is_tried_again(
    bot: WeChatBot, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(inbox, "REST", timedelta(seconds=0.5))
    monkeypatch.setattr(backlog, "KEEP_SECONDS", 0.05)
    hear, tries = Receiving.hear, iter([True, True, False])

    async def faulty(self: Receiving, talk: str, incoming: Any) -> Any:
        if incoming.sender == LI and incoming.content == "甲" and next(tries):
            raise KeyError("甲")
        return await hear(self, talk, incoming)

    monkeypatch.setattr(Receiving, "hear", faulty)
    assert (await bot.wx.say(LI, "甲")).outcome == "nothing"
    assert (await bot.wx.say(LI, "乙")).outcome == "reply"
    await bot.wx.wait_shown(LI, 2)

    assert texts(bot.wx) == ["答：乙", "答：甲"]
    assert "KeyError at" in caplog.text and "甲" not in caplog.text


async def test_what_we_always_fail_at_is_kept_for_a_time(bot: WeChatBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "REST", timedelta(0))
    monkeypatch.setattr(backlog, "KEEP_SECONDS", 0.05)

    async def faulty(*_given: Any) -> Any:
        raise KeyError

    monkeypatch.setattr(Receiving, "hear", faulty)
    assert (await bot.wx.say(LI, "甲")).outcome == "nothing"
    await until(lambda: [(row.failures, row.lease) for row in rows(bot)] == [(inbox.FAILURES, None)])
    monkeypatch.setattr(inbox, "KEPT", timedelta(0))
    await Inbox(bot.engine, bot.vault).tidy()
    assert not rows(bot)


async def test_what_waits_in_the_inbox_can_be_read_by_nobody(
    resting: WeChatBot, stuck: asyncio.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dengta.channels.wechat.service.STOP_SECONDS", 0.0)
    resting.patience = 0.0
    await resting.start()
    await resting.wx.say(WANG, "我的手机号是13800138000")
    (row,) = rows(resting)

    assert row.content.startswith("v1.")
    assert not any(secret in str(dict(row._mapping)) for secret in (WANG, "13800138000", "手机号"))


def unless_dead(dead: WeChatBot, work: Any) -> Any:
    """Let something hang for ever in one process."""

    async def hang(self: Inbox, *given: Any) -> Any:
        return await (asyncio.Event().wait() if self._engine is dead.engine else work(self, *given))

    return hang
