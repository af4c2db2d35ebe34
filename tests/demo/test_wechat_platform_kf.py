"""Customer service of WeCom (kf): callbacks, pulls, sends, sessions, single-use codes."""
from dataclasses import replace
from typing import Any, AsyncIterator

import pytest
from aiohttp import ClientSession

from dengta.demo.wechat import Account, Corp, Handle, Rules, platform
from dengta.demo.wechat.envelope import read
from tests.demo.conftest import Api, listening
from tests.demo.connector import Connector

KF = "/cgi-bin/kf"
CORP = Corp()
WK = next(iter(CORP.kf_accounts))
HOUR = 3600


@pytest.fixture
def connector() -> Connector:
    """Return a connector with the corporation's keys."""
    return Connector(Account(token=CORP.token, aes_key=CORP.aes_key, appid=CORP.corpid))


class Kf(Api):
    """A client of the corporation's API."""

    async def fetch(self) -> "Kf":
        """Fetch the corporation's token."""
        answer = await self.get("/cgi-bin/gettoken", corpid=CORP.corpid, corpsecret=CORP.secret)
        self.token = answer["access_token"]
        return self

    async def call(self, path: str, **body: Any) -> dict[str, Any]:
        """Call an endpoint of kf for the first account."""
        return await self.post(f"{KF}/{path}", {"open_kfid": WK, **body})

    async def say(self, text: str, **more: Any) -> int:
        """Send a text to the customer; return the errcode."""
        body = {"touser": "wm1", "msgtype": "text", "text": {"content": text}, **more}
        return (await self.call("send_msg", **body))["errcode"]

    async def trans(self, state: int, servicer: str = "") -> dict[str, Any]:
        """Change the state of the customer's session."""
        whom = {"external_userid": "wm1", "servicer_userid": servicer}
        return await self.call("service_state/trans", service_state=state, **whom)

    async def on_event(self, code: str, kind: str = "text") -> int:
        """Send a message with the code of an event; return the errcode."""
        part = {"content": "您好"} if kind == "text" else {"head_content": "您好", "list": []}
        return (await self.call("send_msg_on_event", code=code, msgtype=kind, **{kind: part}))["errcode"]

    async def pull(self, cursor: str = "", **more: Any) -> dict[str, Any]:
        """Pull messages with the token of the latest callback."""
        token = self.wx.kf.deliveries[-1].message["Token"]
        return await self.call("sync_msg", **{"cursor": cursor, "token": token, **more})


@pytest.fixture
def rules(request: pytest.FixtureRequest) -> Rules:
    """Return the platform's rules; a test may name others."""
    return getattr(request, "param", Rules())


@pytest.fixture
async def wx(connector: Connector, rules: Rules) -> AsyncIterator[Handle]:
    """Run a platform whose callbacks reach the connector."""
    async with listening(connector) as url, platform(rules=rules) as wx:
        wx.kf.wire.connector = url
        yield wx


@pytest.fixture
async def kf(wx: Handle) -> AsyncIterator[Kf]:
    """Return a client with a token."""
    async with ClientSession() as http:
        yield await Kf(wx, http).fetch()


def texts(wx: Handle) -> list[tuple[str, str]]:
    return [(line.source, line.text) for line in wx.kf.shown("wm1")]


async def test_the_challenge_of_the_url_is_encrypted(wx: Handle, connector: Connector) -> None:
    assert await wx.kf.verify()
    connector.account = replace(connector.account, aes_key=Account().aes_key)
    assert not await wx.kf.verify()


async def test_a_callback_is_encrypted_and_names_only_token_and_account(
    wx: Handle, connector: Connector
) -> None:
    await wx.kf.say("wm1", "在吗")
    assert set(connector.requests[0].query) == {"msg_signature", "timestamp", "nonce"}
    assert set(connector.bodies[0]) == {"ToUserName", "AgentID", "Encrypt"}
    query = connector.requests[0].query
    message = read(connector.crypto().decrypt_message(
        connector.bodies[0], query["msg_signature"], query["timestamp"], query["nonce"]
    ))  # fmt: skip
    assert set(message) == {"ToUserName", "CreateTime", "MsgType", "Event", "Token", "OpenKfId"}
    assert (message["Event"], message["OpenKfId"]) == ("kf_msg_or_event", WK)


