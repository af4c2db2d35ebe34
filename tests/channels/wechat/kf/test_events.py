"""What happens beside messages: greetings, what did not arrive, what was taken back, what agents do."""
from typing import Any

import pytest

from tests.channels.wechat.kf.stage import LI, SEND, WK, KfBot, shown, texts, until

ON_EVENT = "/cgi-bin/kf/send_msg_on_event"


def event(bot: KfBot, kind: str, **more: Any) -> None:
    """Put an event into the account's log, as the platform does."""
    told = {"event_type": kind, "open_kfid": WK, "external_userid": LI, **more}
    note(bot, {"origin": 4, "msgtype": "event", "event": told})


def note(bot: KfBot, entry: dict[str, Any]) -> None:
    """Put anything into the account's log."""
    bot.wx.kf.desk.note(WK, entry, bot.wx.world.clock.now())


async def test_who_enters_for_the_first_time_is_greeted_and_may_choose(bot: KfBot) -> None:
    await bot.wx.kf.enter(LI, scene="s")
    (greeting,) = await shown(bot.wx, 1)
    assert "1. 查账单" in greeting
    await until(lambda: [author for author, _ in bot.record()] == ["bot"])

    await bot.wx.kf.say(LI, "1")
    await until(lambda: len(bot.agent.heard) == 1)
    assert bot.agent.heard[0].parse_data["intent"]["name"] == "query_bill"
    await shown(bot.wx, 2)
    assert texts(bot.wx).count(greeting) == 1, "what greeted is not sent once more"


async def test_who_was_greeted_or_has_written_is_not_greeted_again(bot: KfBot) -> None:
    await bot.wx.kf.enter(LI)
    await shown(bot.wx, 1)
    await bot.wx.kf.enter(LI)
    await bot.wx.kf.say(LI, "你好")
    await bot.wx.kf.enter(LI)
    await shown(bot.wx, 2)
    assert len(bot.wx.calls(ON_EVENT)) == 1


async def test_a_greeting_that_would_come_too_late_is_not_sent(bot: KfBot) -> None:
    bot.wx.kf.wire.connector = bot.wx.base + "/nowhere"
    await bot.wx.kf.enter(LI)
    bot.wx.advance(20)
    bot.wx.kf.wire.connector = bot.url
    await bot.wx.kf.say(LI, "你好")
    assert await shown(bot.wx, 1) == ["答：你好"]
    assert bot.wx.calls(ON_EVENT) == []


async def test_a_lost_answer_does_not_greet_twice(bot: KfBot) -> None:
    bot.wx.fault(ON_EVENT, drop="after")
    await bot.wx.kf.enter(LI)
    await bot.wx.kf.say(LI, "你好")
    await shown(bot.wx, 2)
    assert len(bot.wx.calls(ON_EVENT)) == 1
    assert [author for author, _ in bot.record()] == ["bot", "customer", "bot"]


async def test_what_the_customer_refuses_is_on_record_and_not_sent_again(bot: KfBot) -> None:
    bot.wx.kf.fail_next(10)
    await bot.wx.kf.say(LI, "你好")
    await until(lambda: bot.record()[-1:] == [("notice", "[上一条回复没有送达]")])
    await bot.wx.kf.say(LI, "在吗")
    assert await shown(bot.wx, 1) == ["答：在吗"]
    assert len(bot.wx.calls(SEND)) == 2


@pytest.mark.parametrize("reason", [4, 5, 6])
async def test_what_came_too_late_or_was_too_much_comes_with_the_next_message(bot: KfBot, reason: int) -> None:
    bot.wx.kf.fail_next(reason)
    await bot.wx.kf.say(LI, "你好")
    await until(lambda: bot.record()[-1:] == [("notice", "[上一条回复没有送达]")])
    await bot.wx.kf.say(LI, "在吗")
    await bot.wx.until(lambda: "".join(texts(bot.wx)).replace("\n", "") == "答：你好答：在吗")
    msgids = [call.body["msgid"] for call in bot.wx.calls(SEND)]
    assert len(set(msgids)) == len(msgids), "what is sent again has a new id"


async def test_a_message_taken_back_is_forgotten(bot: KfBot) -> None:
    await bot.wx.kf.say(LI, "我的密码是八个八")
    await shown(bot.wx, 1)
    msgid = next(entry["msgid"] for _, entry in bot.wx.kf.desk.log if entry["origin"] == 3)
    event(bot, "user_recall_msg", recall_msgid=msgid)
    await bot.wx.kf.say(LI, "发错了")
    await shown(bot.wx, 2)
    assert bot.record()[0] == ("customer", "[消息已撤回]")


async def test_a_message_taken_back_before_it_was_answered_is_not_answered(bot: KfBot) -> None:
    bot.wx.kf.wire.connector = bot.wx.base + "/nowhere"
    await bot.wx.kf.accept(LI, "servicer1")
    await bot.wx.kf.say(LI, "我的密码是八个八")
    msgid = next(entry["msgid"] for _, entry in bot.wx.kf.desk.log if entry["origin"] == 3)
    event(bot, "user_recall_msg", recall_msgid=msgid)
    bot.wx.kf.wire.connector = bot.url
    await bot.wx.kf.end(LI)
    await bot.wx.kf.say(LI, "发错了")
    assert await shown(bot.wx, 1) == ["答：发错了"]
    assert ("customer", "[消息已撤回]") in bot.record()


async def test_what_an_agent_sends_or_takes_back_is_on_record(bot: KfBot) -> None:
    await bot.wx.kf.accept(LI, "servicer1")
    await bot.wx.kf.servicer_says(LI, "您欠我们很多钱")
    ids = {"open_kfid": WK, "external_userid": LI, "servicer_userid": "servicer1"}
    msgid = bot.wx.kf.desk.log[-1][1]["msgid"]
    note(bot, {**ids, "origin": 5, "msgtype": "image", "image": {"media_id": "m"}})
    event(bot, "servicer_recall_msg", recall_msgid=msgid, servicer_userid="servicer1")
    await bot.wx.kf.end(LI)
    await until(lambda: bot.record()[-1:] == [("notice", "[人工客服结束服务]")])
    assert bot.record()[1:3] == [("agent", "[消息已撤回]"), ("agent", "[人工客服发送的图片或文件]")]


async def test_other_events_change_nothing(bot: KfBot) -> None:
    event(bot, "reject_customer_msg_switch_change", reject_switch=1)
    event(bot, "session_status_change", change_type=9)
    pause = {"event_type": "servicer_status_change", "servicer_userid": "servicer1", "status": 2, "open_kfid": WK}
    note(bot, {"origin": 4, "msgtype": "event", "event": pause})
    await bot.wx.kf.say(LI, "你好")
    assert await shown(bot.wx, 1) == ["答：你好"]
    assert bot.record() == [("customer", "你好"), ("bot", "答：你好")]
