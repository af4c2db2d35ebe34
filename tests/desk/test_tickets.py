"""Tickets at the desk: opened from a conversation once, worked on by their group, refused with what would be needed."""
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from dengta.settings import settings
from tests.desk.conftest import Browser
from tests.desk.test_events import stream
from tests.handoff.floor import Floor

AtWork = Callable[..., Awaitable[Browser]]
COMPLAINT = {
    "client_key": "t-0000001",
    "kind": "complaint",
    "cause": "fees",
    "description": "客户 19900001234 对提前结清的费用有异议",
    "evidence": [1],
}
REMEDIES = ["review", "mediation", "arbitration", "litigation"]


async def opened(page: Browser, floor: Floor, **details: Any) -> str:
    """Open a complaint, with other details if wanted; return the ticket's path."""
    talk, _ = await floor.waits()
    status, said = await page.post(f"/api/conversations/{talk}/tickets", {**COMPLAINT, **details})
    assert status == 200
    return f"/api/tickets/{said['ticket']['ticket_no']}"


async def test_a_complaint_from_its_opening_to_its_end(at_work: AtWork, floor: Floor) -> None:
    lin, he = await at_work("lin", "general"), await at_work("he", "escalated", role="lead")
    path = await opened(lin, floor)
    (listed,) = (await he.get("/api/tickets", scope="free"))[1]["tickets"]
    assert (listed["kind"], listed["state"], listed["owner_id"]) == ("complaint", "open", None)

    mine = {"version": 1, "group": "escalated", "owner_id": "he"}
    version = (await he.post(f"{path}/assign", mine))[1]["version"]
    assert [each["ticket_no"] for each in (await he.get("/api/tickets"))[1]["tickets"]] == [listed["ticket_no"]]
    for state in ("accepted", "in_progress"):
        version = (await he.post(f"{path}/move", {"version": version, "to": state}))[1]["version"]
    answer = {"version": version, "reply": "已核对，多收的费用将退回", "remedies": ["review"]}
    status, said = await he.post(f"{path}/answer", answer)
    assert (status, said["error"], said["remedies"]) == (422, "remedies_missing", sorted(set(REMEDIES) - {"review"}))
    version = (await he.post(f"{path}/answer", {**answer, "remedies": REMEDIES}))[1]["version"]
    choices = (await he.get("/api/tickets/choices"))[1]
    closing = {"version": version, "outcome": next(iter(choices["outcomes"]["answered"])), "why": "客户认可"}
    assert (await he.post(f"{path}/close", closing))[0] == 200

    ticket = (await he.get(path))[1]
    assert (ticket["summary"]["state"], ticket["evidence"][0]["seq"]) == ("closed", 1)
    assert [entry["event"] for entry in ticket["history"]] == [
        "opened", "assigned", "moved", "moved", "answered", "closed"
    ]
    assert "199****1234" in ticket["description"] and "19900001234" not in json.dumps(ticket)
    assert (await he.get("/api/tickets"))[1]["tickets"] == []
    (closed,) = (await he.get("/api/tickets", state="closed", number=listed["ticket_no"][-4:].lower()))[1]["tickets"]
    assert (closed["ticket_no"], closed["due_at"]) == (listed["ticket_no"], None)


async def test_what_is_sent_twice_opens_one_ticket(at_work: AtWork, floor: Floor) -> None:
    page = await at_work("lin")
    talk, _ = await floor.waits()
    said = [(await page.post(f"/api/conversations/{talk}/tickets", COMPLAINT))[1] for _ in range(2)]
    assert [each["repeated"] for each in said] == [False, True]
    assert said[0]["ticket"] == said[1]["ticket"]


async def test_who_saw_an_older_version_changes_nothing(at_work: AtWork, floor: Floor) -> None:
    page = await at_work("lin", "general", "escalated")
    path = await opened(page, floor)
    assert (await page.post(f"{path}/move", {"version": 1, "to": "accepted"}))[1] == {"version": 2}
    status, said = await page.post(f"{path}/move", {"version": 1, "to": "closed"})
    assert (status, said["error"], said["version"]) == (409, "ticket_changed", 2)
    status, said = await page.post(f"{path}/move", {"version": 2, "to": "answered"})
    assert (status, said["error"], said["present"]) == (409, "ticket_state", "accepted")


async def test_an_extension_needs_somebody_who_may_approve_it(at_work: AtWork, floor: Floor) -> None:
    agent, lead = await at_work("lin", "general", "escalated"), await at_work("he", "escalated", role="lead")
    path = await opened(agent, floor)
    longer = {"version": 1, "days": 30, "why": "需要调取录音", "approval": "审批单 2026-118"}
    status, said = await agent.post(f"{path}/extend", longer)
    assert (status, said["error"], said["reason"]) == (409, "extension_refused", "not_approver")
    assert (await lead.post(f"{path}/extend", longer))[1] == {"version": 2}
    date = {"version": 2, "day": "2026-12-01", "why": "监管转办单 118 号"}
    assert (await lead.post(f"{path}/regulator-date", date))[1] == {"version": 3}


