"""Pushing: modes and keys, the time limit, repeated deliveries, and which answers are accepted."""
import asyncio
import hashlib
import re
from dataclasses import replace
from typing import Any, Optional

import pytest

from dengta.demo.wechat import Account, Handle, Rules, platform
from dengta.demo.wechat.envelope import BadAnswer, read, write
from tests.demo.conftest import listening
from tests.demo.connector import Connector

OUT_OF_ORDER = "该公众号暂时无法提供服务，请稍后再试"
TEXT = {"MsgType": "text", "Content": "您好"}


def seen(wx: Handle, openid: str = "o1") -> list[tuple[str, str, str]]:
    return [(line.source, line.kind, line.text) for line in wx.shown(openid)]


async def test_the_url_is_verified(wx: Handle) -> None:
    assert await wx.verify()


async def test_a_url_that_does_not_answer_the_challenge_fails(wx: Handle, connector: Connector) -> None:
    wx.wire.connector = wx.wire.connector.replace("/wechat", "/elsewhere")
    assert not await wx.verify()


async def test_a_text_arrives_encrypted_and_its_reply_is_shown(wx: Handle, connector: Connector) -> None:
    connector.replies(TEXT)
    delivery = await wx.say("o1", "在吗")
    assert set(connector.bodies[0]) == {"ToUserName", "Encrypt"}
    assert {"MsgType": "text", "Content": "在吗", "FromUserName": "o1"}.items() <= connector.messages[0].items()
    assert seen(wx) == [("passive", "text", "您好")]
    assert delivery.outcome == "reply"


async def test_the_query_carries_both_signatures(wx: Handle, connector: Connector) -> None:
    await wx.say("o1", "在吗")
    query, account = connector.requests[0].query, wx.world.account

    def signed(*more: str) -> str:
        parts = sorted([account.token, query["timestamp"], query["nonce"], *more])
        return hashlib.sha1("".join(parts).encode()).hexdigest()

    assert query["signature"] == signed()
    assert query["msg_signature"] == signed(connector.bodies[0]["Encrypt"])
    assert (query["encrypt_type"], query["openid"]) == ("aes", "o1")


@pytest.mark.parametrize("form", ["xml", "json"])
@pytest.mark.parametrize(("mode", "clear"), [("plain", True), ("compat", True), ("safe", False)])
async def test_modes_and_formats(wx: Handle, connector: Connector, mode: Any, clear: bool, form: Any) -> None:
    wx.wire.mode, wx.wire.format = mode, form
    await wx.say("o1", "<b>]]> & 在吗")
    body = connector.bodies[0]
    assert (body.get("Content") == "<b>]]> & 在吗", "Encrypt" in body) == (clear, mode != "plain")
    assert connector.messages[0]["Content"] == "<b>]]> & 在吗"
    assert connector.requests[0].content_type == ("application/json" if form == "json" else "text/xml")


async def test_plain_mode_takes_a_reply_in_clear(wx: Handle, connector: Connector) -> None:
    wx.wire.mode = "plain"

    async def reply(message: dict[str, Any]) -> str:
        return connector.reply(message, TEXT)

    connector.answer = reply
    await wx.say("o1", "在吗")
    assert seen(wx) == [("passive", "text", "您好")]


async def test_after_a_rotation_messages_may_still_come_with_the_previous_key() -> None:
    previous = "PreviousEncodingAESKeyOfTheDengtaDemo000001"
    connector = Connector(replace(Account(), aes_key=previous))
    connector.replies(TEXT)
    async with listening(connector) as url, platform(url, replace(Account(), previous_aes_key=previous)) as wx:
        wx.wire.key = "previous"
        await wx.say("o1", "在吗")
        assert seen(wx) == [("passive", "text", "您好")]
        wx.wire.key = "current"
        connector.account = Account()
        await wx.say("o1", "在吗")
        assert seen(wx)[1:] == [("passive", "text", "您好")]


@pytest.mark.parametrize("nothing", ["success", ""])
async def test_nothing_to_say_is_delivered_once_and_shows_nothing(
    wx: Handle, connector: Connector, nothing: str
) -> None:
    connector.says(nothing)
    delivery = await wx.say("o1", "在吗")
    assert (delivery.outcome, len(delivery.attempts), seen(wx)) == ("nothing", 1, [])


def _hanging(connector: Connector, times: int) -> None:
    """Let the connector not answer the first deliveries."""

    async def answer(_message: object) -> str:
        if len(connector.requests) <= times:
            await connector.hang.wait()
        return "success"

    connector.answer = answer


async def test_no_answer_in_time_is_delivered_three_times_with_one_id(wx: Handle, connector: Connector) -> None:
    _hanging(connector, times=9)
    delivery = await wx.say("o1", "在吗")
    assert [attempt.problem for attempt in delivery.attempts] == ["timeout"] * 3
    assert len({message["MsgId"] for message in connector.messages}) == 1
    assert seen(wx) == [("system", "notice", OUT_OF_ORDER)]


