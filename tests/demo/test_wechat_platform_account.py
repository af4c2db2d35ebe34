"""The rest of an official account: people, media, the menu, notices, and sessions of human agents."""
from typing import Any

import pytest
from aiohttp import FormData

from dengta.demo.wechat import Handle
from tests.demo.conftest import Api
from tests.demo.connector import Connector

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
DAY = 86_400
SESSION = "/customservice/kfsession"
TRANSFER = {"MsgType": "transfer_customer_service"}


async def upload(api: Api, data: bytes, kind: str = "image", field: str = "media") -> dict[str, Any]:
    form = FormData()
    form.add_field(field, data, filename="a.png", content_type="image/png")
    query = {"access_token": api.token, "type": kind}
    async with api.http.post(api.wx.base + "/cgi-bin/media/upload", data=form, params=query) as response:
        return await response.json()


async def test_media_can_be_uploaded_fetched_and_last_three_days(wx: Handle, api: Api) -> None:
    media_id = (await upload(api, PNG))["media_id"]
    query = {"access_token": api.token, "media_id": media_id}
    async with api.http.get(wx.base + "/cgi-bin/media/get", params=query) as response:
        assert (await response.read(), response.content_type) == (PNG, "image/png")
    wx.advance(3 * DAY)
    await api.fetch_token()
    assert (await api.get("/cgi-bin/media/get", media_id=media_id))["errcode"] == 40007


@pytest.mark.parametrize(("data", "kind", "field", "errcode"), [
    (PNG, "hologram", "media", 40004), (b"BM....", "image", "media", 40005), (PNG, "image", "file", 41005),
    (b"", "image", "media", 41005), (PNG + bytes(10 << 20), "image", "media", 40009),
    (b"ID3" + bytes(2 << 20), "voice", "media", 40006),
], ids=["kind", "content", "field", "empty", "big picture", "big voice"])  # fmt: skip
async def test_uploads_that_are_refused(api: Api, data: bytes, kind: str, field: str, errcode: int) -> None:
    assert (await upload(api, data, kind, field))["errcode"] == errcode


async def test_an_upload_that_is_no_form(api: Api) -> None:
    assert (await api.post("/cgi-bin/media/upload", {}, type="image"))["errcode"] == 41005


async def test_a_picture_of_a_customer_can_be_fetched_by_address_and_by_id(
    wx: Handle, api: Api, connector: Connector
) -> None:
    await wx.image("o1", PNG)
    message = connector.messages[0]
    async with api.http.get(message["PicUrl"]) as response:
        assert await response.read() == PNG
    query = {"access_token": api.token, "media_id": message["MediaId"]}
    async with api.http.get(wx.base + "/cgi-bin/media/get", params=query) as response:
        assert await response.read() == PNG


async def test_people_have_a_unionid_and_little_is_told_of_those_who_left(wx: Handle, api: Api) -> None:
    await wx.follow("o1")
    told = await api.get("/cgi-bin/user/info", openid="o1")
    assert (told["subscribe"], told["unionid"]) == (1, wx.world.person("o1").unionid)
    await wx.unfollow("o1")
    assert await api.get("/cgi-bin/user/info", openid="o1") == {
        "subscribe": 0, "openid": "o1", "unionid": told["unionid"]
    }  # fmt: skip
    assert (await api.get("/cgi-bin/user/info", openid="nobody"))["errcode"] == 40003


VIEW = {"type": "view", "name": "官网", "url": "https://example.com/"}
BUTTON = {"type": "click", "name": "账单", "key": "query_bill"}


@pytest.mark.parametrize(("menu", "errcode"), [
    ({"button": [BUTTON]}, 0),
    ({"button": [{"name": "更多", "sub_button": [BUTTON, VIEW]}]}, 0),
    ({}, 40016),
    ({"button": [BUTTON] * 4}, 40016),
    ({"button": [{"name": "更多", "sub_button": [BUTTON] * 6}]}, 40023),
    ({"button": [{**BUTTON, "name": "账" * 6}]}, 40018),
    ({"button": [{"name": "更多", "sub_button": [{**BUTTON, "name": "账" * 21}]}]}, 40025),
    ({"button": [{**BUTTON, "type": "dance"}]}, 40015),
    ({"button": [{**BUTTON, "key": ""}]}, 40019),
    ({"button": [{**BUTTON, "key": "k" * 129}]}, 40019),
    ({"button": [{"type": "view", "name": "官网"}]}, 40020),
])  # fmt: skip
async def test_the_menu(wx: Handle, api: Api, menu: dict[str, Any], errcode: int) -> None:
    before = wx.world.menu
    assert (await api.post("/cgi-bin/menu/create", menu))["errcode"] == errcode
    assert (wx.world.menu != before) == (errcode == 0)


async def template(api: Api, openid: str = "o1", number: str = "0001", path: str = "template/send") -> dict[str, Any]:
    body = {"touser": openid, "template_id": f"demo-template-{number}", "data": {"first": {"value": "您的申请有进展"}}}
    return await api.post(f"/cgi-bin/message/{path}", body)


