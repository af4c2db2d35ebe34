"""Exactly once: the passive reply or a customer-service message, never both, never neither, in order."""
import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from sqlalchemy import select

from dengta.channels.wechat import claims
from dengta.channels.wechat.channel import WeChatChannel
from dengta.channels.wechat.outbox import Outbox
from dengta.channels.wechat.patience import Patience
from dengta.channels.wechat.tables import wechat_out
from dengta.conversation.tables import message
from dengta.database import reading
from dengta.demo.wechat.envelope import seal, unseal
from tests.channels.wechat.channel.stage import LI, SEND, SLOW, WeChatBot, sources, texts, until, wechat

pytestmark = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)


class Gate:
    """A turn that begins, and ends when it is told to."""

    def __init__(self, bot: WeChatBot) -> None:
        self.began, self._ends = asyncio.Event(), asyncio.Event()
        self._echo = bot.agent.echo
        bot.agent.turn = self.turn

    async def turn(self, said: Any) -> None:
        self.began.set()
        await self._ends.wait()
        await self._echo(said)

    def open(self) -> None:
        self._ends.set()


@pytest.fixture
async def other(bot: WeChatBot, tmp_path: Path) -> AsyncIterator[WeChatBot]:
    """A second process on the same database, which WeChat reaches too."""
    other = WeChatBot(bot.engine.url.render_as_string(hide_password=False), tmp_path, bot.wx)
    other.agent = bot.agent
    await other.start()
    bot.wx.wire.connector = bot.url
    yield other
    await other.stop()


async def settled(bot: WeChatBot) -> None:
    """Wait until nothing is left to be delivered."""

    def everything_arrived() -> bool:
        with reading(bot.engine) as session:
            return not session.execute(select(wechat_out.c.id).where(wechat_out.c.state != "sent")).all()

    await until(everything_arrived)


def customer_messages(bot: WeChatBot) -> int:
    with reading(bot.engine) as session:
        return len(session.execute(select(message.c.id).where(message.c.author_kind == "customer")).all())


async def test_a_slow_turn_is_acknowledged_and_answered_by_one_message(resting: WeChatBot) -> None:
    resting.patience = SLOW
    await resting.start()
    gate, wx = Gate(resting), resting.wx
    assert (await wx.say(LI, "你好")).outcome == "nothing"
    assert texts(wx) == []
    gate.open()
    await wx.wait_shown(LI, 1)
    await settled(resting)

    assert (texts(wx), sources(wx)) == (["答：你好"], ["custom"])
    assert len(wx.calls(SEND)) == 1


@pytest.mark.parametrize("deliveries", [3, 4])
async def test_a_message_delivered_again_and_again_is_one_turn_and_one_answer(
    database_url: str, tmp_path: Path, deliveries: int
) -> None:
    async with wechat(read_limit=0.2, deliveries=deliveries) as wx:
        bot = WeChatBot(database_url, tmp_path, wx)
        bot.patience = 1.0
        await bot.start()
        gate = Gate(bot)
        delivery = await wx.say(LI, "你好")
        assert [attempt.problem for attempt in delivery.attempts] == ["timeout"] * deliveries
        gate.open()
        await wx.wait_shown(LI, 2)
        await settled(bot)

        assert sources(wx) == ["system", "custom"], "WeChat itself had said that nobody answers"
        assert (bot.heard(), customer_messages(bot), len(wx.calls(SEND))) == (["你好"], 1, 1)
        await bot.stop()


async def test_a_retry_gets_the_answer_the_first_delivery_was_waiting_for(database_url: str, tmp_path: Path) -> None:
    async with wechat(read_limit=1.0) as wx:
        bot = WeChatBot(database_url, tmp_path, wx)
        await bot.start()
        gate = Gate(bot)
        push = asyncio.create_task(wx.say(LI, "你好"))
        await gate.began.wait()
        await until(lambda: bool(wx.deliveries[0].attempts))
        gate.open()
        delivery = await push
        await settled(bot)

        assert (delivery.attempts[0].problem, delivery.outcome) == ("timeout", "reply")
        assert (texts(wx), sources(wx), wx.calls(SEND)) == (["答：你好"], ["passive"], [])
        await bot.stop()


async def test_an_answer_that_got_lost_on_its_way_is_given_to_the_retry(bot: WeChatBot, lost: asyncio.Event) -> None:
    delivery = await bot.wx.say(LI, "你好")
    await settled(bot)

    assert (len(delivery.attempts), lost.is_set()) == (2, True)
    assert (texts(bot.wx), bot.heard(), bot.wx.calls(SEND)) == (["答：你好"], ["你好"], [])


async def test_an_answer_that_got_lost_in_a_dead_process_is_sent_when_the_retry_meets_a_crowd(
    bot: WeChatBot, lost: asyncio.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Outbox, "give_back", never_given_back)
    monkeypatch.setattr(claims, "PASSIVE_LEASE", timedelta(seconds=2))
    monkeypatch.setattr(claims, "_HEAD_START", timedelta(0))
    left = Patience.left
    monkeypatch.setattr(Patience, "left", lambda self, arrived: 0.0 if lost.is_set() else left(self, arrived))
    delivery = await bot.wx.say(LI, "你好")
    assert (len(delivery.attempts), delivery.outcome) == (2, "nothing")
    await settled(bot)

    assert (texts(bot.wx), sources(bot.wx), bot.heard()) == (["答：你好"], ["custom"], ["你好"])


