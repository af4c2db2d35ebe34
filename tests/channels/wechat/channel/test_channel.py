"""What a phone sends reaches Rasa and is answered; what WeChat did not send goes nowhere."""
import json
import time
from typing import Any

import pytest
from aiohttp import ClientSession

from dengta.channels.wechat.crypto import url_signature
from dengta.demo.wechat import Account
from dengta.demo.wechat.envelope import seal
from tests.channels.wechat.channel.stage import LI, WeChatBot, sources, texts, wechat

MENU = [
    {"title": "第1笔", "payload": '/query_bill{"order_no": "JJ1"}'},
    {"title": "第2笔", "payload": '/query_bill{"order_no": "JJ2"}'},
]


async def offer(message: Any) -> None:
    """Ask which loan is meant, in two messages."""
    send = message.output_channel.send_response
    await send(message.sender_id, {"text": "您有两笔。"})
    await send(message.sender_id, {"text": "查哪一笔？", "buttons": MENU})


async def test_a_question_is_answered_passively(bot: WeChatBot) -> None:
    assert await bot.wx.verify()
    delivery = await bot.wx.say(LI, "这个月还多少")

    assert (delivery.outcome, len(delivery.attempts)) == ("reply", 1)
    assert (texts(bot.wx), sources(bot.wx)) == (["答：这个月还多少"], ["passive"])
    (heard,) = bot.agent.heard
    assert (heard.text, heard.input_channel, heard.parse_data) == ("这个月还多少", "wechat", None)
    assert LI not in heard.sender_id + json.dumps(heard.metadata)


async def test_two_people_have_two_conversations_and_everybody_keeps_theirs(bot: WeChatBot) -> None:
    for openid in (LI, "oDengtaWang", LI):
        await bot.wx.say(openid, "你好")

    first, second, third = (message.sender_id for message in bot.agent.heard)
    assert first == third != second


@pytest.mark.parametrize("form", ["xml", "json"])
@pytest.mark.parametrize("mode, key", [("safe", "current"), ("safe", "previous"), ("compat", "current")])
async def test_every_way_an_account_can_be_set_to_send(
    resting: WeChatBot, form: Any, mode: Any, key: Any
) -> None:
    wx = resting.wx
    wx.world.account = Account(previous_aes_key="DengtaDemoEncodingAESKeyPrevious00000000002")
    await resting.start()
    wx.wire.mode, wx.wire.format, wx.wire.key = mode, form, key

    assert (await wx.say(LI, "]]>你好<b>")).outcome == "reply"
    assert texts(wx) == ["答：]]>你好<b>"]


async def test_what_wechat_did_not_send_is_refused(bot: WeChatBot, http: ClientSession) -> None:
    wx, now = bot.wx, str(int(time.time()))
    account = wx.world.account
    message = {"ToUserName": "gh", "FromUserName": LI, "CreateTime": 1, "MsgType": "text", "Content": "x", "MsgId": 1}
    good = seal(message, wx.wire, account.keys, LI)
    signed = {"signature": url_signature(account.token, now, "1"), "timestamp": now, "nonce": "1"}
    refused: list[tuple[dict[str, str], str]] = [
        ({}, good.body),
        ({**good.params, "msg_signature": good.params["signature"]}, good.body),
        ({**good.params, "timestamp": "1"}, good.body),
        ({**good.params, "encrypt_type": "raw"}, good.body),
        (signed, "<xml><FromUserName>x</FromUserName><MsgType>text</MsgType><Content>x</Content></xml>"),
        (good.params, "<xml/>"),
        (good.params, "not xml"),
    ]
    for params, body in refused:
        async with http.post("/webhooks/wechat", params=params, data=body.encode()) as response:
            assert (response.status, await response.text()) == (403, "")
    for params in ({}, {**signed, "echostr": "<script>"}, {**signed, "signature": "0" * 40, "echostr": "1"}):
        async with http.get("/webhooks/wechat", params=params) as response:
            assert (response.status, await response.text()) == (403, "")
    async with http.post("/webhooks/wechat", params=good.params, data=b"x" * 100_000) as response:
        assert response.status == 413
    assert bot.heard() == []