async def test_the_platform_closes_the_connection_at_the_limit(wx: Handle) -> None:
    closed = asyncio.Queue[int]()

    async def read_to_the_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        closed.put_nowait(len(await reader.read()))
        writer.close()

    async with await asyncio.start_server(read_to_the_end, "127.0.0.1", 0) as server:
        wx.wire.connector = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        await wx.say("o1", "在吗")
        assert [await asyncio.wait_for(closed.get(), 10) > 0 for _ in range(3)] == [True] * 3


async def test_a_second_delivery_that_is_answered_ends_it(wx: Handle, connector: Connector) -> None:
    _hanging(connector, times=1)
    delivery = await wx.say("o1", "在吗")
    assert (delivery.outcome, len(delivery.attempts), seen(wx)) == ("nothing", 2, [])


async def test_four_deliveries_can_be_asked_for(connector: Connector) -> None:
    _hanging(connector, times=9)
    async with listening(connector) as url, platform(url, rules=Rules(read_limit=0.1, deliveries=4)) as wx:
        assert len((await wx.say("o1", "在吗")).attempts) == 4


@pytest.mark.parametrize(("resign", "nonces"), [(False, 1), (True, 3)])
async def test_deliveries_may_be_signed_afresh(wx: Handle, connector: Connector, resign: bool, nonces: int) -> None:
    wx.wire.resign = resign
    connector.says(503)
    await wx.say("o1", "在吗")
    assert len({request.query["nonce"] for request in connector.requests}) == nonces


async def test_an_outage_of_the_connector_is_shown(wx: Handle) -> None:
    wx.wire.connector = "http://127.0.0.1:9/"
    delivery = await wx.say("o1", "在吗")
    assert [attempt.problem for attempt in delivery.attempts] == ["ClientConnectorError"] * 3
    assert seen(wx) == [("system", "notice", OUT_OF_ORDER)]


async def test_a_clock_that_is_wrong_can_be_tried(wx: Handle, connector: Connector) -> None:
    await wx.say("o1", "一")
    wx.wire.skew = -600
    await wx.say("o1", "二")
    first, second = (int(request.query["timestamp"]) for request in connector.requests)
    assert 590 <= first - second <= 600


ANSWERS = ["ok", "SUCCESS", "{}", "<html>error</html>", "<xml><MsgType>text</MsgType></xml>",
           '<!DOCTYPE x [<!ENTITY a "success">]><xml>&a;</xml>']  # fmt: skip


@pytest.mark.parametrize("answer", ANSWERS)
async def test_a_wrong_answer_is_shown_as_an_outage_and_not_repeated(
    wx: Handle, connector: Connector, answer: str
) -> None:
    connector.says(answer)
    delivery = await wx.say("o1", "在吗")
    assert (delivery.outcome, len(delivery.attempts)) == ("failed", 1)
    assert seen(wx) == [("system", "notice", OUT_OF_ORDER)]


@pytest.mark.parametrize(("form", "outcome"), [("json", "reply"), ("xml", "failed")])
async def test_an_account_that_sends_json_gets_json(
    wx: Handle, connector: Connector, form: Any, outcome: str
) -> None:
    async def reply(message: dict[str, Any]) -> str:
        sealed = read(connector.seal(connector.reply(message, TEXT, form="json")))
        return write({**sealed, "TimeStamp": int(sealed["TimeStamp"])}, "json")

    connector.answer = reply
    wx.wire.format = form
    assert (await wx.say("o1", "在吗")).outcome == outcome


async def test_a_reply_in_clear_is_refused_in_safe_mode(wx: Handle, connector: Connector) -> None:
    async def reply(message: dict[str, Any]) -> str:
        return connector.reply(message, TEXT)

    connector.answer = reply
    assert (await wx.say("o1", "在吗")).outcome == "failed"


def _flip(text: str, element: str) -> str:
    """Change the first sign of an element's content."""
    found = re.search(rf"(?<=<{element}><!\[CDATA\[).", text)
    assert found
    return text[: found.start()] + ("A" if found.group() != "A" else "B") + text[found.end() :]


@pytest.mark.parametrize("element", ["Encrypt", "MsgSignature"])
async def test_a_reply_that_was_tampered_with_is_refused(wx: Handle, connector: Connector, element: str) -> None:
    async def reply(message: dict[str, Any]) -> str:
        return _flip(connector.seal(connector.reply(message, TEXT)), element)

    connector.answer = reply
    assert (await wx.say("o1", "在吗")).outcome == "failed"


