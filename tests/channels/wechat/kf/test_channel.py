"""What a customer of 微信客服 writes reaches Rasa and is answered; what WeCom did not send goes nowhere."""
import asyncio
import json
import logging
import time
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientSession

from dengta.channels.wechat.kf.cursors import Cursors
from dengta.conversation import pace
from dengta.database import DatabaseUnavailable
from dengta.demo.wechat import Handle
from dengta.demo.wechat.envelope import seal_for_corp
from dengta.demo.wechat.kf.desk import State
from tests.channels.wechat.kf.stage import CORP, LI, SEND, SYNC, TRANS, WANG, WK, KfBot, shown, texts, until

MENU = [{"title": "第1笔", "payload": '/query_bill{"order_no": "JJ1"}'}, {"title": "第2笔", "payload": "/query_loan"}]


async def offer(message: Any) -> None:
    """Ask which loan is meant, in two messages."""
    send = message.output_channel.send_response
    await send(message.sender_id, {"text": "您有两笔。"})
    await send(message.sender_id, {"text": "查哪一笔？", "buttons": MENU})


def all_of(wx: Handle) -> str:
    """Everything a phone shows, however it was divided."""
    return "".join(texts(wx)).replace("\n", "")


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
async def test_a_question_is_answered(bot: KfBot) -> None:
    assert await bot.wx.kf.verify()
    delivery = await bot.wx.kf.say(LI, "这个月还多少")

    assert (delivery.outcome, len(delivery.attempts), delivery.attempts[0].answer) == ("nothing", 1, "")
    assert await shown(bot.wx, 1) == ["答：这个月还多少"]
    (heard,) = bot.agent.heard
    assert (heard.text, heard.input_channel, heard.parse_data) == ("这个月还多少", "kf", None)
    assert LI not in heard.sender_id + json.dumps(heard.metadata)


async def test_the_bot_takes_the_session_once(bot: KfBot) -> None:
    await bot.wx.kf.say(LI, "一")
    await shown(bot.wx, 1)
    assert bot.wx.kf.desk.talks[(LI, WK)].state is State.ASSISTANT

    await bot.wx.kf.say(LI, "二")
    await shown(bot.wx, 2)
    assert len(bot.wx.calls(TRANS)) == 1


async def test_two_people_have_two_conversations_and_everybody_keeps_theirs(bot: KfBot) -> None:
    for count, customer in ((1, LI), (1, WANG), (2, LI)):
        await bot.wx.kf.say(customer, "你好")
        await shown(bot.wx, count, customer)

    first, second, third = (message.sender_id for message in bot.agent.heard)
    assert first == third != second


async def test_one_person_at_two_accounts_has_two_conversations(bot: KfBot) -> None:
    await bot.wx.kf.say(LI, "你好")
    await shown(bot.wx, 1)
    object.__setattr__(bot.wx.kf.desk.corp, "kf_accounts", {**CORP.kf_accounts, "wkOther": "Other"})
    try:
        await bot.wx.kf.say(LI, "你好", open_kfid="wkOther")
        await bot.wx.until(lambda: len(bot.wx.kf.shown(LI, "wkOther")) == 1)
    finally:
        object.__setattr__(bot.wx.kf.desk.corp, "kf_accounts", CORP.kf_accounts)
    assert len({message.sender_id for message in bot.agent.heard}) == 2


async def test_more_than_a_page_of_messages_is_answered_in_order(bot: KfBot) -> None:
    bot.wx.kf.wire.connector = bot.wx.base + "/nowhere"
    for text in "一二三四五六七":
        await bot.wx.kf.say(LI, text)
    bot.wx.kf.wire.connector = bot.url
    await bot.wx.kf.say(WANG, "到了")

    await shown(bot.wx, 1, WANG)
    await until(lambda: "".join(bot.heard()).count("七") == 1)
    said = "".join(text for author, text in bot.record() if author == "customer")
    assert said == "一二三四五六七到了"
    assert len(bot.wx.calls(SYNC)) >= 3