async def test_a_callback_without_answer_is_delivered_three_times(wx: Handle, connector: Connector) -> None:
    connector.says(503)
    assert len((await wx.kf.say("wm1", "在吗")).attempts) == 3
    assert texts(wx) == [], "the customer sees nothing of it"


@pytest.mark.parametrize(("rules", "limit"), [(Rules(), 2), (Rules(page=2), 1000)], indirect=["rules"])
async def test_messages_are_pulled_page_by_page_from_a_cursor(wx: Handle, kf: Kf, limit: int) -> None:
    for text in ("一", "二", "三"):
        await wx.kf.say("wm1", text)
    first = await kf.pull(limit=limit)
    second = await kf.pull(first["next_cursor"], limit=limit)
    assert [entry["text"]["content"] for entry in first["msg_list"] + second["msg_list"]] == ["一", "二", "三"]
    assert (first["has_more"], second["has_more"]) == (1, 0)
    third = await kf.pull(second["next_cursor"])
    assert (third["msg_list"], third["next_cursor"]) == ([], second["next_cursor"])
    message = first["msg_list"][0]
    assert (message["origin"], message["external_userid"], message["open_kfid"]) == (3, "wm1", WK)
    assert len({entry["msgid"] for entry in first["msg_list"] + second["msg_list"]}) == 3


async def test_messages_older_than_three_days_are_gone(wx: Handle, kf: Kf) -> None:
    await wx.kf.say("wm1", "一")
    wx.advance(72 * HOUR)
    await wx.kf.say("wm1", "二")
    await kf.fetch()
    assert [entry["text"]["content"] for entry in (await kf.pull())["msg_list"]] == ["二"]


async def test_pulls_that_are_refused(wx: Handle, kf: Kf) -> None:
    await wx.kf.say("wm1", "在吗")
    assert (await kf.pull(open_kfid="wk0"))["errcode"] == 95000
    assert (await kf.pull("x"))["errcode"] == 40058
    assert (await kf.pull(limit=1001))["errcode"] == 40058
    assert (await kf.pull(token="invented"))["errcode"] == 95007
    wx.advance(600)
    assert (await kf.pull())["errcode"] == 95007


async def test_without_token_pulls_are_limited(wx: Handle, kf: Kf) -> None:
    codes = [(await kf.call("sync_msg"))["errcode"] for _ in range(11)]
    assert codes == [0] * 10 + [45009]
    wx.advance(60)
    assert (await kf.call("sync_msg"))["errcode"] == 0


async def test_five_messages_follow_one_of_the_customer_within_48_hours(wx: Handle, kf: Kf) -> None:
    await wx.kf.say("wm1", "在吗")
    assert [await kf.say(str(n)) for n in range(6)] == [0, 0, 0, 0, 0, 95001]
    assert texts(wx) == [("kf", str(n)) for n in range(5)]
    await wx.kf.say("wm1", "还在")
    assert await kf.say("在") == 0


async def test_after_48_hours_the_session_is_over(wx: Handle, kf: Kf) -> None:
    await wx.kf.say("wm1", "在吗")
    wx.advance(48 * HOUR)
    await kf.fetch()
    assert await kf.say("在") == 95018


async def test_a_session_that_lives_on_does_not_keep_the_window_open(wx: Handle, kf: Kf) -> None:
    await wx.kf.say("wm1", "在吗")
    wx.advance(HOUR)
    await kf.trans(1)
    wx.advance(47 * HOUR)
    await kf.fetch()
    assert await kf.say("在") == 95002


@pytest.mark.parametrize("rules", [Rules(repeated_msgid=0), Rules(repeated_msgid=40058)], indirect=True)
async def test_a_repeated_msgid_is_shown_once(wx: Handle, kf: Kf, rules: Rules) -> None:
    await wx.kf.say("wm1", "在吗")
    assert [await kf.say("在", msgid="m-1"), await kf.say("在", msgid="m-1")] == [0, rules.repeated_msgid]
    assert texts(wx) == [("kf", "在")]


