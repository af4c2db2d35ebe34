"""Getting in and staying in: passwords, locks, sessions that end, and requests that were not sent by our pages."""
import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.engine import Engine

from dengta.database import reading, writing
from dengta.desk import agents
from dengta.desk.dispatch import COOKIE
from dengta.desk.roles import ROLES
from dengta.desk.tables import agent, desk_session
from dengta.handoff.rules import rules
from tests.desk.conftest import PASSWORD, Browser, Clock
from tests.handoff.floor import Floor

Open = Callable[[], Browser]
Hire = Callable[..., Any]


async def test_an_agent_logs_in_and_out(browser: Open, hire: Hire) -> None:
    hire("lin", name="林晓", groups=("general", "fees"))
    page = browser()
    status, said = await page.log_in("lin")

    assert status == 201
    assert said["agent"] == {"id": "lin", "name": "林晓", "role": "agent", "groups": ["general", "fees"], "capacity": 5}
    assert "serve" in said["permissions"] and "wall" not in said["permissions"]
    assert (await page.get("/api/me"))[1]["agent"]["id"] == "lin"
    cookie = page.cookie
    assert (await page.send("DELETE", "/api/session"))[0] == 204
    page.http.cookie_jar.update_cookies({COOKIE: str(cookie)})
    assert await page.get("/api/me") == (401, {"error": "login_required", "message": "登录已失效，请重新登录。"})


async def test_what_an_agent_does_outlives_a_reload_but_not_a_long_absence(
    browser: Open, hire: Hire, floor: Floor
) -> None:
    hire("lin")
    page = browser()
    assert (await page.log_in("lin"))[1]["presence"] == "offline"
    await page.send("PUT", "/api/presence", {"status": "break"})
    assert (await page.get("/api/me"))[1]["presence"] == "break"
    floor.later(seconds=61)
    assert (await page.log_in("lin"))[1]["presence"] == "offline"


async def test_everybody_knows_the_names_of_the_skill_groups(browser: Open, hire: Hire) -> None:
    for role in ROLES:
        hire(role, role)
        _, said = await browser().log_in(role)
        assert {"id": "fees", "name": rules().groups["fees"].name} in said["groups"]


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(base: str, browser: Open, hire: Hire) -> None:
    hire("lin")
    page = browser()
    body = {"agent_id": "lin", "password": PASSWORD}
    for proxy, secure in ((None, False), ("https", True)):
        forwarded = {"X-Forwarded-Proto": proxy, "Origin": base.replace("http:", "https:")} if proxy else page.headers
        async with page.http.post("/api/session", json=body, headers=forwarded) as response:
            attributes = response.headers["Set-Cookie"].lower()
        assert "httponly" in attributes and "samesite=strict" in attributes
        assert ("secure" in attributes) == secure


async def test_the_id_in_the_database_logs_nobody_in(browser: Open, hire: Hire, engine: Engine) -> None:
    hire("lin")
    page = browser()
    await page.log_in("lin")
    with reading(engine) as session:
        key = session.execute(select(desk_session.c.key)).scalar_one()
    thief = browser()
    thief.http.cookie_jar.update_cookies({COOKIE: key})
    assert (await thief.get("/api/me"))[0] == 401


async def test_nobody_learns_whether_an_agent_exists(browser: Open, hire: Hire, dismiss: Callable[[str], None]) -> None:
    hire("lin")
    hire("gone")
    hire("demo-lin", demo=True)
    dismiss("gone")
    tries = [("lin", "wrong"), ("nobody", PASSWORD), ("gone", PASSWORD), ("demo-lin", PASSWORD), ("", ""), ("\0", "")]
    answers = [await browser().log_in(agent_id, password) for agent_id, password in tries]
    assert {status for status, _ in answers} == {401}
    assert len({str(said) for _, said in answers}) == 1


async def test_after_five_wrong_passwords_the_right_one_has_to_wait(browser: Open, hire: Hire, clock: Clock) -> None:
    hire("lin")
    page = browser()
    for _ in range(5):
        assert (await page.log_in("lin", "wrong"))[0] == 401
    assert (await page.log_in("lin"))[0] == 401
    clock.passes(minutes=14)
    assert (await page.log_in("lin"))[0] == 401
    clock.passes(minutes=2)
    assert (await page.log_in("lin"))[0] == 201