async def test_a_ticket_says_what_may_be_done_next_and_by_which_rule_when(at_work: AtWork, floor: Floor) -> None:
    agent, admin = await at_work("lin", "general", "escalated"), await at_work("an", role="admin")
    path = await opened(agent, floor)
    for page, open_to_them in ((agent, True), (admin, False)):
        ticket = (await page.get(path))[1]
        assert (ticket["moves"], ticket["extension"]) == (
            ["accepted", "closed"], {"days": 30, "approvers": ["lead", "admin"]}
        )
        assert ticket["conversation"]["open"] is open_to_them
        assert (ticket["evidence"][0]["author"], ticket["evidence"][0]["text"]) == ("customer", "转人工")
        acceptance, reply = ticket["deadlines"]
        assert (acceptance["goal"], acceptance["due_at"][:10]) == ("accepted", "2026-11-22")
        assert acceptance["missed"] is False
        assert (reply["due_at"][:10], reply["days"], reply["version"]) == ("2026-12-07", 15, 1)
        assert "投诉处理管理办法" in reply["source"]
        assert ticket["customer"] is None
    await agent.post(f"{path}/move", {"version": 1, "to": "closed"})
    assert (await agent.get(path))[1]["moves"] == ["accepted", "closed"]  # nothing was said about the outcome


async def test_messages_become_evidence_later_if_the_agent_may_read_them(at_work: AtWork, floor: Floor) -> None:
    agent, other = await at_work("lin", "general", "escalated"), await at_work("wu", "escalated")
    path = await opened(agent, floor)
    talk, _ = await floor.waits()
    await floor.log.receive(talk, "c2", {"text": "验证码别的人也收到了 13812345678"})
    new = {"version": 1, "conversation_id": talk, "seqs": [3]}
    assert (await other.post(f"{path}/evidence", new))[1]["error"] == "not_in_group"
    for wrong, code in (({"seqs": []}, "invalid_request"), ({"seqs": [99]}, "invalid_request")):
        assert (await agent.post(f"{path}/evidence", {**new, **wrong}))[1]["error"] == code
    assert (await agent.post(f"{path}/evidence", new))[1] == {"version": 2}
    ticket = (await other.get(path))[1]
    assert sorted(each["text"] for each in ticket["evidence"]) == ["转人工", "验证码别的人也收到了 138****5678"]
    assert ticket["history"][-1]["detail"] == {"conversation_id": talk, "evidence": [3]}