async def test_a_numbered_list_takes_the_place_of_buttons_and_a_tap_on_one_of_ours_too(bot: KfBot) -> None:
    bot.agent.turn = offer
    await bot.wx.kf.say(LI, "还多少")
    (menu,) = await shown(bot.wx, 1)
    assert menu.startswith("您有两笔。\n\n查哪一笔？") and menu.endswith("1. 第1笔\n2. 第2笔")

    bot.agent.turn = bot.agent.echo
    await bot.wx.kf.say(LI, "1")
    await until(lambda: len(bot.agent.heard) == 2)
    heard = bot.agent.heard[1]
    assert heard.parse_data["intent"]["name"] == "query_bill"

    await bot.wx.kf.say(LI, "随便说说", menu_id="101")
    await until(lambda: len(bot.agent.heard) == 3)
    assert bot.heard()[2] == "随便说说"


async def test_what_is_no_text_is_answered_at_once(bot: KfBot) -> None:
    await bot.wx.kf.voice(LI)
    assert "语音" in (await shown(bot.wx, 1))[0]
    await bot.wx.kf.image(LI, b"\x89PNG\r\n\x1a\n")
    assert "图片" in (await shown(bot.wx, 2))[1]
    await bot.wx.kf.send(LI, "business_card", {"userid": "u"})
    assert "打字" in (await shown(bot.wx, 3))[2]
    assert bot.heard() == []


@pytest.mark.parametrize("typed", ["/restart", "\u200b /restart"])
async def test_a_typed_command_reaches_rasa_as_text(bot: KfBot, typed: str) -> None:
    await bot.wx.kf.say(LI, typed)
    await shown(bot.wx, 1)
    assert bot.heard() == ["／restart"] and bot.agent.heard[0].parse_data is None


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
async def test_what_five_messages_cannot_hold_comes_with_the_next_one(bot: KfBot) -> None:
    async def much(message: Any) -> None:
        await message.output_channel.send_response(message.sender_id, {"text": "。".join(["灯" * 300] * 16)})

    bot.agent.turn = much
    await bot.wx.kf.say(LI, "全部")
    first = await shown(bot.wx, 5)
    assert first[4].endswith("回复“继续”查看余下内容")
    assert all(len(text.encode()) <= 2048 for text in first)

    await bot.wx.kf.say(LI, "继续")
    rest = (await shown(bot.wx, 8))[5:]
    assert bot.heard() == ["全部"]
    said = "".join(text.split("\n\n回复")[0] for text in first + rest)
    assert said.count("灯") == 16 * 300


async def test_what_wecom_says_is_too_much_is_kept_for_the_next_message(bot: KfBot) -> None:
    bot.wx.fault(SEND, errcode=95001)
    await bot.wx.kf.say(LI, "一")
    await bot.wx.until(lambda: len(bot.wx.calls(SEND)) == 1)
    await bot.wx.kf.say(LI, "二")
    await bot.wx.until(lambda: all_of(bot.wx) == "答：一答：二")


async def test_after_48_hours_nothing_is_sent_before_the_customer_writes_again(bot: KfBot) -> None:
    go_on = asyncio.Event()

    async def slow(message: Any) -> None:
        await go_on.wait()
        await bot.agent.echo(message)

    bot.agent.turn = slow
    await bot.wx.kf.say(LI, "一")
    await until(lambda: bot.heard() == ["一"])
    bot.wx.advance(49 * 3600)
    go_on.set()
    await until(lambda: ("bot", "答：一") in bot.record())
    await bot.wx.kf.say(LI, "二")
    await bot.wx.until(lambda: all_of(bot.wx) == "答：一答：二")


async def test_what_is_written_too_fast_is_stored_all_the_same(
    bot: KfBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "WINDOW", timedelta(hours=1))
    bot.wx.kf.wire.connector = bot.wx.base + "/nowhere"
    for number in range(25):
        await bot.wx.kf.say(LI, f"第{number}句。")
    bot.wx.kf.wire.connector = bot.url
    await bot.wx.kf.say(WANG, "你好")
    await shown(bot.wx, 1, WANG)
    await until(lambda: "第19句" in "".join(bot.heard()))
    said = [text for author, text in bot.record() if author == "customer"]
    assert said == [*(f"第{number}句。" for number in range(25)), "你好"]
    assert "第20句" not in "".join(bot.heard())


