"""Within what WeChat allows: few messages, the rest on request, and the right conclusion from every refusal."""
import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from dengta.channels.wechat import claims, postman
from dengta.channels.wechat.outbox import Outbox
from dengta.channels.wechat.rendering import compose
from dengta.channels.wechat.tables import wechat_delivery
from dengta.conversation.tables import account
from dengta.database import reading
from tests.channels.wechat.channel.stage import FAST, LI, SEND, TYPING, WeChatBot, sources, texts, until

MORE = "回复“继续”查看余下内容"
LINES = [f"第{number:03}条说明，内容在合同里写明。" for number in range(1, 300)]
LONG, SHORTER = "".join(LINES), "".join(LINES[:160])  # 7 messages and 4
CHART = {
    "type": "chart",
    "title": "应还",
    "unit": "元",
    "points": [{"label": "2026-12", "value": "1,044.71"}, {"label": "2027-01", "value": "1,040.00"}],
}


@pytest.fixture
async def slow(resting: WeChatBot, monkeypatch: pytest.MonkeyPatch) -> WeChatBot:
    """A process that answers nothing passively."""
    monkeypatch.setattr(postman, "BUSY_REST", timedelta(seconds=0.1))
    monkeypatch.setattr(postman, "DOUBTFUL_REST", timedelta(seconds=0.1))
    resting.patience = -1.0
    await resting.start()
    return resting


def says(bot: WeChatBot, *bodies: Any) -> None:
    """Let the bot answer every message with these."""

    async def turn(message: Any) -> None:
        for body in bodies:
            sent = {"text": body} if isinstance(body, str) else body
            await message.output_channel.send_response(message.sender_id, sent)

    bot.agent.turn = turn


async def push(bot: WeChatBot, *spoken: str) -> str:
    """Let an agent of ours say something in the conversation of the last message; return its id."""
    talk: str = bot.agent.heard[-1].sender_id
    for text in spoken:
        await bot.log.append(talk, "agent", {"text": text}, "agent-1")
    return talk


def left(bot: WeChatBot) -> bool:
    with reading(bot.engine) as session:
        return session.execute(select(account.c.left_at)).scalar() is not None


def parked(bot: WeChatBot) -> bool:
    with reading(bot.engine) as session:
        return session.execute(select(wechat_delivery.c.open_until)).scalar() is None


async def test_seven_utterances_and_buttons_are_one_message(slow: WeChatBot) -> None:
    button = {"title": "查账单", "payload": "/query_bill"}
    says(slow, *(f"第{number}句。" for number in range(6)), {"text": "第6句。", "buttons": [button]})
    await slow.wx.say(LI, "你好")
    await slow.wx.wait_shown(LI, 1)

    assert texts(slow.wx) == ["\n\n".join(f"第{n}句。" for n in range(7)) + "\n\n回复数字选择：\n1. 查账单"]
    assert len(slow.wx.calls(SEND)) == 1


async def test_messages_of_an_agent_that_wait_together_are_sent_together(slow: WeChatBot) -> None:
    await slow.wx.say(LI, "你好")
    await slow.wx.wait_shown(LI, 1)
    slow.wx.fault(SEND, 1, errcode=45047)
    await push(slow, "您好，我是人工客服。")
    await slow.wx.until(lambda: len(slow.wx.calls(SEND)) == 2)
    await push(slow, "请问您贵姓？")
    await slow.wx.say(LI, "在")
    await slow.wx.wait_shown(LI, 2)

    assert texts(slow.wx)[1].startswith("您好，我是人工客服。\n\n请问您贵姓？")