async def test_a_list_is_by_scope_kind_state_and_time_and_has_pages(
    at_work: AtWork, floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = await at_work("lin", "general", "escalated")
    other, admin = await at_work("wu", "fees"), await at_work("an", role="admin")
    first = await opened(agent, floor, client_key="t-1000001")
    second = await opened(agent, floor, client_key="t-1000002")
    third = await opened(agent, floor, client_key="t-1000003", kind="certificate", cause="invoice")
    await agent.post(f"{second}/assign", {"version": 1, "group": "escalated", "owner_id": "lin"})
    await agent.post(f"{third}/move", {"version": 1, "to": "in_progress"})
    monkeypatch.setattr("dengta.desk.api.tickets.PAGE", 2)

    async def found(by: Browser = agent, **wanted: Any) -> list[str]:
        status, said = await by.get("/api/tickets", **wanted)
        assert status == 200
        assert said["total"] >= len(said["tickets"])
        return [f"/api/tickets/{each['ticket_no']}" for each in said["tickets"]]

    assert await found() == [second]
    assert await found(scope="free") == [first, third]
    assert await found(scope="free", kind="certificate") == await found(scope="all", state="in_progress") == [third]
    assert await found(scope="all", page=2) == [third]
    assert len(await found(scope="all")) == 2 and await found(scope="all", page=3) == []
    assert await found(other, scope="all") == [] and await found(admin, scope="all", page=2) == [third]
    assert await found(scope="all", passed=80) == []
    monkeypatch.setenv("DENGTA_DEMO_NOW", "2026-11-22T22:00:00")
    settings.cache_clear()
    assert sorted(await found(scope="all", passed=80)) == sorted([first, second])
    assert (await agent.get("/api/tickets/pressing"))[1] == {
        "mine": {"late": 0, "soon": 1}, "all": {"late": 0, "soon": 2}
    }
    for wrong in ({"scope": "everything"}, {"passed": 70}, {"page": 0}, {"page": "x"}, {"colour": "red"}):
        status, said = await agent.get("/api/tickets", **wrong)
        assert (status, said["error"]) == (422, "invalid_request")


async def test_who_complains_for_a_customer_is_kept_and_masked(at_work: AtWork, floor: Floor) -> None:
    agent = await at_work("lin", "general", "escalated")
    path = await opened(agent, floor, authorisation="代理人李四 19900004321，委托书原件")
    ticket = (await agent.get(path))[1]
    assert (ticket["complainant"], ticket["verified"]) == ("agent", False)
    assert "199****4321" in ticket["authorisation"] and "委托书原件" in ticket["authorisation"]


async def test_who_works_on_a_ticket_hears_of_it_and_nobody_else(at_work: AtWork, floor: Floor) -> None:
    agent, escalated = await at_work("lin", "general"), await at_work("he", "escalated")
    other, admin = await at_work("wu", "fees"), await at_work("an", role="admin")
    async with stream(escalated) as theirs, stream(other) as others, stream(admin) as all_tickets:
        for each in (theirs, others, all_tickets):
            await each.until("open")
        path = await opened(agent, floor)
        number = path.rpartition("/")[2]
        for each in (theirs, all_tickets):
            seen = await each.until("ticket", ticket_no=number, state="open", group="escalated")
            assert "message" not in [kind for _, kind, _ in seen]
        await escalated.post(f"{path}/assign", {"version": 1, "group": "collection"})
        await theirs.until("ticket", ticket_no=number, group="collection")
        await other.send("PUT", "/api/presence", {"status": "break"})
        seen = await others.until("presence", agent_id="wu", status="break")
        assert "ticket" not in [kind for _, kind, _ in seen]


async def test_a_reply_that_must_not_be_said_is_refused(at_work: AtWork, floor: Floor) -> None:
    agent = await at_work("lin", "general")
    path = await opened(agent, floor, kind="certificate", cause="settlement")
    promise = {"version": 1, "reply": "保证给您审批通过", "remedies": []}
    status, said = await agent.post(f"{path}/answer", promise)
    assert (status, said["error"], said["warnings"][0]["rule"]) == (422, "draft_refused", "promise")
    ticket = (await agent.get(path))[1]
    assert (ticket["summary"]["version"], len(ticket["history"])) == (1, 1)


async def test_another_groups_ticket_is_out_of_reach(at_work: AtWork, floor: Floor) -> None:
    page, other = await at_work("lin"), await at_work("wu", "fees")
    path = await opened(page, floor)
    for method, where, body in (
        ("GET", path, None),
        ("POST", f"{path}/move", {"version": 1, "to": "accepted"}),
        ("GET", "/api/tickets?group=escalated", None),
    ):
        status, said = await other.send(method, where, body)
        assert (status, said["error"]) == (403, "not_in_group")


@pytest.mark.parametrize(
    "change, detail",
    [
        ({"kind": "nonsense"}, "kind: unknown"),
        ({"cause": "nonsense"}, "cause: unknown"),
        ({"description": " "}, "description: missing"),
        ({"evidence": [99]}, "evidence: unknown"),
    ],
)
async def test_a_ticket_that_makes_no_sense_is_not_opened(
    at_work: AtWork, floor: Floor, change: dict[str, Any], detail: str
) -> None:
    page = await at_work("lin", "general", "escalated")
    talk, _ = await floor.waits()
    status, said = await page.post(f"/api/conversations/{talk}/tickets", {**COMPLAINT, **change})
    assert (status, said["error"], said["detail"]) == (422, "invalid_request", detail)
    assert (await page.get("/api/tickets", scope="all", state="any"))[1]["tickets"] == []


async def test_a_ticket_goes_to_somebody_of_its_group(
    at_work: AtWork, floor: Floor, dismiss: Callable[[str], None]
) -> None:
    page = await at_work("lin", "general", "escalated")
    await at_work("wu", "fees")
    path = await opened(page, floor)
    await at_work("qi", "escalated", role="quality")
    await at_work("gone", "escalated")
    dismiss("gone")
    people = {each["id"]: each["groups"] for each in (await page.get("/api/tickets/choices"))[1]["people"]}
    assert people == {"lin": ["general", "escalated"], "wu": ["fees"], "qi": [], "gone": []}
    for owner, group in (
        ("wu", "escalated"), ("nobody", "escalated"), ("lin", "nonsense"), ("qi", "escalated"), ("gone", "escalated")
    ):
        status, _ = await page.post(f"{path}/assign", {"version": 1, "group": group, "owner_id": owner})
        assert status == 422
    assert (await page.get("/api/tickets/TS000000000000"))[0] == 404