async def test_what_wecom_did_not_send_is_refused(bot: KfBot, http: ClientSession) -> None:
    wx, now = bot.wx, str(int(time.time()))
    message = {"ToUserName": CORP.corpid, "Event": "kf_msg_or_event", "Token": "t", "OpenKfId": WK}
    good = seal_for_corp(message, wx.kf.wire, CORP.keys)
    refused: list[tuple[dict[str, str], str]] = [
        ({}, good.body),
        ({**good.params, "msg_signature": "0" * 40}, good.body),
        ({**good.params, "timestamp": "1"}, good.body),
        ({**good.params, "encrypt_type": "raw"}, good.body),
        (good.params, f"<xml><Event>kf_msg_or_event</Event><Token>t</Token><OpenKfId>{WK}</OpenKfId></xml>"),
        (good.params, "not xml"),
    ]
    for params, body in refused:
        async with http.post("/webhooks/kf", params=params, data=body.encode()) as response:
            assert (response.status, await response.text()) == (403, "")
    for params in ({}, {"msg_signature": "0" * 40, "timestamp": now, "nonce": "1", "echostr": "YQ=="}):
        async with http.get("/webhooks/kf", params=params) as response:
            assert (response.status, await response.text()) == (403, "")
    async with http.post("/webhooks/kf", params=good.params, data=b"x" * 100_000) as response:
        assert response.status == 413
    assert wx.calls(SYNC) == []


@pytest.mark.parametrize("message", [
    {"ToUserName": CORP.corpid, "MsgType": "event", "Event": "change_contact"},
    {"ToUserName": CORP.corpid, "MsgType": "event", "Event": "kf_msg_or_event", "Token": "t"},
    {"ToUserName": CORP.corpid, "MsgType": "text", "Content": "x", "FromUserName": "employee"},
])  # fmt: skip
async def test_other_callbacks_are_acknowledged_and_left_alone(
    bot: KfBot, http: ClientSession, message: dict[str, str]
) -> None:
    sealed = seal_for_corp(message, bot.wx.kf.wire, CORP.keys)
    async with http.post("/webhooks/kf", params=sealed.params, data=sealed.body.encode()) as response:
        assert (response.status, await response.text()) == (200, "")
    assert bot.wx.calls(SYNC) == []


async def test_a_callback_that_cannot_be_noted_is_asked_for_again(
    bot: KfBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    works, tries = Cursors.note, 0

    async def once_down(*given: Any) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise DatabaseUnavailable("OperationalError")
        await works(*given)

    monkeypatch.setattr(Cursors, "note", once_down)
    delivery = await bot.wx.kf.say(LI, "你好")
    assert [attempt.status for attempt in delivery.attempts] == [503, 200]
    assert await shown(bot.wx, 1) == ["答：你好"]


async def test_a_key_is_changed_without_losing_a_callback(bot: KfBot) -> None:
    older = "DengtaDemoKfEncodingAESKeyPrevious000000001"
    bot.channel._keys._cipher = type(bot.channel._keys._cipher)([older, CORP.aes_key], CORP.corpid)
    await bot.wx.kf.say(LI, "你好")
    assert await shown(bot.wx, 1) == ["答：你好"]


async def test_no_log_names_customers_tokens_or_what_was_said(
    bot: KfBot, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    bot.wx.fault(SYNC, times=2, drop="before")
    bot.wx.fault(SEND, times=1, drop="after")
    bot.wx.kf.fail_next(10)
    await bot.wx.kf.enter(LI)
    await bot.wx.kf.say(LI, "我的手机是19900000008")
    await until(lambda: ("notice", "[上一条回复没有送达]") in bot.record())

    lines = [line for line in caplog.records if line.levelno >= logging.INFO or line.name.startswith("dengta")]
    logged = "\n".join(line.getMessage() for line in lines)
    assert "fail_type 10" in logged
    tokens = [str(delivery.message["Token"]) for delivery in bot.wx.kf.deliveries]
    for secret in (LI, "19900000008", CORP.secret, CORP.token, CORP.aes_key, "access_token=", *tokens):
        assert secret not in logged
