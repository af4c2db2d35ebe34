"""The copilot over HTTP: what it suggests, what it finds in drafts, what is kept back, and what became of proposals."""
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from dengta.desk.desk import Desk
from dengta.handoff.approved import phrase
from dengta.handoff.copilot.rules import rules
from dengta.handoff.copilot.tables import copilot_use
from tests.desk.conftest import Browser
from tests.desk.test_reading import bind
from tests.handoff.copilot.systems import Model
from tests.handoff.floor import Floor

AtWork = Callable[..., Awaitable[Browser]]
PROMISE = "您放心，我保证给您减免"
HOW_TO_REPAY = phrase("utter_faq/repay_methods", "standard")


@dataclass
class Case:
    """A conversation its agent has taken; the customer's question is message `seq`."""

    page: Browser
    floor: Floor
    talk: str
    epoch: int
    seq: int
    sent: int = 0

    @property
    def path(self) -> str:
        return f"/api/conversations/{self.talk}"

    @property
    def suggestion(self) -> str:
        return f"{self.path}/suggestions/{self.seq}"

    async def say(self, text: str) -> tuple[int, Any]:
        """Send a message."""
        self.sent += 1
        body = {"epoch": self.epoch, "client_msg_id": f"message-{self.sent}", "text": text}
        return await self.page.post(f"{self.path}/messages", body)

    async def check(self, text: str, **more: Any) -> list[str]:
        """Return the rules a draft breaks."""
        status, said = await self.page.post(f"{self.path}/draft/check", {"text": text, **more})
        assert status == 200, said
        return [each["rule"] for each in said["warnings"]]

    def outcomes(self) -> list[tuple[str, str, str]]:
        """Return what is on record."""
        return [(row.agent_id, row.reading, row.outcome) for row in self.floor.rows(copilot_use)]


@pytest.fixture
def taken(at_work: AtWork, floor: Floor) -> Callable[..., Awaitable[Case]]:
    """Let a customer ask, wait for a person, and be taken."""

    async def taken(agent: str = "lin", text: str = "怎么还款", group: str = "general") -> Case:
        page = await at_work(agent, group, name="林晓")
        talk, epoch = await floor.waits(group)
        seq = (await floor.log.receive(talk, "q1", {"text": text})).seq
        epoch = (await page.post(f"/api/conversations/{talk}/take", {"epoch": epoch}))[1]["epoch"]
        return Case(page, floor, talk, epoch, seq)

    return taken


Taken = Callable[..., Awaitable[Case]]


async def test_a_message_is_understood_and_answered_in_approved_words(taken: Taken, model: Model) -> None:
    case = await taken()
    model.means("faq/repay_methods", "query_bill")
    status, told = await case.page.get(case.suggestion)
    assert (status, told["reading"], told["answer"]) == (200, "faq/repay_methods", HOW_TO_REPAY)
    assert [(each["reading"], each["confidence"]) for each in told["meanings"]] == [
        ("faq/repay_methods", 0.9),
        ("query_bill", 0.45),
    ]
    assert told["down"] == []


async def test_figures_of_a_verified_customer_say_where_they_are_from_and_as_of_when(
    taken: Taken, floor: Floor, model: Model, desk: Desk
) -> None:
    case = await taken(text="我还有多少没还")
    model.means("request_partial_repayment")
    assert (await case.page.get(case.suggestion))[1]["figures"] == [], "nobody is verified"
    customer = (await desk.backends.customer.by_phone("19900000008")).value
    bind(floor, case.talk, customer.customer_id)
    told = (await case.page.get(case.suggestion))[1]
    assert {"label": "灯塔极速贷（尾号 4038）第 5 期应还", "value": "1,079.71", "source": "还款计划"} in told["figures"]
    assert told["at"] == "2026-11-22T10:00:00+08:00"


async def test_a_model_that_is_down_is_told_and_the_desk_goes_on(taken: Taken) -> None:
    case = await taken()
    status, told = await case.page.get(case.suggestion)
    assert (status, told["meanings"], told["answer"]) == (200, [], None)
    assert told["down"] == [rules().down["understanding"]]
    assert await case.check(PROMISE) == ["promise"]
    assert (await case.say("我来帮您查"))[0] == 200


async def test_an_action_server_that_is_down_is_told(taken: Taken, model: Model) -> None:
    case = await taken(text="这个月还多少")
    model.means("query_bill")
    told = (await case.page.get(case.suggestion))[1]
    assert (told["reading"], told["answer"], told["down"]) == ("query_bill", None, [rules().down["answers"]])


@pytest.mark.parametrize("seq", ["0", "1", "999", "99999999999", "x"])
async def test_only_messages_of_the_customer_can_be_asked_about(taken: Taken, model: Model, seq: str) -> None:
    case = await taken()
    model.means("greet")
    if seq == "1":
        seq = str((await case.say("您好"))[1]["seq"])
    status, said = await case.page.get(f"{case.path}/suggestions/{seq}")
    assert (status, said["error"]) == ((422, "invalid_request") if seq == "x" else (404, "not_found"))
    if seq.isdigit() and int(seq):
        assert (await case.page.post(f"{case.path}/suggestions/{seq}/outcome", {}))[0] == 404
    assert case.outcomes() == []


