"""The phone's own addresses, the administration, and the platform as a process."""
import asyncio
import json
import os
import signal
import socket
import sys
from typing import Any, AsyncIterator

import pytest
from aiohttp import ClientResponse, ClientSession, CookieJar

from dengta.demo.wechat import Handle
from dengta.demo.wechat.__main__ import main
from dengta.settings import ROOT
from tests.demo.conftest import Api, listening
from tests.demo.connector import Connector

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


class Browser:
    """One browser with its cookie."""

    def __init__(self, base: str, http: ClientSession) -> None:
        self.base, self.http = base, http

    async def open(self) -> "Browser":
        """Load the page."""
        async with self.http.get(self.base + "/") as response:
            assert response.status == 200
        return self

    async def post(self, path: str, body: Any = None, data: bytes = b"") -> int:
        """Do something on the phone; return the status."""
        content = {"data": data} if data else {"json": body}
        async with self.http.post(f"{self.base}/phone/{path}", **content) as response:
            return response.status

    async def events(self, count: int) -> list[tuple[str, Any]]:
        """Return the first events of the stream."""
        async with self.http.get(self.base + "/phone/events") as response:
            stream = _events(response)
            return [await stream.__anext__() for _ in range(count)]


async def _events(response: ClientResponse) -> AsyncIterator[tuple[str, Any]]:
    async for line in response.content:
        if line.startswith(b"event: "):
            data = await response.content.readline()
            yield line[7:].decode().strip(), json.loads(data[6:])


@pytest.fixture
async def browser(wx: Handle) -> AsyncIterator[Browser]:
    """Return a browser that has the page open."""
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as http:
        yield await Browser(wx.base, http).open()


async def openid(browser: Browser) -> str:
    return (await browser.events(1))[0][1]["openid"]


async def test_every_browser_is_somebody_and_stays_so(wx: Handle, browser: Browser) -> None:
    first = await openid(browser)
    await browser.open()
    assert await openid(browser) == first
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as http:
        assert await openid(await Browser(wx.base, http).open()) != first
    assert len(first) == 28


async def test_the_stream_tells_lines_and_state(wx: Handle, browser: Browser, connector: Connector) -> None:
    connector.replies({"MsgType": "text", "Content": "您好"})
    name = await openid(browser)
    state, ready = (await browser.events(3))[1:]
    assert (state[1]["following"], state[1]["typing"], ready[0]) == (False, False, "ready")
    await browser.post("follow", {"on": True})
    await wx.wait_shown(name, 1)
    await browser.post("say", {"text": "在吗"})
    await wx.wait_shown(name, 2)
    kinds = await browser.events(6)
    assert [kind for kind, _ in kinds] == ["hello", "line", "line", "line", "state", "ready"]
    assert [line["text"] for kind, line in kinds if kind == "line"] == ["您好", "在吗", "您好"]
    assert kinds[4][1]["following"] is True


async def test_new_lines_and_typing_reach_an_open_stream(wx: Handle, browser: Browser, api: Api) -> None:
    name = await openid(browser)
    message = {"touser": name, "msgtype": "text", "text": {"content": "您好"}}
    async with browser.http.get(browser.base + "/phone/events") as response:
        stream = _events(response)
        assert [(await stream.__anext__())[0] for _ in range(3)] == ["hello", "state", "ready"]
        await wx.follow(name)
        assert (await stream.__anext__())[1]["following"] is True
        await api.post("/cgi-bin/message/custom/send", message)
        assert (await stream.__anext__())[1]["text"] == "您好"
        await api.post("/cgi-bin/message/custom/typing", {"touser": name, "command": "Typing"})
        assert (await stream.__anext__())[1]["typing"] is True
        wx.advance(15)
        assert (await stream.__anext__())[1]["typing"] is False


@pytest.mark.parametrize(("path", "body"), [
    ("say", {}), ("say", {"text": " "}), ("say", {"text": "灯" * 601}), ("say", []), ("voice", {}), ("click", {}),
    ("say", {"text": "满意", "menu_id": ""}),
])  # fmt: skip
async def test_what_a_phone_cannot_send(browser: Browser, path: str, body: Any) -> None:
    await browser.post("follow", {"on": True})
    assert await browser.post(path, body) == 400


async def test_pictures_are_checked(wx: Handle, browser: Browser, connector: Connector) -> None:
    await browser.post("follow", {"on": True})
    assert await browser.post("image", data=b"BM not a picture") == 400
    assert await browser.post("image", data=PNG) == 202
    await wx.until(lambda: len(connector.messages) == 2)
    assert connector.messages[1]["MsgType"] == "image"


async def test_who_does_not_follow_cannot_write(browser: Browser) -> None:
    assert await browser.post("say", {"text": "在吗"}) == 409


async def test_without_the_cookie_nothing_can_be_done(wx: Handle) -> None:
    async with ClientSession() as http:
        assert await Browser(wx.base, http).post("say", {"text": "在吗"}) == 401


async def test_voice_menus_and_choices_arrive(wx: Handle, browser: Browser, connector: Connector) -> None:
    acts = [
        ("follow", {"on": True}), ("voice", {"text": "查账单", "recognised": True}),
        ("voice", {"text": "查账单", "recognised": False}), ("click", {"key": "query_bill"}),
        ("click", {"url": "https://example.com/"}), ("say", {"text": "满意", "menu_id": "101"}),
        ("follow", {"on": False}),
    ]  # fmt: skip
    for number, (path, body) in enumerate(acts, 1):
        assert await browser.post(path, body) == 202
        await wx.until(lambda number=number: len(connector.messages) == number)
    _, heard, unheard, click, view, choice, left = connector.messages
    assert (heard["Recognition"], "Recognition" in unheard) == ("查账单", False)
    assert (click["EventKey"], view["Event"], choice["bizmsgmenuid"], left["Event"]) == (
        "query_bill", "VIEW", "101", "unsubscribe"
    )  # fmt: skip


