"""Calls to WeCom, against the fake platform."""
from typing import Any

import pytest

from dengta.channels.wechat.errors import Doubtful, QuotaUsedUp, Refused, Sent, WrongState
from dengta.channels.wechat.kf.api import Customer, KfApi, Page, State
from dengta.demo.wechat import Handle
from tests.channels.wechat.kf.stage import LI as USERID
from tests.channels.wechat.kf.stage import WK

LI = Customer(WK, USERID)
SYNC = "/cgi-bin/kf/sync_msg"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


@pytest.fixture(autouse=True)
def unheard(wx: Handle) -> None:
    """Nobody listens to callbacks here."""
    wx.kf.wire.connector = wx.base + "/nowhere"


def shown(wx: Handle) -> list[tuple[str, str]]:
    return [(line.kind, line.text) for line in wx.kf.shown(LI.external_userid)]


def body(wx: Handle, path: str) -> dict[str, Any]:
    return wx.calls(path)[-1].body


async def test_a_text_arrives_once_however_often_it_is_sent(wx: Handle, api: KfApi) -> None:
    await wx.kf.say(LI.external_userid, "在吗")
    text = "本期应还 1,044.71 元。\n👨‍👩‍👧 𠮷"
    assert await api.send_text(LI, text, "a" * 32) == Sent()
    assert await api.send_text(LI, text, "a" * 32) == Sent()
    assert shown(wx) == [("text", text)]


async def test_a_picture_is_uploaded_with_the_corporations_token_and_sent(wx: Handle, api: KfApi) -> None:
    await wx.kf.say(LI.external_userid, "在吗")
    media_id = await api.upload_image(PNG)
    assert isinstance(media_id, str)
    assert await api.send_image(LI, media_id, "m1") == Sent()
    assert shown(wx) == [("image", "")]


async def test_pages_follow_each_other_from_the_cursor(wx: Handle, api: KfApi) -> None:
    for text in ("一", "二", "三", "四"):
        await wx.kf.say(LI.external_userid, text)
    token = wx.kf.deliveries[-1].message["Token"]
    first = await api.pull(WK, None, token)
    assert isinstance(first, Page) and first.more and len(first.entries) == 3
    assert body(wx, SYNC) == {"open_kfid": WK, "limit": 1000, "voice_format": 0, "token": token}
    second = await api.pull(WK, first.cursor, token)
    assert isinstance(second, Page) and not second.more
    assert [entry["text"]["content"] for entry in second.entries] == ["四"]
    assert body(wx, SYNC)["cursor"] == first.cursor


async def test_too_many_pulls_without_a_callback_do_not_stop_those_with_one(wx: Handle, api: KfApi) -> None:
    await wx.kf.say(LI.external_userid, "在吗")
    wx.fault(SYNC, times=4, errcode=45009)
    assert not isinstance(await api.pull(WK, None, None), Page)
    asked = len(wx.calls(SYNC))
    assert not isinstance(await api.pull(WK, None, None), Page)
    assert len(wx.calls(SYNC)) == asked, "it is left alone for a while"
    assert isinstance(await api.pull(WK, None, wx.kf.deliveries[-1].message["Token"]), Page)


async def test_states_are_read_and_changed(wx: Handle, api: KfApi) -> None:
    await wx.kf.say(LI.external_userid, "在吗")
    assert await api.state(LI) is State.NEW
    assert await api.move(LI, State.ASSISTANT) == Sent()
    assert await api.state(LI) is State.ASSISTANT
    assert await api.move(LI, State.SERVICER, "somebody") == WrongState(95014)
    assert await api.move(LI, State.SERVICER, "servicer1") == Sent()
    assert await api.state(LI) is State.SERVICER
    assert await api.send_text(LI, "在", "m1") == WrongState(95018)


async def test_a_code_of_an_event_allows_one_message(wx: Handle, api: KfApi) -> None:
    await wx.kf.enter(LI.external_userid)
    page = await api.pull(WK, None, None)
    assert isinstance(page, Page)
    code = page.entries[0]["event"]["welcome_code"]
    assert await api.answer_event(code, "您好", "m1") == Sent()
    assert await api.answer_event(code, "您好", "m2") == Refused(40058)
    assert shown(wx) == [("text", "您好")]


async def test_a_sixth_message_is_refused(wx: Handle, api: KfApi) -> None:
    await wx.kf.say(LI.external_userid, "在吗")
    outcomes = [await api.send_text(LI, "在", f"m{number}") for number in range(6)]
    assert outcomes == [Sent()] * 5 + [QuotaUsedUp(95001)]


@pytest.mark.parametrize("answer", [{"next_cursor": 7}, {"msg_list": {}}, {"msg_list": "x", "next_cursor": "c"}])
async def test_what_is_no_page_is_a_failure(api: KfApi, answer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def post(*_: Any) -> Any:
        return answer

    monkeypatch.setattr(api._transport, "post", post)
    assert isinstance(await api.pull(WK, None, "t"), Doubtful)
