"""Accounts in the pages: choosing one's own password, and what an admin does with everybody's; all of it on record."""
import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.engine import Engine

from dengta.database import reading
from dengta.desk.passwords import WeakPassword, check, generate
from dengta.privacy.tables import audit as trail
from tests.desk.conftest import PASSWORD, Browser, Clock
from tests.handoff.floor import Floor

AtWork = Callable[..., Awaitable[Browser]]
Open = Callable[[], Browser]
CHOSEN = "lighthouse keeper 7"
ZHAO = {"id": "zhao", "name": "赵一", "role": "agent", "groups": ["fees"], "capacity": 4}


def on_record(engine: Engine) -> list[tuple[str, str, str]]:
    """Return what was done by whom to whom."""
    with reading(engine) as session:
        entries = session.execute(select(trail.c.event, trail.c.actor, trail.c.subject).order_by(trail.c.id))
        return [tuple(entry) for entry in entries]


async def test_an_agent_chooses_another_password(at_work: AtWork, browser: Open, engine: Engine) -> None:
    page, other = await at_work("lin"), browser()
    await other.log_in("lin")
    assert await page.send("PUT", "/api/password", {"old": PASSWORD, "new": CHOSEN}) == (204, None)
    assert (await page.get("/api/me"))[0] == 200
    assert (await other.get("/api/me"))[0] == 401, "the other sessions have ended"
    assert [(await browser().log_in("lin", word))[0] for word in (PASSWORD, CHOSEN)] == [401, 201]
    assert on_record(engine) == [("password_changed", "lin", "agent lin")]


async def test_without_the_old_password_nothing_changes(at_work: AtWork, browser: Open, engine: Engine) -> None:
    page = await at_work("lin")
    for _ in range(6):
        status, said = await page.send("PUT", "/api/password", {"old": "a guess", "new": CHOSEN})
        assert (status, said["error"]) == (403, "password_wrong")
    status, said = await page.send("PUT", "/api/password", {"old": PASSWORD, "new": CHOSEN})
    assert (status, said["error"]) == (403, "password_wrong"), "guesses are counted here as well"
    assert "原密码不正确" in said["message"]
    assert on_record(engine) == []


@pytest.mark.parametrize(
    "chosen",
    ["short 7", "a" * 11 + "7", "abababababab77", "onlyletters", "keeper of lin 77", PASSWORD, "x7" * 65],
)
async def test_weak_passwords_are_refused(at_work: AtWork, browser: Open, chosen: str) -> None:
    page = await at_work("lin")
    status, said = await page.send("PUT", "/api/password", {"old": PASSWORD, "new": chosen})
    assert (status, said["error"]) == (422, "weak_password")
    assert "12 到 128 个字符" in said["message"]
    assert (await browser().log_in("lin"))[0] == 201


def test_generated_passwords_keep_the_rules() -> None:
    for _ in range(50):
        check(generate(), "", "lin")
    with pytest.raises(WeakPassword):
        check("灯塔灯塔灯塔灯塔灯塔灯塔", "", "lin")


async def test_a_new_agent_has_to_choose_a_password_first(at_work: AtWork, browser: Open, engine: Engine) -> None:
    admin, zhao = await at_work("an", role="admin"), browser()
    status, said = await admin.post("/api/agents", ZHAO)
    assert status == 201
    _, login = await zhao.log_in("zhao", said["password"])
    assert login["must_change_password"] is True
    status, refused = await zhao.get("/api/queue")
    assert (status, refused["error"]) == (403, "password_expired")
    await zhao.send("PUT", "/api/password", {"old": said["password"], "new": CHOSEN})
    assert (await zhao.get("/api/queue"))[0] == 200
    assert (await zhao.get("/api/me"))[1]["must_change_password"] is False
    assert on_record(engine) == [("agent_added", "an", "agent zhao"), ("password_changed", "zhao", "agent zhao")]


async def test_an_admin_sees_and_changes_who_works_here(at_work: AtWork, floor: Floor, engine: Engine) -> None:
    admin, lin = await at_work("an", role="admin"), await at_work("lin", "general")
    new = {"name": "林小", "role": "lead", "groups": ["general", "fees"], "capacity": 7}
    assert await admin.send("PUT", "/api/agents/lin", new) == (204, None)
    account = next(each for each in (await admin.get("/api/agents"))[1]["agents"] if each["id"] == "lin")
    assert {key: account[key] for key in new} == new and account["disabled"] is False
    assert PASSWORD not in str(account) and "argon2" not in str(account)
    me = (await lin.get("/api/me"))[1]
    assert (me["agent"]["role"], "wall" in me["permissions"]) == ("lead", True), "at once, without logging in again"
    talk, epoch = await floor.waits("fees")
    assert (await lin.post(f"/api/conversations/{talk}/take", {"epoch": epoch}))[0] == 200
    assert on_record(engine) == [("agent_changed", "an", "agent lin")]


