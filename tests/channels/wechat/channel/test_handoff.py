"""A person takes over: our own desk, or WeChat's agents, who have the customer to themselves until they are done."""
import asyncio
from datetime import timedelta
from typing import Any, AsyncIterator

import pytest
from sqlalchemy import select

from dengta.channels.wechat import handoff
from dengta.conversation.tables import conversation
from dengta.database import reading
from tests.channels.wechat.channel.stage import LI, SEND, SLOW, WeChatBot, sources, texts, until

CREATE = "/customservice/kfsession/create"
NOTICE = "已为您登记，人工客服马上就来。"
HALF_AN_HOUR = 1800


async def ask_for_a_person(message: Any) -> None:
    send = message.output_channel.send_response
    await send(message.sender_id, {"text": NOTICE})
    await send(message.sender_id, {"custom": {"type": "handoff"}})


def owner(bot: WeChatBot) -> tuple[str, Any]:
    with reading(bot.engine) as session:
        return tuple(session.execute(select(conversation.c.state, conversation.c.owner_id)).one())


@pytest.fixture
async def bot(resting: WeChatBot) -> WeChatBot:
    resting.handoff = "transfer"
    await resting.start()
    return resting


@pytest.fixture
async def handed(bot: WeChatBot) -> AsyncIterator[WeChatBot]:
    """A customer whom one of WeChat's agents has."""
    bot.agent.turn = ask_for_a_person
    delivery = await bot.wx.say(LI, "转人工")
    assert delivery.reply is not None and delivery.reply["MsgType"] == "transfer_customer_service"
    bot.agent.turn = bot.agent.echo
    await bot.wx.wait_shown(LI, 1)
    yield bot


async def test_at_our_own_desk_nothing_special_happens(resting: WeChatBot) -> None:
    resting.agent.turn = ask_for_a_person
    await resting.start()
    await resting.wx.say(LI, "转人工")

    assert (texts(resting.wx), sources(resting.wx)) == ([NOTICE], ["passive"])
    assert owner(resting) == ("BOT", None)


async def test_the_message_that_asks_is_passed_on_and_the_notice_follows(handed: WeChatBot) -> None:
    assert (texts(handed.wx), sources(handed.wx)) == ([NOTICE], ["custom"])
    assert owner(handed) == ("HUMAN", "wechat")
    assert handed.wx.world.sessions.holds(LI, handed.wx.world.clock.now())
    assert handed.wx.calls(CREATE) == []


async def test_the_named_agent_gets_the_customer(resting: WeChatBot) -> None:
    resting.handoff, resting.kf_account = "transfer", "agent2@dengta"
    resting.agent.turn = ask_for_a_person
    await resting.start()
    delivery = await resting.wx.say(LI, "转人工")

    assert delivery.reply is not None and delivery.reply["TransInfo"] == {"KfAccount": "agent2@dengta"}


async def test_when_the_agent_is_done_the_bot_goes_on(handed: WeChatBot) -> None:
    assert (await handed.wx.say(LI, "在吗")).outcome == "person"
    await handed.wx.event(LI, "kf_close_session", KfAccount="agent1@dengta")
    handed.wx.world.sessions.close(LI, None, handed.wx.world.clock.now())
    await handed.wx.say(LI, "账单")

    assert owner(handed) == ("BOT", None)
    assert texts(handed.wx)[-1] == "答：账单"
    assert handed.heard() == ["转人工", "账单"], "what was said to the agent is not the bot's"


async def test_after_half_an_hour_wechat_gives_the_customer_back(
    handed: WeChatBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed.wx.advance(HALF_AN_HOUR)
    monkeypatch.setattr(handoff, "HOLDS", timedelta(0))
    await handed.wx.say(LI, "账单")

    assert (owner(handed), texts(handed.wx)[-1]) == (("BOT", None), "答：账单")


async def test_who_waits_in_the_queue_is_passed_on_again_and_again(bot: WeChatBot) -> None:
    bot.wx.world.sessions.online.clear()
    bot.agent.turn = ask_for_a_person
    for text in ("转人工", "有人吗", "喂"):
        delivery = await bot.wx.say(LI, text)
        assert delivery.reply is not None and delivery.reply["MsgType"] == "transfer_customer_service"

    assert bot.heard() == ["转人工"]
    assert len(bot.wx.world.sessions.waiting(bot.wx.world.clock.now())) == 1


async def test_the_half_hour_begins_when_an_agent_takes_the_customer_up(
    bot: WeChatBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot.wx.world.sessions.online.clear()
    bot.agent.turn = ask_for_a_person
    await bot.wx.say(LI, "转人工")
    with bot.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE wechat_delivery SET handed_at = '2026-01-01 00:00:00'")
    await bot.wx.event(LI, "kf_create_session", KfAccount="agent1@dengta")
    delivery = await bot.wx.say(LI, "您好")

    assert delivery.reply is not None and delivery.reply["MsgType"] == "transfer_customer_service"
    assert owner(bot) == ("HUMAN", "wechat")


async def test_a_tap_on_the_menu_cannot_be_passed_on_but_the_next_message_is(bot: WeChatBot) -> None:
    bot.agent.turn = ask_for_a_person
    click = await bot.wx.click(LI, "request_human")
    assert (click.outcome, owner(bot)) == ("reply", ("HUMAN", "wechat"))
    assert texts(bot.wx) == [NOTICE]
    message = await bot.wx.say(LI, "我的卡丢了")

    assert message.reply is not None and message.reply["MsgType"] == "transfer_customer_service"
    assert bot.heard() == ["转人工"]


async def test_after_the_five_seconds_a_session_with_the_named_agent_is_opened(resting: WeChatBot) -> None:
    resting.handoff, resting.kf_account, resting.patience = "transfer", "agent1@dengta", SLOW
    gate = asyncio.Event()

    async def slow(message: Any) -> None:
        await gate.wait()
        await ask_for_a_person(message)

    resting.agent.turn = slow
    await resting.start()
    assert (await resting.wx.say(LI, "转人工")).outcome == "nothing"
    gate.set()
    await resting.wx.until(lambda: bool(resting.wx.calls(CREATE)))
    await resting.wx.wait_shown(LI, 1)

    assert (texts(resting.wx), owner(resting)) == ([NOTICE], ("HUMAN", "wechat"))
    assert (await resting.wx.say(LI, "在吗")).outcome == "person"


async def test_if_no_agent_can_take_the_customer_the_bot_goes_on(resting: WeChatBot) -> None:
    resting.handoff, resting.kf_account, resting.patience = "transfer", "agent1@dengta", -1.0
    resting.wx.world.sessions.online.clear()
    resting.agent.turn = ask_for_a_person
    await resting.start()
    await resting.wx.say(LI, "转人工")
    await resting.wx.until(lambda: bool(resting.wx.calls(CREATE)))
    await until(lambda: owner(resting) == ("BOT", None))
    resting.agent.turn = resting.agent.echo
    await resting.wx.say(LI, "账单")
    await until(lambda: "答：账单" in texts(resting.wx))

    assert len(resting.wx.calls(SEND)) == 2


async def test_events_are_never_passed_on(handed: WeChatBot) -> None:
    for name, key in (("CLICK", "query_bill"), ("VIEW", "https://example.com"), ("subscribe", "")):
        delivery = await handed.wx.event(LI, name, key)
        assert delivery.outcome == "nothing"

    assert handed.heard() == ["转人工"]
