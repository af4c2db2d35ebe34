"""Customer-service messages: quota, windows, lengths, kinds, typing."""
from typing import Any

import pytest

from dengta.demo.wechat import Handle
from tests.demo.conftest import Api

SEND, TYPING = "/cgi-bin/message/custom/send", "/cgi-bin/message/custom/typing"
HOUR = 3600


async def sends(api: Api, count: int) -> list[int]:
    await api.fetch_token()
    return [await api.send("o1", f"第{n}条") for n in range(count)]


async def send(api: Api, kind: str, part: Any) -> int:
    return (await api.post(SEND, {"touser": "o1", "msgtype": kind, kind: part}))["errcode"]


async def test_five_messages_follow_a_message_of_the_customer(wx: Handle, api: Api) -> None:
    await wx.say("o1", "在吗")
    assert await sends(api, 6) == [0, 0, 0, 0, 0, 45047]
    lines = await wx.wait_shown("o1", 5)
    assert [(line.source, line.text) for line in lines] == [("custom", f"第{n}条") for n in range(5)]


async def test_a_message_opens_the_window_for_48_hours(wx: Handle, api: Api) -> None:
    await wx.say("o1", "在吗")
    wx.advance(48 * HOUR - 1)
    assert await sends(api, 1) == [0]
    wx.advance(1)
    assert await sends(api, 1) == [45015]


@pytest.mark.parametrize("act", ["click", "choose", "subscribe", "SCAN"])
async def test_taps_follows_and_scans_allow_three_within_a_minute(wx: Handle, api: Api, act: str) -> None:
    async def again() -> None:
        if act == "click":
            await wx.click("o1", "query_bill")
        elif act == "choose":
            await wx.choose("o1", "101", "满意")
        else:
            await wx.event("o1", act)

    await again()
    assert await sends(api, 4) == [0, 0, 0, 45047]
    await again()
    wx.advance(59)
    assert await sends(api, 1) == [0]
    wx.advance(1)
    assert await sends(api, 1) == [45015]


async def test_entering_a_mini_programs_chat_allows_two(wx: Handle, api: Api) -> None:
    await wx.event("o1", "user_enter_tempsession")
    assert await sends(api, 3) == [0, 0, 45047]


async def test_following_a_link_of_the_menu_allows_nothing(wx: Handle, api: Api) -> None:
    await wx.view("o1", "https://example.com/")
    assert await sends(api, 1) == [45015]


async def test_a_new_message_renews_the_five_and_does_not_add(wx: Handle, api: Api) -> None:
    await wx.say("o1", "一")
    assert await sends(api, 2) == [0, 0]
    await wx.say("o1", "二")
    assert await sends(api, 6) == [0, 0, 0, 0, 0, 45047]


async def test_grants_of_different_kinds_do_not_add_up(wx: Handle, api: Api) -> None:
    await wx.say("o1", "在吗")
    await wx.click("o1", "query_bill")
    assert await sends(api, 6) == [0, 0, 0, 0, 0, 45047]
    await wx.click("o1", "query_bill")
    assert await sends(api, 4) == [0, 0, 0, 45047]


async def test_passive_replies_cost_nothing(wx: Handle, api: Api, connector: Any) -> None:
    connector.replies({"MsgType": "text", "Content": "您好"})
    await wx.say("o1", "在吗")
    assert await sends(api, 6) == [0, 0, 0, 0, 0, 45047]


async def test_people_who_left_or_never_came_get_nothing(wx: Handle, api: Api) -> None:
    await wx.say("o1", "在吗")
    await wx.unfollow("o1")
    assert [await api.send("o1", "您好"), await api.send("nobody", "您好")] == [43004, 40003]
    await wx.follow("o1")
    assert await sends(api, 4) == [0, 0, 0, 45047]