async def test_a_password_is_reset(at_work: AtWork, browser: Open) -> None:
    admin, lin = await at_work("an", role="admin"), await at_work("lin")
    _, said = await admin.post("/api/agents/lin/reset", {})
    assert (await lin.get("/api/me"))[0] == 401
    assert [(await browser().log_in("lin", word))[0] for word in (PASSWORD, said["password"])] == [401, 201]


async def test_who_is_disabled_is_out_and_their_customers_wait_again(
    at_work: AtWork, browser: Open, floor: Floor
) -> None:
    admin, lin = await at_work("an", role="admin"), await at_work("lin")
    assert (await admin.post("/api/agents/lin/disable", {}))[0] == 204
    assert (await lin.get("/api/me"))[0] == 401
    assert await floor.queue.online() == ()
    assert (await browser().log_in("lin"))[0] == 401
    assert (await admin.post("/api/agents/lin/enable", {}))[0] == 204
    assert (await browser().log_in("lin"))[0] == 201


async def test_nobody_takes_their_own_rights_or_those_of_the_last_admin(at_work: AtWork, engine: Engine) -> None:
    an, bo = await at_work("an", role="admin"), await at_work("bo", role="admin")
    demoted = {"name": "安然", "role": "agent", "groups": ["general"], "capacity": 5}
    for method, path, body in (
        ("POST", "/api/agents/an/disable", {}),
        ("POST", "/api/agents/an/reset", {}),
        ("PUT", "/api/agents/an", demoted),
    ):
        status, said = await an.send(method, path, body)
        assert (status, said["error"]) == (409, "own_account")
    # Both want the other one out at the same moment: one of them stays.
    answers = await asyncio.gather(an.post("/api/agents/bo/disable", {}), bo.post("/api/agents/an/disable", {}))
    assert sorted(status for status, _ in answers) in ([204, 401], [204, 409])
    assert [event for event, _, _ in on_record(engine)] == ["agent_disabled"]


@pytest.mark.parametrize(
    "changed, status, error",
    [
        ({"id": "lin"}, 409, "agent_exists"),
        ({"id": "<b>"}, 422, "agent_id"),
        ({"name": " "}, 422, "agent_name"),
        ({"role": "boss"}, 422, "agent_role"),
        ({"groups": ["nonsense"]}, 422, "unknown_group"),
        ({"groups": []}, 422, "agent_groups"),
        ({"capacity": 0}, 422, "agent_capacity"),
        ({"demo": True}, 422, "invalid_request"),
    ],
)
async def test_an_account_that_makes_no_sense_is_refused(
    at_work: AtWork, changed: dict[str, Any], status: int, error: str, engine: Engine
) -> None:
    admin = await at_work("an", role="admin")
    await at_work("lin")
    got, said = await admin.post("/api/agents", {**ZHAO, **changed})
    assert (got, said["error"]) == (status, error)
    assert [each["id"] for each in (await admin.get("/api/agents"))[1]["agents"]] == ["an", "lin"]
    assert on_record(engine) == []


async def test_a_script_in_a_name_stays_text(at_work: AtWork) -> None:
    admin = await at_work("an", role="admin")
    script = "<img src=x onerror=alert(1)>"
    assert (await admin.post("/api/agents", {**ZHAO, "name": script}))[0] == 201
    async with admin.http.get("/api/agents") as response:
        assert response.headers["Content-Type"] == "application/json"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert script in [each["name"] for each in (await response.json())["agents"]]


@pytest.mark.parametrize("role", ["agent", "lead", "quality"])
async def test_only_admins_see_accounts(at_work: AtWork, role: str, clock: Clock) -> None:
    page = await at_work("lin", role=role)
    assert (await page.get("/api/agents"))[1]["error"] == "not_allowed"
    for path in ("", "/lin/reset", "/lin/disable", "/lin/enable"):
        assert (await page.post(f"/api/agents{path}", ZHAO))[1]["error"] == "not_allowed"
