"""From the bot to WeCom's agents and back, as the customer and the record see it."""
from typing import Any

import pytest

from dengta.demo.wechat.kf.desk import State
from tests.channels.wechat.kf.stage import LI, SEND, TRANS, WK, KfBot, shown, texts, until

both = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)


async def call_a_person(message: Any) -> None:
    """Say that a person comes, as the action does."""
    send = message.output_channel.send_response
    await send(message.sender_id, {"text": "正在为您转人工。"})
    await send(message.sender_id, {"custom": {"type": "handoff"}})


async def ask_for_a_person(bot: KfBot) -> None:
    """Let a customer ask for a person, and wait until WeCom was told."""
    bot.agent.turn = call_a_person
    await bot.wx.kf.say(LI, "转人工")
    assert await shown(bot.wx, 1) == ["正在为您转人工。"]
    bot.agent.turn = bot.agent.echo


def state(bot: KfBot) -> State:
    return bot.wx.kf.desk.talks[(LI, WK)].state


@both
async def test_a_customer_goes_to_the_queue_to_an_agent_and_back_to_the_bot(bot: KfBot) -> None:
    wx = bot.wx
    await ask_for_a_person(bot)
    await wx.until(lambda: state(bot) is State.QUEUED)
    assert bot.owner() == ("HUMAN", "wecom")

    await wx.kf.say(LI, "有人吗")
    await wx.kf.accept(LI, "servicer1")
    await wx.kf.servicer_says(LI, "我来帮您")
    await wx.kf.say(LI, "谢谢")
    await wx.kf.end(LI)
    await until(lambda: bot.owner() == ("BOT", None))
    assert bot.heard() == ["转人工"], "the bot answers nothing that people read"
    assert texts(wx) == ["正在为您转人工。", "我来帮您"]

    await wx.kf.say(LI, "又来了")
    assert (await shown(wx, 3))[2] == "答：又来了"
    assert bot.heard() == ["转人工", "又来了"]
    await wx.until(lambda: state(bot) is State.ASSISTANT)
    assert bot.record() == [
        ("customer", "转人工"),
        ("bot", "正在为您转人工。"),
        ("bot", ""),
        ("customer", "有人吗"),
        ("notice", "[人工客服接入]"),
        ("agent", "我来帮您"),
        ("customer", "谢谢"),
        ("notice", "[人工客服结束服务]"),
        ("customer", "又来了"),
        ("bot", "答：又来了"),
    ]


async def test_one_agent_gets_every_customer_if_so_configured(resting: KfBot) -> None:
    resting.servicer = "servicer2"
    await resting.start()
    await ask_for_a_person(resting)
    await resting.wx.until(lambda: state(resting) is State.SERVICER)
    assert resting.wx.kf.desk.talks[(LI, WK)].servicer == "servicer2"


async def test_if_that_agent_is_not_at_work_the_customer_goes_to_the_queue(resting: KfBot) -> None:
    resting.servicer = "servicer2"
    resting.wx.kf.desk.receiving.discard("servicer2")
    await resting.start()
    await ask_for_a_person(resting)
    await resting.wx.until(lambda: state(resting) is State.QUEUED)


async def test_with_our_own_desk_wecom_is_not_asked(resting: KfBot) -> None:
    resting.handoff = "desk"
    await resting.start()
    await ask_for_a_person(resting)
    await resting.wx.kf.say(LI, "还在吗")
    assert (await shown(resting.wx, 2))[1] == "答：还在吗"
    assert state(resting) is State.ASSISTANT
    assert resting.owner() == ("BOT", None)


async def test_an_agent_who_takes_the_customer_unasked_silences_the_bot(bot: KfBot) -> None:
    await bot.wx.kf.say(LI, "你好")
    await shown(bot.wx, 1)
    await bot.wx.kf.accept(LI, "servicer1")
    await until(lambda: bot.owner() == ("HUMAN", "wecom"))
    await bot.wx.kf.say(LI, "在")
    await bot.wx.kf.end(LI)
    await until(lambda: bot.owner() == ("BOT", None))
    assert bot.heard() == ["你好"]


