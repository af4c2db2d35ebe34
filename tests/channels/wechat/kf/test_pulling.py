"""Reading kf accounts: in order, once, whoever was told of the news and whoever dies on the way."""
import asyncio
from datetime import datetime, timedelta, timezone
from typing import Any, AsyncIterator, Callable, Optional

import pytest
from sqlalchemy import select, update
from sqlalchemy.engine import Engine

from dengta.channels.wechat.kf import cursors, pulling
from dengta.channels.wechat.kf.api import KfApi
from dengta.channels.wechat.kf.cursors import Cursors
from dengta.channels.wechat.kf.pulling import Puller
from dengta.channels.wechat.messages import Incoming, Text
from dengta.channels.wechat.tables import kf_cursor
from dengta.database import DatabaseUnavailable, reading, writing
from dengta.demo.wechat import Handle
from tests.channels.wechat.kf.stage import CORP, LI, SYNC, WK

PATIENCE = 20.0

both = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)


class Listener:
    """Hears entries; a test may let it fail or never come back."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.news = asyncio.Event()
        self.trouble: Callable[[str], Any] = lambda _text: None

    async def hear(self, incoming: Incoming) -> None:
        assert isinstance(incoming, Text)
        trouble = self.trouble(incoming.content)
        if isinstance(trouble, Exception):
            raise trouble
        if trouble is not None:
            await trouble
        self.texts.append(incoming.content)
        self.news.set()

    async def has(self, *texts: str) -> None:
        """Wait until this was heard, and nothing else."""

        async def waiting() -> None:
            while len(self.texts) < len(texts):
                await self.news.wait()
                self.news.clear()

        await asyncio.wait_for(waiting(), PATIENCE)
        assert self.texts == list(texts)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, wx: Handle) -> None:
    """Die and recover within a second; nobody listens to the platform's own callbacks."""
    monkeypatch.setattr(cursors, "LEASE", timedelta(seconds=0.6))
    monkeypatch.setattr(pulling, "RENEW_SECONDS", 0.15)
    wx.kf.wire.connector = wx.base + "/nowhere"


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
async def make(wx: Handle, api: KfApi, engine: Engine) -> AsyncIterator[Callable[[Listener], Puller]]:
    """Return what makes the puller of one process more."""
    made: list[Puller] = []

    def puller(listener: Listener) -> Puller:
        now = lambda: datetime.fromtimestamp(wx.world.clock.now(), timezone.utc)  # noqa: E731
        made.append(Puller(CORP.corpid, api, Cursors(engine), listener.hear, now))
        return made[-1]

    yield puller
    for puller_made in made:
        await puller_made.stop()


async def say(wx: Handle, *texts: str) -> str:
    """Let customers write, and return the token of the last callback."""
    for text in texts:
        await wx.kf.say(LI, text)
    return str(wx.kf.deliveries[-1].message["Token"])


def row(engine: Engine) -> Any:
    with reading(engine) as session:
        return session.execute(select(kf_cursor)).one()


async def idle(engine: Engine) -> Any:
    """Wait until nobody reads the account."""

    async def waiting() -> Any:
        while (found := row(engine)).lease is not None:  # noqa: ASYNC110  the database tells nobody
            await asyncio.sleep(0.01)
        return found

    return await asyncio.wait_for(waiting(), PATIENCE)


async def test_a_callback_makes_everything_new_heard_page_after_page(
    wx: Handle, make: Any, listener: Listener, engine: Engine
) -> None:
    puller = make(listener)
    await puller.note(WK, await say(wx, *"一二三四五六七"))
    await listener.has(*"一二三四五六七")
    assert (await idle(engine)).cursor == "c7"
    await puller.note(WK, await say(wx, "八"))
    await listener.has(*"一二三四五六七八")


async def test_a_callback_during_the_reading_is_not_lost(
    wx: Handle, make: Any, listener: Listener, engine: Engine
) -> None:
    puller, reached, go_on = make(listener), asyncio.Event(), asyncio.Event()

    async def slowly() -> None:
        reached.set()
        await go_on.wait()

    listener.trouble = lambda text: slowly() if text == "一" else None
    await puller.note(WK, await say(wx, "一"))
    await asyncio.wait_for(reached.wait(), PATIENCE)
    await puller.note(WK, await say(wx, "二"))
    go_on.set()
    await listener.has("一", "二")


@both
async def test_two_processes_told_at_once_read_once(
    wx: Handle, make: Any, listener: Listener, engine: Engine
) -> None:
    token, first, second = await say(wx, *"一二三四"), make(listener), make(listener)
    await asyncio.gather(first.note(WK, token), second.note(WK, token))
    await listener.has(*"一二三四")
    await idle(engine)
    assert listener.texts == list("一二三四")


