"""Calls to WeChat, against the fake platform: what arrives, what every refusal and every broken connection means."""
import asyncio
import logging
import socket
from contextlib import asynccontextmanager
from typing import Any, AsyncIterator

import pytest
from aiohttp import ClientSession, ClientTimeout, TCPConnector, web
from sqlalchemy.engine import Engine

from dengta.channels.wechat import calls, transport
from dengta.channels.wechat.charts import draw, read
from dengta.channels.wechat.client import User, WeChatApi
from dengta.channels.wechat.errors import (
    Busy,
    Doubtful,
    Gone,
    MediaGone,
    Misconfigured,
    NoAgent,
    QuotaUsedUp,
    Refused,
    Sent,
    TooLong,
    Unreachable,
    WindowClosed,
)
from dengta.channels.wechat.tokens import Tokens
from dengta.demo.wechat import Handle, Rules, platform
from dengta.privacy.vault import Vault

LI = "oDengtaLi00000000000000000001"
SEND, TOKEN, TYPING = "/cgi-bin/message/custom/send", "/cgi-bin/stable_token", "/cgi-bin/message/custom/typing"

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retry without waiting."""
    monkeypatch.setattr(calls, "RETRY_AFTER", (0.0, 0.0, 0.0))


@pytest.fixture
async def wx() -> AsyncIterator[Handle]:
    async with platform() as wx:
        wx.world.person(LI).acts("message", wx.world.clock.now())
        yield wx


@pytest.fixture
async def session() -> AsyncIterator[ClientSession]:
    async with ClientSession() as session:
        yield session


@pytest.fixture
def tokens(engine: Engine, vault: Vault) -> Tokens:
    return Tokens(engine, vault)


@pytest.fixture
def api(wx: Handle, session: ClientSession, tokens: Tokens) -> WeChatApi:
    return client(wx, session, tokens)


def client(wx: Handle, session: ClientSession, tokens: Tokens, base: str = "") -> WeChatApi:
    return WeChatApi(base or wx.base, wx.world.account.appid, wx.world.account.secret, tokens, session)


async def test_a_text_arrives_sign_for_sign(wx: Handle, api: WeChatApi) -> None:
    text = '本期应还 1,044.71 元。\n\n"<a href="https://example.com/?a=1&b=2">查看</a>" 👨‍👩‍👧 𠮷'
    assert await api.send_text(LI, text) == Sent()
    assert [(line.source, line.kind, line.text) for line in wx.shown(LI)] == [("custom", "text", text)]


async def test_a_picture_is_uploaded_and_sent(wx: Handle, api: WeChatApi) -> None:
    chart = read({"type": "chart", "title": "应还", "unit": "元", "points": [{"label": "2026-12", "value": "12.30"}]})
    media_id = await api.upload_image(draw(chart))
    assert isinstance(media_id, str)
    assert await api.send_image(LI, media_id) == Sent()
    assert wx.shown(LI)[0].more == {"media_id": media_id}
    assert await api.send_image(LI, "unknown") == MediaGone(40007)


async def test_the_customer_sees_that_an_answer_is_being_written(wx: Handle, api: WeChatApi) -> None:
    person, now = wx.world.person(LI), wx.world.clock.now()
    assert (await api.typing(LI, True), person.is_typed_to(now)) == (Sent(), True)
    assert await api.typing(LI, True) == Refused(45081)
    assert (await api.typing(LI, False), person.is_typed_to(now)) == (Sent(), False)
    wx.advance(31)
    assert await api.typing(LI, True) == Refused(45080)


async def test_who_somebody_is(wx: Handle, api: WeChatApi) -> None:
    assert await api.user_info(LI) == User(follows=True, unionid=wx.world.person(LI).unionid)
    wx.world.person(LI).following = False
    assert await api.user_info(LI) == User(follows=False, unionid=wx.world.person(LI).unionid)
    assert await api.user_info("nobody") == Gone(40003)


async def test_a_customer_is_handed_to_an_agent_and_taken_back(wx: Handle, api: WeChatApi) -> None:
    assert await api.kf_session_create(LI, "agent1@dengta") == Sent()
    assert wx.world.sessions.holds(LI, wx.world.clock.now())
    assert await api.kf_session_close(LI, "agent1@dengta") == Sent()
    assert not wx.world.sessions.holds(LI, wx.world.clock.now())
    wx.world.sessions.online.clear()
    assert await api.kf_session_create(LI, "agent1@dengta") == NoAgent(65415)


async def test_the_platforms_rules_are_told_apart(wx: Handle, api: WeChatApi) -> None:
    assert await api.send_text(LI, "好" * 683) == TooLong(45002)
    assert await api.send_text("nobody", "您好") == Gone(40003)
    assert [await api.send_text(LI, "您好") for _ in range(6)] == [*[Sent()] * 5, QuotaUsedUp(45047)]
    wx.advance(48 * 3600)
    assert await api.send_text(LI, "您好") == WindowClosed(45015)
    wx.world.person(LI).following = False
    assert await api.send_text(LI, "您好") == Gone(43004)


async def test_ten_sends_at_once_without_a_token_fetch_one(wx: Handle, api: WeChatApi) -> None:
    outcomes = await asyncio.gather(*(api.send_text(LI, "您好") for _ in range(10)))
    assert (outcomes.count(Sent()), len(wx.calls(TOKEN))) == (5, 1)


async def test_a_dead_token_is_replaced_once_and_the_text_sent_once(wx: Handle, api: WeChatApi) -> None:
    await api.send_text(LI, "一")
    wx.world.tokens.revoke()
    assert await api.send_text(LI, "二") == Sent()
    assert [line.text for line in wx.shown(LI)] == ["一", "二"]
    assert (len(wx.calls(SEND)), len(wx.calls(TOKEN))) == (3, 2)


@pytest.mark.parametrize("code", [40001, 40014, 42001])
async def test_one_refusal_of_the_token_costs_one_refresh_and_one_retry(
    wx: Handle, api: WeChatApi, code: int
) -> None:
    wx.fault(SEND, errcode=code)
    assert await api.send_text(LI, "您好") == Sent()
    assert (len(wx.shown(LI)), len(wx.calls(SEND)), len(wx.calls(TOKEN))) == (1, 2, 2)


async def test_a_platform_that_refuses_every_token_is_not_hammered_but_reported(
    wx: Handle, api: WeChatApi, caplog: pytest.LogCaptureFixture
) -> None:
    wx.fault(SEND, times=99, errcode=40001)
    assert await api.send_text(LI, "您好") == Misconfigured(40001)
    assert (len(wx.calls(SEND)), len(wx.calls(TOKEN))) == (2, 2)
    assert [(record.levelname, record.getMessage()) for record in caplog.records if record.levelno >= 40] == [
        ("ERROR", f"{SEND}: Misconfigured, errcode 40001")
    ]


async def test_an_address_that_is_not_listed_is_reported_and_nothing_tried_again(
    session: ClientSession, tokens: Tokens
) -> None:
    async with platform(rules=Rules(allowed_ips=frozenset({"203.0.113.9"}))) as wx:
        assert await client(wx, session, tokens).send_text(LI, "您好") == Misconfigured(40164)
        assert [call.path for call in wx.calls()] == [TOKEN]


@pytest.mark.parametrize("code", [-1, 45009, 45011, 45033])
async def test_a_busy_platform_is_tried_three_times_more(wx: Handle, api: WeChatApi, code: int) -> None:
    wx.fault(SEND, times=3, errcode=code)
    assert await api.send_text(LI, "您好") == Sent()
    assert (len(wx.calls(SEND)), len(wx.shown(LI))) == (4, 1)
    wx.fault(SEND, times=4, errcode=code)
    assert await api.send_text(LI, "您好") == Busy(code)
    assert len(wx.calls(SEND)) == 8


async def test_an_interface_called_too_often_is_left_alone_for_ten_minutes(
    wx: Handle, api: WeChatApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    time = 1000.0
    monkeypatch.setattr(calls, "monotonic", lambda: time)
    wx.fault(SEND, times=4, errcode=45009)
    assert await api.send_text(LI, "您好") == Busy(45009)
    time += 599
    assert await api.send_text(LI, "您好") == Busy(45009)
    assert (await api.typing(LI, True), len(wx.calls(SEND))) == (Sent(), 4)
    time += 1
    assert await api.send_text(LI, "您好") == Sent()


async def test_a_platform_nobody_listens_at_certainly_got_nothing(
    wx: Handle, session: ClientSession, tokens: Tokens
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        api = client(wx, session, tokens, f"http://127.0.0.1:{unused.getsockname()[1]}")
        assert await api.send_text(LI, "您好") == Unreachable("ClientConnectorError")


async def test_a_call_that_never_got_a_connection_certainly_did_not_arrive(
    wx: Handle, tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "TIMEOUT", ClientTimeout(total=20.0, connect=0.2))
    asked, release, sent = asyncio.Event(), asyncio.Event(), []

    async def hang(_request: web.Request) -> web.Response:
        asked.set()
        await release.wait()
        return web.json_response({"errcode": 0})

    async def send(request: web.Request) -> web.Response:
        sent.append(request)
        return web.json_response({"errcode": 0})

    async with serving({TYPING: hang, SEND: send}) as base, ClientSession(connector=TCPConnector(limit=1)) as session:
        api = client(wx, session, tokens, base)
        slow = asyncio.create_task(api.typing(LI, True))
        await asked.wait()
        assert await api.send_text(LI, "您好") == Unreachable("ServerTimeoutError")
        release.set()
        assert (await slow, sent) == (Sent(), [])


@pytest.mark.parametrize("drop", ["before", "after"])
async def test_a_connection_that_breaks_leaves_doubt_and_nothing_is_sent_again(
    wx: Handle, api: WeChatApi, drop: str
) -> None:
    wx.fault(SEND, drop=drop)
    assert await api.send_text(LI, "您好") == Doubtful("ServerDisconnectedError")
    assert (len(wx.calls(SEND)), len(wx.shown(LI))) == (1, int(drop == "after"))


async def test_an_answer_that_does_not_come_in_time_leaves_doubt(
    wx: Handle, api: WeChatApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    await api.typing(LI, False)
    monkeypatch.setattr(transport, "TIMEOUT", ClientTimeout(total=0.3))
    wx.fault(SEND, delay=2.0)
    assert await api.send_text(LI, "您好") == Doubtful("TimeoutError")


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (web.Response(status=502, text="<html>Bad Gateway</html>"), "status 502"),
        (web.Response(status=302, headers={"Location": "/elsewhere"}), "status 302"),
        (web.Response(text="<html>维护中</html>"), "no JSON"),
        (web.Response(text="[" * 100_000), "no JSON"),
        (web.Response(text="[]"), "no errcode"),
        (web.Response(text='{"errcode": "0"}'), "no errcode"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_an_answer_that_is_not_wechats_leaves_doubt(
    wx: Handle, session: ClientSession, tokens: Tokens, answer: web.Response, cause: str
) -> None:
    async def answering(_request: web.Request) -> web.Response:
        return answer

    async with serving({SEND: answering}) as base:
        assert await client(wx, session, tokens, base).send_text(LI, "您好") == Doubtful(cause)


async def test_nothing_secret_or_personal_is_logged(
    wx: Handle, session: ClientSession, tokens: Tokens, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    api = client(wx, session, tokens)
    for fault in ({"errcode": 40001}, {"errcode": 48001}, {"drop": "after"}, {"errcode": -1, "times": 4}):
        wx.fault(SEND, **fault)
        await api.send_text(LI, "验证码 482913")
    await api.user_info(LI)
    wx.fault("/cgi-bin/user/info", drop="before")
    await api.user_info(LI)
    (token,) = wx.world.tokens._issued
    logged = caplog.text + repr([vars(record) for record in caplog.records])
    assert SEND in logged
    secrets = (token, wx.world.account.secret, LI, "482913", "access_token=")
    assert [secret for secret in secrets if secret in logged] == []


@pytest.mark.parametrize(
    "base",
    [
        "http://api.weixin.qq.com", "https://api.weixin.qq.com/", "https://api.weixin.qq.com/cgi-bin", "https://",
        "https://api.weixin.qq.com?a=b", "ftp://127.0.0.1", "http://localhost:8000", "http://127.0.0.1.example.com", "",
    ],
)  # fmt: skip
async def test_an_address_that_would_send_secrets_in_the_clear_is_refused(
    session: ClientSession, tokens: Tokens, base: str
) -> None:
    with pytest.raises(ValueError, match="must look like https://api.weixin.qq.com"):
        WeChatApi(base, "wx1", "secret", tokens, session)


async def test_the_official_address_is_accepted(session: ClientSession, tokens: Tokens) -> None:
    WeChatApi("https://api.weixin.qq.com", "wx1", "secret", tokens, session)


@asynccontextmanager
async def serving(handlers: dict[str, Any]) -> AsyncIterator[str]:
    """Run a server that issues tokens and treats the other calls as a test wants."""

    async def token(_request: web.Request) -> web.Response:
        return web.json_response({"access_token": "token", "expires_in": 7200})

    app = web.Application()
    for path, handler in {TOKEN: token, **handlers}.items():
        app.router.add_post(path, handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