@pytest.mark.parametrize("path", ["/wechat/page.js", "/wechat/phone.css", "/chat/dom.js", "/chat/lighthouse.svg"])
async def test_files_come_with_a_policy(browser: Browser, path: str) -> None:
    async with browser.http.get(browser.base + path) as response:
        assert response.status == 200
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]


OTHER_FILES = ["/wechat/none.js", "/wechat/index.html", "/chat/page.js", "/chat/..%2f..%2fpyproject.toml"]


@pytest.mark.parametrize("path", OTHER_FILES)
async def test_other_files_do_not(browser: Browser, path: str) -> None:
    async with browser.http.get(browser.base + path) as response:
        assert response.status == 404


async def admin(wx: Handle, path: str, body: Any = None, raw: bytes = b"", kind: str = "application/json") -> Any:
    async with ClientSession() as http:
        if body is None and not raw:
            async with http.get(f"{wx.base}/_admin/{path}") as response:
                return await response.json()
        data = raw or json.dumps(body).encode()
        async with http.post(f"{wx.base}/_admin/{path}", data=data, headers={"Content-Type": kind}) as response:
            return await response.json() if response.status == 200 else response.status


async def test_the_administration_drives_a_platform(wx: Handle, api: Api, connector: Connector) -> None:
    connector.replies({"MsgType": "text", "Content": "您好"})
    assert (await admin(wx, "say", {"openid": "o1", "text": "在吗"}))["outcome"] == "reply"
    assert (await admin(wx, "event", {"openid": "o1", "event": "CLICK", "key": "k"}))["outcome"] == "reply"
    await admin(wx, "fault", {"path": "/cgi-bin/message/custom/send", "errcode": -1})
    assert [await api.send("o1", "一"), await api.send("o1", "二")] == [-1, 0]
    before = wx.world.clock.now()
    assert (await admin(wx, "clock", {"advance": 60}))["now"] == before + 60
    (person,) = (await admin(wx, "state"))["people"]
    assert [line["source"] for line in person["lines"]] == ["customer", "passive", "passive", "custom"]
    assert (person["openid"], person["following"], person["left"]) == ("o1", True, 4)
    log = await admin(wx, "log")
    assert [call["errcode"] for call in log["calls"]] == [0, -1, 0]
    assert [delivery["outcome"] for delivery in log["deliveries"]] == ["reply", "reply"]


async def test_the_administration_refuses_what_it_does_not_understand(wx: Handle) -> None:
    await wx.unfollow("o1")
    assert await admin(wx, "say", {"openid": "o1", "text": "在吗"}) == 400
    assert await admin(wx, "say", {}) == 400
    assert await admin(wx, "event", {}) == 400
    assert await admin(wx, "fault", {"path": "/", "colour": "red"}) == 400
    assert await admin(wx, "clock", {"advance": -1}) == 400
    assert await admin(wx, "clock", raw=b"{") == 400
    assert await admin(wx, "clock", raw=b"[]") == 400
    assert await admin(wx, "clock", {"advance": 1}, kind="text/plain") == 415


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def test_the_process_serves_until_it_is_told_to_stop(connector: Connector) -> None:
    port = _free_port()
    connector.replies({"MsgType": "text", "Content": "您好"})
    async with listening(connector) as url:
        environment = {"DENGTA_WECHAT_DEMO_PORT": str(port), "DENGTA_WECHAT_DEMO_CONNECTOR": url}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "dengta.demo.wechat", cwd=ROOT, env={**os.environ, **environment}
        )
        try:
            base = f"http://127.0.0.1:{port}"
            async with ClientSession() as http:
                await _healthy(http, base)
                body = {"openid": "o1", "text": "在吗"}
                async with http.post(f"{base}/_admin/say", json=body) as response:
                    assert (await response.json())["outcome"] == "reply"
        finally:
            process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 20) == 0


async def _healthy(http: ClientSession, base: str) -> None:
    for _ in range(200):
        try:
            async with http.get(f"{base}/health") as response:
                assert await response.text() == "ok"
                return
        except OSError:
            await asyncio.sleep(0.05)
    raise AssertionError("the platform did not start")


@pytest.mark.parametrize(("environment", "says"), [
    ({"PORT": "0", "CONNECTOR": "http://127.0.0.1:1/"}, "PORT"),
    ({"PORT": "x", "CONNECTOR": "http://127.0.0.1:1/"}, "PORT"),
    ({}, "CONNECTOR"),
    ({"CONNECTOR": "http://127.0.0.1:1/", "AES_KEY": "short"}, "43"),
])  # fmt: skip
def test_a_process_that_cannot_start_says_why(environment: dict[str, str], says: str) -> None:
    reason = main({f"DENGTA_WECHAT_DEMO_{name}": value for name, value in environment.items()})
    assert reason and says in reason


def test_a_port_that_is_taken_is_said_in_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        reason = main({"DENGTA_WECHAT_DEMO_PORT": port, "DENGTA_WECHAT_DEMO_CONNECTOR": "http://127.0.0.1:1/"})
    assert reason and port in reason