@both
async def test_what_a_dead_reader_had_not_stored_is_read_by_another_process(
    wx: Handle, make: Any, listener: Listener, engine: Engine
) -> None:
    dying, reached = Listener(), asyncio.Event()

    async def die() -> None:
        reached.set()
        await asyncio.Event().wait()

    dying.trouble = lambda text: die() if text == "二" else None
    first = make(dying)
    await first.note(WK, await say(wx, "一", "二"))
    await asyncio.wait_for(reached.wait(), PATIENCE)
    with writing(engine) as session:  # dead: nobody renews the lease, nobody gives it back
        session.execute(update(kf_cursor).values(lease="dead", lease_until=datetime.now(timezone.utc)))
    make(listener).start()
    await listener.has("一", "二")
    assert dying.texts == ["一"]


@both
async def test_a_reader_that_lost_the_account_moves_no_cursor(
    wx: Handle, make: Any, listener: Listener, engine: Engine
) -> None:
    def steal() -> None:
        with writing(engine) as session:
            until = datetime.now(timezone.utc) + timedelta(minutes=1)
            session.execute(update(kf_cursor).values(lease="other", lease_until=until))

    listener.trouble = lambda text: steal() if text == "四" else None
    await make(listener).note(WK, await say(wx, *"一二三四五六七"))
    await listener.has(*"一二三四五六")
    assert (row(engine).cursor, row(engine).lease) == ("c3", "other")


async def test_a_stopped_reader_gives_the_account_back_at_once(
    wx: Handle, make: Any, listener: Listener, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cursors, "LEASE", timedelta(hours=1))
    stopped, reached = Listener(), asyncio.Event()

    async def hang() -> None:
        reached.set()
        await asyncio.Event().wait()

    stopped.trouble = lambda text: hang()
    first = make(stopped)
    await first.note(WK, await say(wx, "一"))
    await asyncio.wait_for(reached.wait(), PATIENCE)
    await first.stop()
    make(listener).start()
    await listener.has("一")


async def test_a_database_that_goes_away_stops_the_reading_and_nothing_is_skipped(
    wx: Handle, make: Any, listener: Listener
) -> None:
    away = [DatabaseUnavailable("timeout")]
    listener.trouble = lambda text: away.pop() if text == "二" and away else None
    puller = make(listener)
    puller.start()
    await puller.note(WK, await say(wx, "一", "二", "三"))
    await listener.has("一", "一", "二", "三")


async def test_one_entry_nobody_can_deal_with_does_not_hold_up_the_others(
    wx: Handle, make: Any, listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    listener.trouble = lambda text: ValueError("二") if text == "二" else None
    await make(listener).note(WK, await say(wx, "一", "二", "三"))
    await listener.has("一", "三")
    assert "ValueError" in caplog.text and "二" not in caplog.text


@pytest.mark.parametrize("drop", ["before", "after"])
async def test_a_failed_pull_is_repeated(
    wx: Handle, make: Any, listener: Listener, drop: Optional[str], caplog: pytest.LogCaptureFixture
) -> None:
    token = await say(wx, "一")
    wx.fault(SYNC, times=2, drop=drop)
    puller = make(listener)
    puller.start()
    await puller.note(WK, token)
    await listener.has("一")
    assert token not in caplog.text and "access_token" not in caplog.text


async def test_an_account_with_a_faulty_configuration_is_left_alone_until_a_customer_writes(
    wx: Handle, make: Any, listener: Listener, engine: Engine
) -> None:
    wx.fault(SYNC, errcode=95000)
    puller = make(listener)
    puller.start()
    await puller.note(WK, await say(wx, "一"))
    await wx.until(lambda: len(wx.calls(SYNC)) == 1)
    assert (await idle(engine)).due_at > datetime.now(timezone.utc) + timedelta(minutes=4)
    await puller.note(WK, await say(wx, "二"))
    await listener.has("一", "二")


async def test_a_token_that_has_grown_old_is_left_out(wx: Handle, make: Any, listener: Listener) -> None:
    token = await say(wx, "一")
    wx.advance(600)
    await make(listener).note(WK, token)
    await listener.has("一")
    assert ["token" in call.body for call in wx.calls(SYNC)] == [True, False]


async def test_an_account_read_for_the_first_time_has_no_history(
    wx: Handle, make: Any, listener: Listener, engine: Engine
) -> None:
    await say(wx, "前天")
    wx.advance(25 * 3600)
    await say(wx, "昨天")
    wx.advance(23 * 3600)
    puller = make(listener)
    await puller.note(WK, await say(wx, "今天"))
    await listener.has("昨天", "今天")
    await idle(engine)
    await say(wx, "今天晚些")
    wx.advance(25 * 3600)
    await puller.note(WK, await say(wx, "明天"))
    await listener.has("昨天", "今天", "今天晚些", "明天")


@both
async def test_without_callbacks_accounts_are_read_now_and_then(
    wx: Handle, make: Any, listener: Listener, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cursors, "READ_AGAIN_AFTER", timedelta(seconds=0.2))
    monkeypatch.setattr(cursors, "TOKEN_LASTS", timedelta(0))
    for process in (make(listener), make(listener)):
        process.start()
    await process.note(WK, await say(wx, "一"))
    await listener.has("一")
    await say(wx, "二")
    await listener.has("一", "二")
    assert "token" not in wx.calls(SYNC)[-1].body