@pytest.mark.parametrize("msgid", ["m" * 33, "m 1", 7])
async def test_a_malformed_msgid(wx: Handle, kf: Kf, msgid: Any) -> None:
    await wx.kf.say("wm1", "在吗")
    assert await kf.say("在", msgid=msgid) == 40058


async def test_messages_that_are_refused(wx: Handle, kf: Kf) -> None:
    await wx.kf.say("wm1", "在吗")
    assert await kf.say("灯" * 683) == 45002
    assert await kf.say("") == 44004
    assert await kf.say("在", open_kfid="wk0") == 95000
    assert await kf.say("在", touser="wm0") == 40096
    assert (await kf.call("send_msg", touser="wm1", msgtype="hologram", hologram={}))["errcode"] == 40008
    assert (await kf.call("send_msg", touser="wm1", msgtype="image", image={"media_id": "m"}))["errcode"] == 40007


@pytest.mark.parametrize(("menu", "errcode"), [
    ({"head_content": "请选", "list": [{"type": "click", "click": {"id": "1", "content": "账单"}}] * 10}, 0),
    ({"list": [{"type": "click", "click": {"id": "1", "content": "账单"}}] * 11}, 40058),
    ({"head_content": "灯" * 342, "list": []}, 40058),
    ({"list": [{"type": "click", "click": {"id": "1", "content": "灯" * 43}}]}, 40058),
    ({"list": [{"type": "click", "click": {"id": "i" * 129, "content": "账单"}}]}, 40058),
    ({"list": [{"type": "click"}]}, 40058),
])  # fmt: skip
async def test_menus_have_limits(wx: Handle, kf: Kf, menu: dict[str, Any], errcode: int) -> None:
    await wx.kf.say("wm1", "在吗")
    assert (await kf.call("send_msg", touser="wm1", msgtype="msgmenu", msgmenu=menu))["errcode"] == errcode


async def test_a_tap_on_a_menu_arrives_with_its_id(wx: Handle, kf: Kf) -> None:
    await wx.kf.say("wm1", "账单", menu_id="1")
    assert (await kf.pull())["msg_list"][0]["text"] == {"content": "账单", "menu_id": "1"}


async def test_pictures_and_voice_can_be_fetched_with_the_corporations_token(wx: Handle, kf: Kf) -> None:
    await wx.kf.image("wm1", b"\x89PNG\r\n\x1a\n")
    await wx.kf.voice("wm1")
    picture, voice = (await kf.pull())["msg_list"]
    for media_id, start in ((picture["image"]["media_id"], b"\x89PNG"), (voice["voice"]["media_id"], b"#!AMR")):
        query = {"access_token": kf.token, "media_id": media_id}
        async with kf.http.get(wx.base + "/cgi-bin/media/get", params=query) as response:
            assert (await response.read()).startswith(start)


async def test_a_session_goes_through_its_states(wx: Handle, kf: Kf) -> None:
    async def state() -> tuple[int, str]:
        told = await kf.call("service_state/get", external_userid="wm1")
        return told["service_state"], told["servicer_userid"]

    await wx.kf.say("wm1", "在吗")
    assert await state() == (0, "")
    await kf.trans(1)
    assert [await state(), await kf.say("在")] == [(1, ""), 0]
    assert "msg_code" in await kf.trans(2)
    assert [await state(), await kf.say("在")] == [(2, ""), 95018]
    await wx.kf.accept("wm1", "servicer1")
    assert [await state(), await kf.say("在")] == [(3, "servicer1"), 95018]
    await wx.kf.servicer_says("wm1", "我来帮您")
    await wx.kf.end("wm1")
    assert [await state(), await kf.say("在"), (await kf.trans(1))["errcode"]] == [(4, ""), 95018, 95013]
    await wx.kf.say("wm1", "又来了")
    assert [await state(), await kf.say("在")] == [(0, ""), 0]