async def test_a_template_message_needs_no_window_and_its_result_is_pushed(
    wx: Handle, api: Api, connector: Connector
) -> None:
    await wx.follow("o1")
    wx.advance(3600)
    sent = await template(api)
    assert [(line.source, line.text) for line in wx.shown("o1")] == [("template", "您的申请有进展")]
    await wx.until(lambda: len(connector.messages) == 2)
    assert connector.messages[1]["Event"] == "TEMPLATESENDJOBFINISH"
    assert connector.messages[1]["MsgID"] == str(sent["msgid"])


async def test_template_messages_that_are_refused(wx: Handle, api: Api) -> None:
    await wx.follow("o1")
    assert (await template(api, number="9"))["errcode"] == 40037
    assert (await template(api, "nobody"))["errcode"] == 40003
    await wx.unfollow("o1")
    assert (await template(api))["errcode"] == 43004


@pytest.mark.parametrize("path", ["subscribe/send", "subscribe/bizsend"])
async def test_a_subscribed_message_is_sent_once_for_each_permission(wx: Handle, api: Api, path: str) -> None:
    await wx.follow("o1")
    assert (await template(api, path=path))["errcode"] == 43101
    wx.world.person("o1").allowed_templates.append("demo-template-0001")
    assert [(await template(api, path=path))["errcode"] for _ in range(2)] == [0, 43101]
    assert (await template(api, "nobody", path=path))["errcode"] == 40003
    assert (await template(api, number="9", path=path))["errcode"] == 40037


async def test_a_transfer_keeps_messages_from_us_until_the_session_is_closed(
    wx: Handle, api: Api, connector: Connector
) -> None:
    connector.replies(TRANSFER)
    await wx.say("o1", "转人工")
    assert [message.get("Event") for message in connector.messages] == [None, "kf_create_session"]
    connector.says("success")
    assert (await wx.say("o1", "在吗")).outcome == "person"
    assert (await wx.click("o1", "query_bill")).outcome == "nothing", "events are pushed all the same"
    agent = (await api.get(f"{SESSION}/getsession", openid="o1"))["kf_account"]
    assert (await api.post(f"{SESSION}/close", {"kf_account": agent, "openid": "o1"}))["errcode"] == 0
    await wx.until(lambda: connector.messages[-1].get("Event") == "kf_close_session")
    assert (await wx.say("o1", "好了")).outcome == "nothing"


async def test_after_thirty_minutes_messages_come_to_us_again(wx: Handle, connector: Connector) -> None:
    connector.replies(TRANSFER)
    await wx.say("o1", "转人工")
    connector.says("success")
    wx.advance(30 * 60 - 10)
    assert (await wx.say("o1", "在吗")).outcome == "person"
    wx.advance(10)
    assert (await wx.say("o1", "在吗")).outcome == "nothing"


async def test_a_named_agent_who_is_away_leaves_the_customer_waiting_with_us(
    wx: Handle, api: Api, connector: Connector
) -> None:
    wx.world.sessions.online = {"agent2@dengta"}
    connector.replies({**TRANSFER, "TransInfo": {"KfAccount": "agent1@dengta"}})
    await wx.say("o1", "转人工")
    connector.says("success")
    waiting = await api.get(f"{SESSION}/getwaitcase")
    assert [case["openid"] for case in waiting["waitcaselist"]] == ["o1"]
    assert (await wx.say("o1", "还在吗")).outcome == "nothing"
    assert (await api.get(f"{SESSION}/getsession", openid="o1"))["errcode"] == 65413
    created = await api.post(f"{SESSION}/create", {"kf_account": "agent2@dengta", "openid": "o1"})
    assert created["errcode"] == 0
    assert (await wx.say("o1", "在吗")).outcome == "person"


async def test_an_event_cannot_be_transferred(wx: Handle, connector: Connector) -> None:
    connector.replies(TRANSFER)
    assert (await wx.click("o1", "request_human")).outcome == "failed"


async def test_sessions_that_cannot_be_opened_or_closed(wx: Handle, api: Api) -> None:
    await wx.say("o1", "在吗")

    async def errcode(verb: str, agent: str, openid: str = "o1") -> int:
        return (await api.post(f"{SESSION}/{verb}", {"kf_account": agent, "openid": openid}))["errcode"]

    assert await errcode("create", "nobody@dengta") == 65401
    assert await errcode("create", "agent1@dengta", "nobody") == 40003
    assert await errcode("close", "agent1@dengta") == 65413
    wx.world.sessions.online = {"agent1@dengta"}
    assert await errcode("create", "agent2@dengta") == 65415
    wx.world.sessions.online.add("agent2@dengta")
    assert [await errcode("create", "agent1@dengta"), await errcode("create", "agent2@dengta")] == [0, 65414]
    assert [await errcode("close", "agent2@dengta"), await errcode("close", "agent1@dengta")] == [65413, 0]