async def test_a_push_that_cannot_be_read_is_not_asked_for_again(bot: WeChatBot, http: ClientSession) -> None:
    wx = bot.wx
    sealed = seal({"ToUserName": "gh", "MsgType": "text", "Content": "x"}, wx.wire, wx.world.account.keys, LI)
    async with http.post("/webhooks/wechat", params=sealed.params, data=sealed.body.encode()) as response:
        assert (response.status, await response.text()) == (200, "success")
    assert bot.heard() == []


@pytest.mark.parametrize("typed", ["/restart", '/request_human{"x":1}', "\u200b /restart", "／restart"])
async def test_a_typed_command_reaches_rasa_as_text(bot: WeChatBot, typed: str) -> None:
    await bot.wx.say(LI, typed)

    assert bot.heard()[0].startswith("／re")
    assert bot.agent.heard[0].parse_data is None


@pytest.mark.parametrize("typed, order_no", [("1", "JJ1"), ("２", "JJ2"), ("第2笔", "JJ2"), ("选2吧", "JJ2")])
async def test_a_number_or_a_title_chooses_from_the_last_list(bot: WeChatBot, typed: str, order_no: str) -> None:
    bot.agent.turn = offer
    await bot.wx.say(LI, "账单")
    assert texts(bot.wx) == ["您有两笔。\n\n查哪一笔？\n\n回复数字选择：\n1. 第1笔\n2. 第2笔"]
    bot.agent.turn = bot.agent.echo
    await bot.wx.say(LI, typed)

    assert bot.agent.heard[1].parse_data["intent"]["name"] == "query_bill"
    assert bot.agent.heard[1].parse_data["entities"][0]["value"] == order_no


async def test_a_number_without_a_list_and_one_beyond_it_are_text(bot: WeChatBot) -> None:
    await bot.wx.say(LI, "2")
    bot.agent.turn = offer
    await bot.wx.say(LI, "账单")
    bot.agent.turn = bot.agent.echo
    await bot.wx.say(LI, "3")
    await bot.wx.say(LI, "1")

    assert [message.parse_data for message in bot.agent.heard] == [None] * 4, "the last list was answered already"
    assert bot.heard() == ["2", "账单", "3", "1"]


@pytest.mark.parametrize("typed, words", [("长" * 501, "最多 500 个字"), ("\u200b\u2800", "请打字告诉我")])
async def test_a_text_that_cannot_be_taken_is_answered_with_the_reason(
    bot: WeChatBot, typed: str, words: str
) -> None:
    await bot.wx.say(LI, typed)

    (said,) = texts(bot.wx)
    assert words in said
    assert bot.heard() == []


async def test_a_flood_is_told_once_and_the_rest_is_not_answered(bot: WeChatBot) -> None:
    for number in range(23):
        await bot.wx.say(LI, f"第{number}条")
    await bot.wx.say("oDengtaWang", "你好")

    said = texts(bot.wx)
    assert [text for text in said if "有点快" in text] == [said[20]]
    assert len(said) == 21
    assert bot.heard() == [*(f"第{number}条" for number in range(20)), "你好"]


async def test_nothing_personal_or_secret_is_logged(
    database_url: str, tmp_path: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="dengta")
    async with wechat(read_limit=1.0) as wx:
        bot = WeChatBot(database_url, tmp_path, wx)
        bot.patience = 0.05
        await bot.start()
        wx.fault("/cgi-bin/message/custom/send", 1, errcode=45047)
        wx.fault("/cgi-bin/user/info", 1, drop="after")
        await wx.say(LI, "我的身份证号是机密")
        await wx.until(lambda: len(wx.calls("/cgi-bin/user/info")) == 1)
        bot.agent.turn = fail
        await wx.say(LI, "我的身份证号是机密")
        await wx.send(LI, "nonsense", Content="机密")
        await bot.stop()
    secrets = ["机密", LI, wx.world.account.secret, wx.world.account.aes_key, wx.world.account.token]
    assert caplog.records
    assert [secret for secret in secrets if secret in caplog.text] == []


async def fail(message: Any) -> None:
    raise RuntimeError(message.text)


async def test_the_channel_is_off_without_an_account(monkeypatch: pytest.MonkeyPatch) -> None:
    from dengta.channels.server import load_channels

    assert load_channels({"dengta.channels.wechat.channel.WeChatChannel": None}) == []