async def test_a_draft_is_looked_over(taken: Taken, floor: Floor, desk: Desk, model: Model) -> None:
    case = await taken()
    assert await case.check("您好，我是林晓") == []
    assert await case.check("您这期应还 1,079.71 元") == ["unverified"]
    customer = (await desk.backends.customer.by_phone("19900000008")).value
    bind(floor, case.talk, customer.customer_id)
    assert await case.check("您这期应还 1,079.71 元") == []
    assert await case.check("您这期应还 1,097.71 元，" + PROMISE, seq=case.seq) == ["unknown_sum", "promise"]
    for body, refused in (({"text": "应还 5 元", "seq": 999}, "not_found"), ({"text": "长" * 4001}, "invalid_request")):
        assert (await case.page.post(f"{case.path}/draft/check", body))[1]["error"] == refused


async def test_what_must_not_be_said_is_kept_back(taken: Taken, floor: Floor, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    case = await taken()
    before = await floor.said(case.talk)
    status, said = await case.say(PROMISE)
    assert (status, said["error"]) == (422, "draft_refused")
    assert said["message"] == "没有发出：里面有不能对客户说的话，请按提示修改后再发。"
    (warned,) = said["warnings"]
    assert (warned["rule"], PROMISE[warned["start"] : warned["end"]]) == ("promise", "保证给您减免")
    assert await floor.said(case.talk) == before
    assert "promise" in caplog.text and PROMISE not in caplog.text and "减免" not in caplog.text
    assert (await case.say("赶紧借，不归我管"))[0] == 200, "what is not critical is the agent's to decide"


async def test_what_becomes_of_a_proposal_is_told_by_what_was_proposed_and_sent(
    taken: Taken, floor: Floor, model: Model
) -> None:
    case = await taken()
    model.means("faq/repay_methods")
    assert (await case.page.get(case.suggestion))[0] == 200
    model.broken = True
    for text, outcome in ((None, "rejected"), (HOW_TO_REPAY + "请看。", "edited"), (HOW_TO_REPAY, "accepted")):
        sent = (await case.say(text))[1]["seq"] if text else None
        assert (await case.page.post(f"{case.suggestion}/outcome", {"sent_seq": sent}))[0] == 204
        assert case.outcomes() == [("lin", "faq/repay_methods", outcome)]


async def test_nothing_else_counts_as_used(taken: Taken, floor: Floor, model: Model) -> None:
    case = await taken()
    model.means("greet")
    status, said = await case.page.post(f"{case.suggestion}/outcome", {})
    assert (status, said["error"]) == (409, "nothing_proposed")
    model.means("faq/repay_methods")
    assert (await case.page.get(case.suggestion))[0] == 200
    await floor.log.append(case.talk, "bot", {"text": HOW_TO_REPAY})
    for seq in (case.seq, floor.owner(case.talk).last_seq, 999):
        status, said = await case.page.post(f"{case.suggestion}/outcome", {"sent_seq": seq})
        assert (status, said["error"]) == (404, "not_found")
    assert (await case.page.post(f"{case.suggestion}/outcome", {"proposed": "别的"}))[0] == 422
    assert case.outcomes() == []


async def test_who_does_not_have_the_conversation_leaves_it_alone(taken: Taken, at_work: AtWork, model: Model) -> None:
    case = await taken(group="fees")
    model.means("faq/repay_methods")
    colleague, stranger = await at_work("wu", "fees"), await at_work("mei", "general")
    for path, body in ((f"{case.path}/draft/check", {"text": "您好"}), (f"{case.suggestion}/outcome", {})):
        assert (await colleague.post(path, body))[1]["error"] == "not_owner"
        assert (await stranger.post(path, body))[1]["error"] == "not_in_group"
        status, said = await case.page.send("POST", path, body, X_CSRF_Token="forged")
        assert (status, said["error"]) == (403, "csrf_invalid")
    assert (await colleague.get(case.suggestion))[0] == 200
    assert (await stranger.get(case.suggestion))[1]["error"] == "not_in_group"
    assert case.outcomes() == []


async def test_leads_see_how_often_their_agents_take_proposals(taken: Taken, at_work: AtWork, model: Model) -> None:
    model.means("faq/repay_methods")
    for agent, group in (("lin", "general"), ("wu", "fees")):
        case = await taken(agent, group=group)
        assert (await case.page.post(f"{case.suggestion}/outcome", {}))[0] == 204
        assert (await case.page.get("/api/copilot/acceptance"))[1]["error"] == "not_allowed"
    lead, quality = await at_work("he", "fees", role="lead"), await at_work("qi", role="quality")
    none = {"accepted": 0, "edited": 0}
    for page, count in ((lead, 1), (quality, 2)):
        status, told = await page.get("/api/copilot/acceptance")
        assert status == 200
        assert told == {
            "since": "2026-11-16",
            "until": "2026-11-22",
            "total": {**none, "rejected": count},
            "readings": [{"reading": "faq/repay_methods", "title": "怎么还款", **none, "rejected": count}],
        }