async def test_trying_in_parallel_gives_no_more_tries(browser: Open, hire: Hire, engine: Engine) -> None:
    hire("lin")
    guesses = [browser().log_in("lin", f"wrong-{n}") for n in range(12)]
    await asyncio.gather(*guesses)
    with reading(engine) as session:
        row = session.execute(select(agent)).one()
    assert (row.failed, row.locked_until is not None) == (5, True)


async def test_a_right_password_forgives_the_wrong_ones_before(browser: Open, hire: Hire) -> None:
    hire("lin")
    page = browser()
    for _ in range(3):
        for _ in range(4):
            await page.log_in("lin", "wrong")
        assert (await page.log_in("lin"))[0] == 201


async def test_logging_in_again_ends_the_session_before(browser: Open, hire: Hire) -> None:
    hire("lin")
    page, other = browser(), browser()
    await page.log_in("lin")
    before = page.cookie
    await page.log_in("lin")
    assert page.cookie != before
    other.http.cookie_jar.update_cookies({COOKIE: str(before)})
    assert (await other.get("/api/me"))[0] == 401


async def test_a_session_ends_when_nothing_is_done_and_after_a_day_of_work(
    browser: Open, hire: Hire, clock: Clock
) -> None:
    hire("lin")
    page = browser()
    await page.log_in("lin")
    for _ in range(10):  # looking is not doing
        clock.passes(minutes=4)
        status, _ = await page.get("/api/me")
    assert status == 401


async def test_another_password_and_leaving_end_all_sessions(
    browser: Open, hire: Hire, dismiss: Callable[[str], None], engine: Engine
) -> None:
    hire("lin")
    hire("wu")
    lin, wu = browser(), browser()
    await lin.log_in("lin")
    await wu.log_in("wu")
    with writing(engine) as session:
        agents.set_password(session, "lin", "another-password")
    dismiss("wu")
    assert [(await page.get("/api/me"))[0] for page in (lin, wu)] == [401, 401]
    assert (await lin.log_in("lin", "another-password"))[0] == 201


@pytest.mark.parametrize(
    "forged, error",
    [
        ({"Origin": "https://evil.example"}, "origin_forbidden"),
        ({"Origin": "null"}, "origin_forbidden"),
        ({"Origin": ""}, "origin_forbidden"),
        ({"X_CSRF_Token": "0" * 43}, "csrf_invalid"),
        ({"X_CSRF_Token": ""}, "csrf_invalid"),
        ({"X_CSRF_Token": "é"}, "csrf_invalid"),
    ],
)
async def test_what_our_pages_did_not_send_is_refused(
    browser: Open, hire: Hire, forged: dict[str, str], error: str
) -> None:
    hire("lin")
    page = browser()
    await page.log_in("lin")
    status, said = await page.send("DELETE", "/api/session", **forged)
    assert (status, said["error"]) == (403, error)
    assert (await page.get("/api/me"))[0] == 200, "nothing was changed"


async def test_somebody_elses_token_is_refused(browser: Open, hire: Hire) -> None:
    hire("lin")
    hire("wu")
    lin, wu = browser(), browser()
    await lin.log_in("lin")
    await wu.log_in("wu")
    status, said = await lin.send("DELETE", "/api/session", X_CSRF_Token=wu.csrf_token)
    assert (status, said["error"]) == (403, "csrf_invalid")


async def test_no_password_and_no_token_is_logged(
    browser: Open, hire: Hire, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "dengta")
    hire("lin")
    page = browser()
    await page.log_in("lin", "my-guess-of-it")
    await page.log_in("lin")
    await page.send("DELETE", "/api/session", X_CSRF_Token="f" * 43)
    assert "csrf_invalid" in caplog.text and "agent lin" in caplog.text
    for secret in ("my-guess", PASSWORD, "f" * 43, str(page.cookie), page.csrf_token):
        assert secret not in caplog.text