@pytest.mark.parametrize(("text", "errcode"), [
    ("灯" * 682 + "ab", 0), ("灯" * 682 + "abc", 45002), ("a" * 2048, 0), ("a" * 2049, 45002), ("", 44004), (" ", 44004)
])  # fmt: skip
async def test_length_is_counted_in_bytes(wx: Handle, api: Api, text: str, errcode: int) -> None:
    await wx.say("o1", "在吗")
    assert await api.send("o1", text) == errcode


async def test_a_refused_message_costs_nothing(wx: Handle, api: Api) -> None:
    await wx.say("o1", "在吗")
    assert await api.send("o1", "a" * 2049) == 45002
    assert await sends(api, 6) == [0, 0, 0, 0, 0, 45047]


async def test_escaped_chinese_is_refused(wx: Handle, api: Api) -> None:
    await wx.say("o1", "在吗")
    escaped = b'{"touser": "o1", "msgtype": "text", "text": {"content": "\\u60a8\\u597d"}}'
    assert (await api.post(SEND, raw=escaped))["errcode"] == 40033
    needed = '{"touser": "o1", "msgtype": "text", "text": {"content": "您好\\u0007 C:\\\\u60a8"}}'.encode()
    assert (await api.post(SEND, raw=needed))["errcode"] == 0


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", '{"touser": "\u60a8'.encode("gbk")])
async def test_what_is_no_json_object_is_refused(api: Api, raw: bytes) -> None:
    assert (await api.post(SEND, raw=raw))["errcode"] == 47001


async def test_kinds_and_their_parts(wx: Handle, api: Api) -> None:
    await wx.say("o1", "在吗")
    media_id = wx.world.media.add("image", b"\x89PNG\r\n\x1a\n", wx.world.clock.now()).media_id
    article = {"title": "账单", "url": "https://example.com/"}
    assert await send(api, "image", {"media_id": media_id}) == 0
    assert await send(api, "image", {"media_id": "unknown"}) == 40007
    assert await send(api, "news", {"articles": [article]}) == 0
    assert await send(api, "news", {"articles": [article, article]}) == 40035
    assert await send(api, "hologram", {}) == 40008
    assert (await api.post(SEND, {"touser": "o1", "msgtype": "text"}))["errcode"] == 40008
    assert [line.kind for line in wx.shown("o1")] == ["image", "news"]


@pytest.mark.parametrize(("count", "errcode"), [(10, 0), (11, 45098)])
async def test_a_message_menu_has_a_limit(wx: Handle, api: Api, count: int, errcode: int) -> None:
    await wx.say("o1", "在吗")
    items = [{"id": str(n), "content": f"选项{n}"} for n in range(count)]
    assert await send(api, "msgmenu", {"head_content": "请选择", "list": items, "tail_content": ""}) == errcode


async def test_typing_needs_contact_ends_by_itself_and_is_not_repeated(wx: Handle, api: Api) -> None:
    async def type_(command: str) -> int:
        return (await api.post(TYPING, {"touser": "o1", "command": command}))["errcode"]

    def is_typing() -> bool:
        return wx.world.person("o1").is_typed_to(wx.world.clock.now())

    await wx.say("o1", "在吗")
    assert [await type_("Typing"), is_typing()] == [0, True]
    assert await type_("Typing") == 45081
    wx.advance(15)
    assert [is_typing(), await type_("Typing"), is_typing()] == [False, 0, True]
    assert [await type_("CancelTyping"), is_typing(), await type_("Typing")] == [0, False, 0]
    await api.send("o1", "您好")
    assert not is_typing()
    wx.advance(31)
    assert await type_("Typing") == 45080
    assert await type_("Thinking") == 45072


async def test_mini_programs_type_at_an_address_of_their_own(wx: Handle, api: Api) -> None:
    await wx.say("o1", "在吗")
    path = "/cgi-bin/message/custom/business/typing"
    assert (await api.post(path, {"touser": "o1", "command": "Typing"}))["errcode"] == 0