async def test_what_servicers_do_is_in_the_log_and_what_the_api_sends_is_not(wx: Handle, kf: Kf) -> None:
    await wx.kf.say("wm1", "在吗")
    await kf.say("在")
    await kf.trans(2)
    await wx.kf.accept("wm1", "servicer1")
    await wx.kf.servicer_says("wm1", "我来帮您")
    await wx.kf.end("wm1")
    log = (await kf.pull())["msg_list"]
    assert [entry["origin"] for entry in log] == [3, 4, 5, 4]
    accepted, ended = log[1]["event"], log[3]["event"]
    assert (accepted["event_type"], accepted["change_type"], accepted["new_servicer_userid"]) == (
        "session_status_change", 1, "servicer1"
    )  # fmt: skip
    assert (ended["change_type"], ended["old_servicer_userid"]) == (3, "servicer1")
    assert "external_userid" not in log[1]


@pytest.mark.parametrize(("first", "then", "servicer", "errcode"), [
    (1, 0, "", 40058), (2, 1, "", 40058), (3, 1, "", 40058), (1, 9, "", 40058), (1, "2", "", 40058),
    (1, 3, "nobody", 95014), (3, 3, "servicer2", 0), (2, 4, "", 0),
])  # fmt: skip
async def test_changes_of_state(
    wx: Handle, kf: Kf, first: int, then: Any, servicer: str, errcode: int
) -> None:
    await wx.kf.say("wm1", "在吗")
    assert (await kf.trans(first, "servicer1"))["errcode"] == 0
    assert (await kf.trans(then, servicer))["errcode"] == errcode


async def _welcome_code(wx: Handle, kf: Kf) -> str:
    await wx.kf.enter("wm1", scene="s1", param="p1")
    event = (await kf.pull())["msg_list"][-1]["event"]
    assert (event["event_type"], event["scene"], event["scene_param"]) == ("enter_session", "s1", "p1")
    return event.get("welcome_code", "")


async def test_a_welcome_is_said_once_and_within_twenty_seconds(wx: Handle, kf: Kf) -> None:
    late = await _welcome_code(wx, kf)
    wx.advance(20)
    assert await kf.on_event(late) == 40058
    code = await _welcome_code(wx, kf)
    assert [await kf.on_event(code, "msgmenu"), await kf.on_event(code)] == [0, 40058]
    assert await _welcome_code(wx, kf) == "", "welcomed within 48 hours"
    wx.advance(48 * HOUR)
    await kf.fetch()
    assert await _welcome_code(wx, kf) != ""
    await wx.kf.say("wm1", "在吗")
    assert await _welcome_code(wx, kf) == "", "has written"
    assert texts(wx) == [("kf", "您好")]


async def test_codes_of_the_queue_take_texts_and_the_code_of_the_end_lasts_twenty_seconds(
    wx: Handle, kf: Kf
) -> None:
    await wx.kf.say("wm1", "在吗")
    queued = (await kf.trans(2))["msg_code"]
    assert [await kf.on_event(queued, "msgmenu"), await kf.on_event(queued)] == [40058, 0]
    served = (await kf.trans(3, "servicer1"))["msg_code"]
    assert await kf.on_event(served) == 0
    ended = (await kf.trans(4))["msg_code"]
    wx.advance(20)
    assert await kf.on_event(ended) == 40058
    assert await kf.on_event("invented") == 40058


async def test_a_message_that_does_not_arrive_is_told_later(wx: Handle, kf: Kf, connector: Connector) -> None:
    await wx.kf.say("wm1", "在吗")
    wx.kf.fail_next(fail_type=4)
    assert await kf.say("在", msgid="m1") == 0
    await wx.until(lambda: len(connector.requests) == 2)
    event = (await kf.pull())["msg_list"][-1]["event"]
    assert (event["event_type"], event["fail_msgid"], event["fail_type"]) == ("msg_send_fail", "m1", 4)
    assert texts(wx) == []


async def test_accounts_are_listed(kf: Kf) -> None:
    listed = await kf.post(f"{KF}/account/list", {"offset": 0, "limit": 10})
    assert [account["open_kfid"] for account in listed["account_list"]] == [WK]
    assert (await kf.post(f"{KF}/account/list", {"limit": 0}))["errcode"] == 40058


async def test_a_token_of_the_official_account_opens_nothing_here(kf: Kf) -> None:
    await kf.fetch_token()
    assert (await kf.call("sync_msg"))["errcode"] == 40014