async def test_what_the_bot_had_to_say_when_an_agent_took_the_customer_is_not_said(bot: KfBot) -> None:
    """The callback of the agent's act was lost: only the refusal of the answer tells."""
    await bot.wx.kf.say(LI, "你好")
    await shown(bot.wx, 1)
    bot.wx.kf.wire.connector = bot.wx.base + "/nowhere"
    await bot.wx.kf.accept(LI, "servicer1")
    bot.wx.fault(SEND, errcode=95018)
    talk = bot.agent.heard[0].sender_id
    await bot.log.append(talk, "bot", {"text": "还有一件事"})

    await until(lambda: bot.owner() == ("HUMAN", "wecom"))
    bot.wx.kf.wire.connector = bot.url
    await bot.wx.kf.servicer_says(LI, "我来帮您")
    await until(lambda: ("agent", "我来帮您") in bot.record())
    assert texts(bot.wx) == ["答：你好", "我来帮您"]


@both
async def test_a_session_that_ended_by_itself_does_not_leave_the_customer_with_nobody(bot: KfBot) -> None:
    await ask_for_a_person(bot)
    await until(lambda: bot.owner() == ("HUMAN", "wecom"))
    await bot.wx.until(lambda: state(bot) is State.QUEUED)
    bot.wx.advance(49 * 3600)

    await bot.wx.kf.say(LI, "还在等")
    assert (await shown(bot.wx, 2))[1] == "答：还在等"
    assert state(bot) is State.ASSISTANT


async def test_a_session_that_cannot_be_handed_over_stays_with_the_bot(bot: KfBot) -> None:
    bot.wx.fault(TRANS, times=1)
    bot.wx.fault(TRANS, times=1, errcode=95013)
    await ask_for_a_person(bot)
    await until(lambda: bot.owner() == ("BOT", None) and len(bot.wx.calls(TRANS)) == 2)
    await bot.wx.kf.say(LI, "那算了")
    assert (await shown(bot.wx, 2))[1] == "答：那算了"


@pytest.mark.parametrize("drop", ["before", "after"])
async def test_a_handover_whose_answer_is_lost_is_made_once(bot: KfBot, drop: str) -> None:
    bot.wx.fault(TRANS, times=1)
    bot.wx.fault(TRANS, times=1, drop=drop)
    await ask_for_a_person(bot)
    await bot.wx.until(lambda: state(bot) is State.QUEUED)
    assert bot.owner() == ("HUMAN", "wecom")


async def test_a_handover_is_made_again_while_wecom_is_busy(bot: KfBot) -> None:
    bot.wx.fault(TRANS, times=1)
    bot.wx.fault(TRANS, times=6, errcode=-1)
    await ask_for_a_person(bot)
    await bot.wx.until(lambda: state(bot) is State.QUEUED)
    assert bot.owner() == ("HUMAN", "wecom")


async def test_a_backlog_is_answered_only_from_where_people_were_done(bot: KfBot) -> None:
    """We were away while an agent talked with the customer in WeCom."""
    wx = bot.wx
    await wx.kf.say(LI, "你好")
    await shown(wx, 1)
    wx.kf.wire.connector = wx.base + "/nowhere"
    await wx.kf.accept(LI, "servicer1")
    await wx.kf.say(LI, "我要还款")
    await wx.kf.servicer_says(LI, "好的")
    await wx.kf.say(LI, "谢谢")
    await wx.kf.end(LI)
    wx.kf.wire.connector = bot.url
    await wx.kf.say(LI, "还有一个问题")

    await wx.until(lambda: "答：还有一个问题" in texts(wx))
    assert bot.heard() == ["你好", "还有一个问题"]