async def test_a_reply_of_another_account_is_refused(wx: Handle, connector: Connector) -> None:
    async def reply(message: dict[str, Any]) -> str:
        sealed = connector.reply(message, TEXT)
        connector.account = replace(Account(), appid="wx00another000001")
        return connector.seal(sealed)

    connector.answer = reply
    assert (await wx.say("o1", "在吗")).outcome == "failed"


WRONG: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (TEXT, {"ToUserName": "o2"}),
    (TEXT, {"FromUserName": "o1"}),
    (TEXT, {"CreateTime": "now"}),
    ({"MsgType": "text", "Content": " "}, {}),
    ({"MsgType": "text", "Content": "灯" * 683}, {}),
    ({"MsgType": "hologram"}, {}),
    ({"MsgType": "image", "Image": {"MediaId": "unknown"}}, {}),
    ({"MsgType": "image"}, {}),
    ({"MsgType": "news", "ArticleCount": 2, "Articles": {"item": {"Title": "一"}}}, {}),
]


@pytest.mark.parametrize(("content", "swaps"), WRONG)
async def test_a_malformed_reply_is_refused(
    wx: Handle, connector: Connector, content: dict[str, Any], swaps: dict[str, Any]
) -> None:
    connector.replies(content, **swaps)
    assert (await wx.say("o1", "在吗")).outcome == "failed"


async def test_a_picture_and_an_article_can_be_replied(wx: Handle, connector: Connector) -> None:
    media_id = wx.world.media.add("image", b"\x89PNG\r\n\x1a\n", wx.world.clock.now()).media_id
    connector.replies({"MsgType": "image", "Image": {"MediaId": media_id}})
    await wx.say("o1", "图")
    article = {"Title": "账单", "Description": "十二月", "Url": "https://example.com/", "PicUrl": ""}
    connector.replies({"MsgType": "news", "ArticleCount": 1, "Articles": {"item": article}})
    await wx.say("o1", "文")
    picture, news = wx.shown("o1")
    assert (picture.kind, picture.more) == ("image", {"media_id": media_id})
    assert news.more["articles"][0]["url"] == "https://example.com/"


@pytest.mark.parametrize("text", ["", "{", "<xml>", "[1]", '"x"', "<xml>text</xml>", None])
def test_what_has_no_fields_is_a_bad_answer(text: Optional[str]) -> None:
    with pytest.raises(BadAnswer):
        read(text if text is not None else "<!DOCTYPE x><xml><a>1</a></xml>")


async def test_messages_of_one_person_keep_their_order(wx: Handle, connector: Connector) -> None:
    connector.replies(TEXT)
    for number in range(3):
        await wx.say("o1", str(number))
    lines = wx.world.person("o1").lines
    assert [line.text for line in lines] == ["0", "您好", "1", "您好", "2", "您好"]
    assert [line.seq for line in lines] == [1, 2, 3, 4, 5, 6]


KINDS = {
    "voice": {"MsgType", "MediaId", "Format", "MediaId16K"},
    "recognised": {"MsgType", "MediaId", "Format", "MediaId16K", "Recognition"},
    "image": {"MsgType", "PicUrl", "MediaId"},
}


@pytest.mark.parametrize("kind", KINDS)
async def test_voice_and_pictures_come_with_their_elements(wx: Handle, connector: Connector, kind: str) -> None:
    if kind == "image":
        await wx.image("o1", b"\x89PNG\r\n\x1a\n")
    else:
        await wx.voice("o1", "查账单" if kind == "recognised" else None)
    common = {"ToUserName", "FromUserName", "CreateTime", "MsgId"}
    assert set(connector.messages[0]) == common | KINDS[kind]


async def test_events_and_taps_come_as_wechat_sends_them(wx: Handle, connector: Connector) -> None:
    await wx.follow("o1", scene="7")
    await wx.click("o1", "query_bill")
    await wx.view("o1", "https://example.com/")
    await wx.choose("o1", "101", "满意")
    await wx.send("o1", "location", Location_X="31.2", Location_Y="121.5", Scale="20", Label="上海")
    await wx.event("o1", "SCAN", "7", Ticket="t")
    await wx.unfollow("o1")
    subscribe, click, view, choice, location, scan, unsubscribe = connector.messages
    assert (subscribe["Event"], subscribe["EventKey"]) == ("subscribe", "qrscene_7")
    assert (click["Event"], click["EventKey"]) == ("CLICK", "query_bill")
    assert (view["Event"], view["EventKey"]) == ("VIEW", "https://example.com/")
    assert (choice["MsgType"], choice["Content"], choice["bizmsgmenuid"]) == ("text", "满意", "101")
    assert location["Label"] == "上海"
    assert (scan["Event"], scan["Ticket"]) == ("SCAN", "t")
    assert unsubscribe["Event"] == "unsubscribe"
    assert "MsgId" not in subscribe
    times = [int(message["CreateTime"]) for message in connector.messages]
    assert times == sorted(set(times)), "on a clock that stands still every act has a second of its own"