async def test_what_was_said_before_the_conversation_was_closed_still_arrives(
    slow: WeChatBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(_self: Outbox, _conversation_id: str) -> None:
        return None

    await slow.wx.say(LI, "你好")
    await slow.wx.wait_shown(LI, 1)
    with monkeypatch.context() as busy:
        busy.setattr(Outbox, "claim_next", nothing)
        await push(slow, "已经为您登记好了。")
        await push(slow, "本次服务结束，再见。")
        await slow.log.end(slow.agent.heard[0].sender_id)
    await slow.wx.until(lambda: "再见" in "".join(texts(slow.wx)))

    assert "\n\n".join(texts(slow.wx)[1:]) == "已经为您登记好了。\n\n本次服务结束，再见。"


async def close_with_a_rest(bot: WeChatBot) -> None:
    """Let an agent say more than WeChat takes, and close the conversation."""
    await bot.wx.say(LI, "你好")
    await bot.wx.wait_shown(LI, 1)
    bot.wx.fault(SEND, 1, errcode=45047)
    await push(bot, "已经为您登记好了。")
    await until(lambda: parked(bot))
    await bot.log.end(await push(bot, "本次服务结束，再见。"))


@pytest.mark.parametrize("patience", [-1.0, FAST], ids=["by API", "passively"])
async def test_what_wechat_did_not_take_before_the_conversation_was_closed_begins_the_next_one(
    slow: WeChatBot, patience: float
) -> None:
    await close_with_a_rest(slow)
    slow.patience = patience
    await slow.stop()
    await slow.start()
    await slow.wx.say(LI, "在吗")
    await until(lambda: "答：在吗" in "".join(texts(slow.wx)))

    said = ["答：你好", "已经为您登记好了。", "本次服务结束，再见。", "答：在吗"]
    assert "\n\n".join(texts(slow.wx)) == "\n\n".join(said)
    assert len({message.sender_id for message in slow.agent.heard}) == 2


async def test_the_rest_of_a_closed_conversation_can_be_asked_for(slow: WeChatBot) -> None:
    await close_with_a_rest(slow)
    await slow.wx.say(LI, "继续")
    await slow.wx.wait_shown(LI, 2)

    assert texts(slow.wx)[1:] == ["已经为您登记好了。\n\n本次服务结束，再见。"]
    assert slow.heard() == ["你好"]


async def test_who_left_is_not_told_what_was_said_before(slow: WeChatBot) -> None:
    await close_with_a_rest(slow)
    await slow.wx.unfollow(LI)
    await until(lambda: left(slow))
    await slow.wx.follow(LI)
    await slow.wx.say(LI, "在吗")
    await until(lambda: "答：在吗" in "".join(texts(slow.wx)))

    assert "再见" not in "".join(texts(slow.wx))


async def test_what_is_too_much_is_sent_when_the_customer_asks_for_it(slow: WeChatBot) -> None:
    says(slow, LONG)
    await slow.wx.say(LI, "合同")
    first = [line.text for line in await slow.wx.wait_shown(LI, 5)]
    assert first[4].endswith(MORE) and not any(MORE in text for text in first[:4])
    await slow.wx.say(LI, "继续")
    await until(lambda: "".join(texts(slow.wx)).replace(MORE, "").replace("\n", "").endswith(LONG[-20:]))

    assert slow.heard() == ["合同"]
    assert "".join(text.replace(MORE, "").strip() for text in texts(slow.wx)) == LONG
    assert {call.errcode for call in slow.wx.calls(SEND)} == {0}
    assert all(len(text.encode()) <= 2048 for text in texts(slow.wx))


async def test_the_rest_goes_before_the_next_answer_and_passively_too(bot: WeChatBot) -> None:
    says(bot, LONG)
    await bot.wx.say(LI, "合同")
    await bot.wx.wait_shown(LI, 6)
    await until(lambda: parked(bot))
    assert sources(bot.wx) == ["passive", *["custom"] * 5]
    assert texts(bot.wx)[5].endswith(MORE)
    bot.agent.turn = bot.agent.echo
    await bot.wx.say(LI, "另外")
    await until(lambda: texts(bot.wx)[-1].endswith("答：另外"))

    assert bot.heard() == ["合同", "另外"]
    assert sources(bot.wx)[6] == "passive"
    said = "".join(text.replace(MORE, "").strip() for text in texts(bot.wx))
    assert said.replace("\n", "") == LONG + "答：另外"


async def test_a_click_on_the_menu_allows_three_messages(slow: WeChatBot) -> None:
    says(slow, LONG)
    await slow.wx.click(LI, "query_bill")
    await slow.wx.wait_shown(LI, 3)
    await until(lambda: slow.wx.world.person(LI).ledger.left(slow.wx.world.clock.now()) == 0)

    assert texts(slow.wx)[2].endswith(MORE)
    assert {call.errcode for call in slow.wx.calls(SEND)} == {0}


async def test_continuing_when_nothing_is_left_is_a_question(slow: WeChatBot) -> None:
    await slow.wx.say(LI, "继续")
    await slow.wx.wait_shown(LI, 1)
    assert texts(slow.wx) == ["答：继续"]


@pytest.mark.parametrize("errcode", [45015, 45047])
async def test_what_wechat_does_not_take_now_is_kept_for_the_next_message(slow: WeChatBot, errcode: int) -> None:
    slow.wx.fault(SEND, 1, errcode=errcode)
    await slow.wx.say(LI, "一")
    await slow.wx.until(lambda: len(slow.wx.calls(SEND)) == 1)
    slow.patience = 3.0
    await slow.wx.say(LI, "二")
    await until(lambda: "答：二" in "".join(texts(slow.wx)))

    assert "\n\n".join(texts(slow.wx)) == "答：一\n\n答：二"


async def test_the_last_window_is_over_after_48_hours(slow: WeChatBot) -> None:
    await slow.wx.say(LI, "一")
    await slow.wx.wait_shown(LI, 1)
    slow.wx.advance(48 * 3600 + 1)
    await push(slow, "您还在吗？")
    await slow.wx.until(lambda: slow.wx.calls(SEND)[-1].errcode == 45015)
    await slow.wx.say(LI, "二")
    await until(lambda: "答：二" in "".join(texts(slow.wx)))

    assert "\n\n".join(texts(slow.wx)[1:]) == "您还在吗？\n\n答：二"


@pytest.mark.parametrize("errcode", [40003, 43004])
async def test_somebody_who_left_is_unbound_and_written_to_no_more(slow: WeChatBot, errcode: int) -> None:
    slow.wx.fault(SEND, 1, errcode=errcode)
    await slow.wx.say(LI, "一")
    await until(lambda: left(slow))
    talk = slow.agent.heard[0].sender_id
    await slow.wx.say(LI, "二")
    await slow.wx.wait_shown(LI, 1)

    assert texts(slow.wx) == ["答：二"]
    assert slow.agent.heard[1].sender_id != talk, "who comes back begins anew"


async def test_a_text_wechat_finds_too_long_is_split(slow: WeChatBot) -> None:
    says(slow, LONG[:600])
    slow.wx.fault(SEND, 1, errcode=45002)
    await slow.wx.say(LI, "合同")
    await slow.wx.wait_shown(LI, 2)

    assert "".join(texts(slow.wx)) == LONG[:600]


@pytest.mark.parametrize("times", [1, 5])
async def test_a_busy_platform_is_asked_again(slow: WeChatBot, times: int) -> None:
    slow.wx.fault(SEND, times, errcode=-1)
    await slow.wx.say(LI, "你好")
    await slow.wx.wait_shown(LI, 1)

    assert texts(slow.wx) == ["答：你好"]


async def test_what_may_have_arrived_is_sent_once_more_and_then_kept(slow: WeChatBot) -> None:
    slow.wx.fault(SEND, 2, drop="before")
    await slow.wx.say(LI, "一")
    await slow.wx.until(lambda: len(slow.wx.calls(SEND)) == 2)
    await slow.wx.say(LI, "二")
    await until(lambda: "答：二" in "".join(texts(slow.wx)))

    assert texts(slow.wx) == ["答：一", "答：二"], "what may have been seen is not mixed with what is new"


@pytest.mark.parametrize("errcode", [40164, 48001])
async def test_a_mistake_of_the_operator_is_told_once_and_answers_go_passively(
    resting: WeChatBot, caplog: pytest.LogCaptureFixture, errcode: int
) -> None:
    wx = resting.wx
    wx.fault(SEND, 100, errcode=errcode)
    wx.fault(TYPING, 100, errcode=errcode)
    says(resting, SHORTER)
    await resting.start()
    for text in ("一", "继续", "继续", "继续"):
        await wx.say(LI, text)
        await wx.until(lambda: len(wx.calls(SEND)) == 1)
        wx.advance(1)

    assert "".join(text.replace(MORE, "").strip() for text in texts(wx)) == SHORTER
    assert set(sources(wx)) == {"passive"}
    assert [text.endswith(MORE) for text in texts(wx)] == [False, True, True, False], "known from the first refusal on"
    assert [record.message for record in caplog.records if "answering only passively" in record.message] == [
        f"WeChat refuses every call (errcode {errcode}): answering only passively"
    ]
    assert len(wx.calls(SEND)) == 1


async def test_messages_are_sent_again_when_the_operator_has_mended_it(
    slow: WeChatBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postman, "PASSIVE_ONLY_SECONDS", 0.2)
    slow.wx.fault(SEND, 2, errcode=40164)
    await slow.wx.say(LI, "你好")
    await slow.wx.wait_shown(LI, 1)

    assert texts(slow.wx) == ["答：你好"]


async def test_a_chart_goes_as_words_and_a_picture(slow: WeChatBot) -> None:
    says(slow, {"text": "未来两期：", "custom": CHART})
    await slow.wx.say(LI, "账单")
    words, picture = await slow.wx.wait_shown(LI, 2)

    assert words.text == compose([{"text": "未来两期：", "custom": CHART}]).text
    assert picture.kind == "image"
    assert slow.wx.world.has_media(picture.more["media_id"])


async def test_a_picture_that_cannot_be_sent_is_left_out(slow: WeChatBot) -> None:
    says(slow, {"text": "未来两期：", "custom": CHART})
    slow.wx.fault("/cgi-bin/media/upload", 1, errcode=40005)
    await slow.wx.say(LI, "账单")
    await slow.wx.wait_shown(LI, 1)
    await slow.wx.until(lambda: len(slow.wx.calls("/cgi-bin/media/upload")) == 1)
    says(slow, "好")
    await slow.wx.say(LI, "好")
    await slow.wx.wait_shown(LI, 2)

    assert [line.kind for line in slow.wx.shown(LI)] == ["text", "text"]


async def test_a_demo_code_is_shown_as_what_it_is(bot: WeChatBot) -> None:
    async def turn(message: Any) -> None:
        await bot.log.append(message.sender_id, "demo", {"custom": {"type": "demo_code", "code": "048213"}})
        await message.output_channel.send_response(message.sender_id, {"text": "验证码已发送。"})

    bot.agent.turn = turn
    await bot.wx.say(LI, "199-0000-0001")

    (said,) = texts(bot.wx)
    assert said.startswith("【演示短信】验证码：048213。") and said.endswith("验证码已发送。")


async def test_the_phone_shows_typing_while_a_turn_takes_long(
    bot: WeChatBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dengta.channels.wechat import waiting

    monkeypatch.setattr(waiting, "TYPING_AFTER", 0.05)

    async def until_typing(message: Any) -> None:
        await bot.wx.until(lambda: bool(bot.wx.calls(TYPING)))
        await bot.agent.echo(message)

    bot.agent.turn = until_typing
    await bot.wx.say(LI, "你好")

    assert (texts(bot.wx), sources(bot.wx)) == (["答：你好"], ["passive"])
    assert bot.wx.calls(TYPING)[0].body == {"touser": LI, "command": "Typing"}


async def test_a_process_that_dies_while_it_sends_leaves_the_message_to_another(
    slow: WeChatBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "SEND_LEASE", timedelta(seconds=0.3))
    bring, died = postman.Postman.bring, asyncio.Event()

    async def dies(self: Any, errand: Any) -> None:
        if not died.is_set():
            died.set()
            await asyncio.Event().wait()
        await bring(self, errand)

    monkeypatch.setattr(postman.Postman, "bring", dies)
    await slow.wx.say(LI, "你好")
    await died.wait()
    await slow.kill()
    await slow.start()
    await slow.wx.wait_shown(LI, 1)

    assert texts(slow.wx) == ["答：你好"]
