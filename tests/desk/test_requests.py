"""What reaches the desk and is no proper request: refused with one clear sentence, logged, and nothing changed."""
import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from yarl import URL

from dengta.clock import real_time
from dengta.database import connect
from dengta.desk import bodies, wording
from dengta.desk.desk import Desk
from dengta.desk.dispatch import COOKIE, PUBLIC
from dengta.desk.errors import STATUS
from dengta.desk.pages import ADDRESSES
from dengta.desk.roles import ROLES
from dengta.desk.routes import ROUTES
from dengta.desk.server import create_app
from dengta.desk.sessions import Sessions
from tests.desk.conftest import Browser, listening
from tests.handoff.floor import Floor

AtWork = Callable[..., Awaitable[Browser]]
PERMISSIONS = frozenset().union(*ROLES.values())


def test_every_route_needs_a_permission_somebody_has() -> None:
    assert [route.path for route in ROUTES if route.permission not in PERMISSIONS | {PUBLIC}] == []
    public = [route.path for route in ROUTES if route.permission == PUBLIC]
    assert public == ["/api/session", "/api/login", "/api/sign-on", "/api/sign-on/back"]


def test_every_code_has_a_sentence() -> None:
    assert set(wording.errors()) == set(STATUS)


def test_every_change_says_what_it_expects() -> None:
    assert [route for route in ROUTES if route.method in ("POST", "PUT") and route.body is None] == []


def test_nothing_is_served_beside_the_table(desk: Desk) -> None:
    served = {(path.path, method) for path in create_app(desk).routes for method in getattr(path, "methods", ["GET"])}
    beside = {("/ready", "GET"), ("/assets", "GET"), *((address, "GET") for address in ADDRESSES)}
    assert {(path, method) for path, method in served if method != "HEAD"} == beside | {
        (route.path, route.method) for route in ROUTES
    }


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
async def test_nobody_gets_anything_without_logging_in(browser: Callable[[], Browser], route: Any) -> None:
    if route.permission == PUBLIC:
        return
    path = route.path.replace("{", "").replace("}", "")
    status, said = await browser().send(route.method, path, {})
    assert (status, said["error"]) == (401, "login_required")