async def test_two_processes_that_get_the_same_message_at_once_answer_it_once(
    bot: WeChatBot, other: WeChatBot
) -> None:
    wx, gate = bot.wx, Gate(bot)
    pushed = {"ToUserName": "gh", "FromUserName": LI, "CreateTime": int(time.time()), "MsgType": "text"}
    sealed = seal({**pushed, "Content": "你好", "MsgId": 7}, wx.wire, wx.world.account.keys, LI)

    async def push(url: str) -> str:
        async with ClientSession() as http, http.post(url, params=sealed.params, data=sealed.body) as response:
            assert response.status == 200
            return unseal(await response.text(), wx.wire, wx.world.account.keys)["Content"]

    pushes = [asyncio.create_task(push(process.url)) for process in (bot, other)]
    await gate.began.wait()
    gate.open()

    assert await asyncio.gather(*pushes) == ["答：你好"] * 2, "WeChat reads one of them: the other it has given up"
    await settled(bot)
    assert (bot.heard(), customer_messages(bot), wx.calls(SEND)) == (["你好"], 1, [])


async def test_two_quick_messages_are_answered_in_their_order_whoever_gets_them(
    bot: WeChatBot, other: WeChatBot
) -> None:
    wx, gate = bot.wx, Gate(bot)
    first = asyncio.create_task(wx.say(LI, "一"))
    await gate.began.wait()
    wx.wire.connector = other.url
    second = asyncio.create_task(wx.say(LI, "二"))
    await until(lambda: customer_messages(bot) == 2)
    gate.open()
    await asyncio.gather(first, second)
    await settled(bot)

    assert "\n\n".join(texts(wx)) == "答：一\n\n答：二"
    assert (bot.heard(), sources(wx)[0]) == (["一", "二"], "passive")


async def test_a_killed_process_answers_what_it_acknowledged_when_it_is_back(resting: WeChatBot) -> None:
    resting.patience = SLOW
    await resting.start()
    wx, gate = resting.wx, Gate(resting)
    assert (await wx.say(LI, "你好")).outcome == "nothing"
    await gate.began.wait()
    await resting.kill()
    resting.agent.turn = resting.agent.echo
    await resting.start()
    await wx.wait_shown(LI, 1)
    await settled(resting)
    gate.open()

    assert texts(wx) == ["答：你好"]
    assert (customer_messages(resting), len(wx.calls(SEND))) == (1, 1)


async def dies_while_it_answers(bot: WeChatBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a process have the answer claimed, and end before it writes it."""
    claimed, never = asyncio.Event(), asyncio.Event()

    async def hangs(*_given: Any) -> None:
        claimed.set()
        await never.wait()

    async def nothing(*_given: Any, **_more: Any) -> None:
        pass

    with monkeypatch.context() as dying:
        dying.setattr(WeChatChannel, "_write", hangs)
        dying.setattr(Outbox, "give_back", nothing)  # a killed process cleans nothing up
        push = asyncio.create_task(bot.wx.say(LI, "你好"))
        await claimed.wait()
        await bot.kill()
        await push


async def test_an_answer_whose_process_died_is_sent_when_nobody_was_there_for_the_retry(
    bot: WeChatBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "PASSIVE_LEASE", timedelta(seconds=0.2))
    await dies_while_it_answers(bot, monkeypatch)
    assert sources(bot.wx) == ["system"], "WeChat found nobody"
    await bot.start()
    await bot.wx.wait_shown(LI, 2)
    await settled(bot)

    assert (texts(bot.wx)[1:], sources(bot.wx)[1:]) == (["答：你好"], ["custom"])
    assert bot.heard() == ["你好"]


async def test_an_answer_whose_process_died_is_given_to_the_retry_by_another_process(
    bot: WeChatBot, other: WeChatBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "PASSIVE_LEASE", timedelta(seconds=0.2))
    monkeypatch.setattr(claims, "_HEAD_START", timedelta(0))
    writes, tries = WeChatChannel._write, 0

    async def balanced(self: Any, request: Any, *given: Any) -> None:
        nonlocal tries
        tries += 1
        bot.wx.wire.connector = other.url
        if tries == 1:
            request.transport.abort()
            await asyncio.Event().wait()
        await writes(self, request, *given)

    monkeypatch.setattr(WeChatChannel, "_write", balanced)
    monkeypatch.setattr(Outbox, "give_back", never_given_back)
    await bot.wx.say(LI, "你好")
    await settled(bot)

    assert (tries, texts(bot.wx), sources(bot.wx)) == (2, ["答：你好"], ["passive"])


async def never_given_back(*_given: Any, **_more: Any) -> None:
    """Stand in for a process that is dead."""


async def test_an_answer_that_wechat_took_is_not_sent_again_when_its_process_dies_right_after(
    bot: WeChatBot, other: WeChatBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "PASSIVE_LEASE", timedelta(seconds=0.2))
    monkeypatch.setattr(claims, "_HEAD_START", timedelta(0))
    monkeypatch.setattr(Outbox, "confirm", never_given_back)
    await bot.wx.say(LI, "你好")
    await settled(other)

    assert (texts(bot.wx), bot.wx.calls(SEND)) == (["答：你好"], [])


async def test_a_crowd_of_slow_turns_is_acknowledged_at_once_and_answered_later(resting: WeChatBot) -> None:
    resting.patience = 60.0
    await resting.start()
    wx, gate = resting.wx, Gate(resting)
    people = [f"oDengtaNo{number:02}" for number in range(30)]
    pushes = await asyncio.gather(*(wx.say(person, "你好") for person in people))

    assert {(push.outcome, len(push.attempts)) for push in pushes} == {("nothing", 1)}
    gate.open()
    await wx.until(lambda: all(wx.shown(person) for person in people))
    assert {tuple(texts(wx, person)) for person in people} == {("答：你好",)}