async def test_a_paste_of_ten_megabytes_is_refused_with_a_sentence(at_work: AtWork, floor: Floor) -> None:
    page = await at_work("lin")
    talk, epoch = await floor.waits()
    path = f"/api/conversations/{talk}"
    epoch = (await page.post(f"{path}/take", {"epoch": epoch}))[1]["epoch"]
    paste = {"epoch": epoch, "client_msg_id": "m-0000001", "text": "长" * (10 * 1024 * 1024 // 3)}
    said_before = await floor.said(talk)
    status, said = await page.post(f"{path}/messages", paste)
    assert (status, said["error"]) == (413, "body_too_large")
    assert said["message"] == "内容过长，一次最多提交 64 KB，请缩短后重试。"
    assert await floor.said(talk) == said_before


async def test_a_body_that_drips_is_given_up(at_work: AtWork, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "SECONDS", 0.2)
    page = await at_work("lin")
    host, _, port = page.base.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = {**page.headers, "Host": f"{host}:{port}", "Cookie": f"{COOKIE}={page.cookie}", "Content-Length": "99"}
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    writer.write(f"POST /api/heartbeat HTTP/1.1\r\n{lines}\r\n{{".encode())
    answer = (await reader.read()).decode()
    writer.close()
    assert answer.startswith("HTTP/1.1 408") and "too_slow" in answer


@pytest.mark.parametrize(
    "raw, status, error",
    [
        (b"", 400, "invalid_json"),
        (b"{", 400, "invalid_json"),
        (b'{"active": "\xff"}', 422, "invalid_request"),
        (b"[" * 30000, 422, "invalid_request"),
        (b"[]", 422, "invalid_request"),
        (b'{"active": 1}', 422, "invalid_request"),
        (b'{"active": true, "role": "admin"}', 422, "invalid_request"),
    ],
)
async def test_what_is_no_request_is_refused(at_work: AtWork, raw: bytes, status: int, error: str) -> None:
    page = await at_work("lin")
    async with page.http.post("/api/heartbeat", data=raw, headers=page.headers) as response:
        assert (response.status, (await response.json())["error"]) == (status, error)


@pytest.mark.parametrize(
    "text, accepted", [("好", True), ("字" * 2000, True), ("", False), (" \n ", False), ("字" * 2001, False)]
)
async def test_a_message_has_words_and_an_end(at_work: AtWork, floor: Floor, text: str, accepted: bool) -> None:
    page = await at_work("lin")
    talk, epoch = await floor.waits()
    epoch = (await page.post(f"/api/conversations/{talk}/take", {"epoch": epoch}))[1]["epoch"]
    message = {"epoch": epoch, "client_msg_id": "m-0000001", "text": text}
    status, said = await page.post(f"/api/conversations/{talk}/messages", message)
    assert (status, said.get("error")) == ((200, None) if accepted else (422, "invalid_request"))


async def test_what_does_not_exist_is_said_in_json(at_work: AtWork) -> None:
    page = await at_work("lin")
    for path in ("/api/conversations/nothing", "/api/conversations/nothing/messages", "/admin", "/api/session/1"):
        status, said = await page.get(path)
        assert (status, said["error"], said["message"]) == (404, "not_found", "没有找到。")
    assert (await page.get("/api/session"))[1]["error"] == "method_not_allowed"
    talk = "/api/conversations/nothing"
    assert (await page.get(f"{talk}/messages", after="-1"))[0] in (404, 422)


async def test_every_answer_forbids_what_our_pages_do_not_need(at_work: AtWork) -> None:
    page = await at_work("lin")
    for path in ("/api/me", "/ready", "/nothing"):
        async with page.http.get(path) as response:
            policy = response.headers["Content-Security-Policy"]
            assert "script-src 'self'" in policy and "unsafe" not in policy
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert response.headers["Content-Type"] == "application/json"
            assert "Server" not in response.headers


async def test_the_pages_are_served_as_they_were_built(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<title>灯塔</title>", encoding="utf-8")
    (tmp_path / "assets" / "index-4f2a.js").write_text("run()", encoding="utf-8")
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    async with listening(create_app(desk, tmp_path)) as base, Browser(base) as page:
        for path in ("/", "/wall", "/tickets", "/tickets/TS260000000001"):
            async with page.http.get(path) as response:
                assert (response.status, response.headers["Cache-Control"]) == (200, "no-cache")
                assert "script-src 'self'" in response.headers["Content-Security-Policy"]
        async with page.http.get("/assets/index-4f2a.js") as response:
            assert (await response.text(), response.content_type) == ("run()", "text/javascript")
            assert "immutable" in response.headers["Cache-Control"]
        for path in ("/assets/nothing.js", "/assets/%2e%2e/secret.txt", "/assets/..%2fsecret.txt", "/secret.txt"):
            async with page.http.get(URL(path, encoded=True)) as response:
                assert (response.status, (await response.json())["error"]) == (404, "not_found")


async def test_an_outage_is_told_as_an_outage(desk: Desk) -> None:
    away = connect("postgresql://nobody@127.0.0.1:1/nothing", 1.0)
    async with listening(create_app(replace(desk, sessions=Sessions(away, False, real_time)))) as base:
        async with Browser(base) as page:
            status, said = await page.log_in("lin")
            assert (status, said["error"]) == (503, "unavailable")
            assert (await page.get("/ready"))[0] == 503


async def test_a_fault_of_ours_tells_nothing_about_the_inside(
    at_work: AtWork, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    page = await at_work("lin")
    monkeypatch.setattr("dengta.desk.sessions.Sessions.saw", _fails)
    status, said = await page.send("PUT", "/api/presence", {"status": "online"})
    assert (status, said) == (500, {"error": "internal", "message": "系统出错，操作没有完成，请稍后重试。"})
    assert "RuntimeError at test_requests.py" in caplog.text and "19900001234" not in caplog.text


async def _fails(*_: Any) -> None:
    raise RuntimeError("19900001234")
