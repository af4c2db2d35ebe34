"""What was asked in another conversation: told once after verification, by its title only, and taken up on a yes."""
from typing import Any, Callable, Optional

import pytest

from actions.account.goal import ActionOfferEarlier, ActionResumeGoal, ActionTakeUpEarlier
from dengta.conversation.accounts import Accounts
from dengta.conversation.history import History
from dengta.conversation.log import MessageLog
from dengta.database import DatabaseUnavailable
from dengta.runtime import runtime
from dengta.stores import stores
from tests.actions.conftest import Persona, Verified, last_code
from tests.actions.stage import Said, goes_to, run, slot_values, tracker
from tests.conversation.turns import says

BILL = {"action": "action_query_bill", "message": {"text": "这个月还多少", "intent": {"name": "query_bill"}}}
AskedOnWechat = Callable[..., Any]


@pytest.fixture
def asked_on_wechat(log: MessageLog) -> AskedOnWechat:
    """Let a customer, verified on WeChat, ask something there."""

    async def ask(persona: Persona, reading: str = "request_early_settlement", channel: str = "wechat") -> str:
        met = await Accounts(stores().engine, stores().vault).meet(channel, "openid", "openid")
        await runtime().identity.send_code(met.conversation_id, persona.phone, persona.customer_id)
        await runtime().identity.check_code(met.conversation_id, await last_code(log, met.conversation_id))
        await says(log, met.conversation_id, "我想提前还清 8248.21 元", reading)
        return met.conversation_id

    return ask


async def resume(persona: Persona, goal: dict[str, Any] = BILL, earlier: Optional[Any] = None) -> tuple[Any, Said]:
    slots = {"goal": goal, "phone": "given", "one_time_code": "given", "earlier": earlier}
    return await run(ActionResumeGoal(), tracker(persona.talk, text="123456", slots=slots))


async def offered(persona: Persona, earlier: Any, **slots: Any) -> Said:
    _, said = await run(ActionOfferEarlier(), tracker(persona.talk, slots={"earlier": earlier, **slots}))
    return said


async def test_a_question_on_wechat_is_offered_on_the_web_after_the_answer(
    verified: Verified, asked_on_wechat: AskedOnWechat, move_clock: Callable[[str], None]
) -> None:
    persona = await verified("current")
    await asked_on_wechat(persona)
    move_clock("2026-11-22T10:05:00")
    events, said = await resume(persona)
    assert said.responses[-1] == "utter_bill_one"
    assert goes_to(events) == "action_offer_earlier"
    said = await offered(persona, slot_values(events)["earlier"])
    assert said.text == "您今天 10:00 在微信上问过“提前结清”，要接着说这件事吗？"
    assert [dict(button) for button in said.buttons] == [
        {"title": "提前结清", "payload": "/request_early_settlement"},
        {"title": "不用了", "payload": "/deny"},
    ]


async def test_yesterday_is_called_yesterday_and_seniors_hear_it_in_short_lines(
    verified: Verified, asked_on_wechat: AskedOnWechat, move_clock: Callable[[str], None]
) -> None:
    persona = await verified("current")
    await asked_on_wechat(persona, channel="kf")
    move_clock("2026-11-23T09:59:00")
    events, _ = await resume(persona)
    said = await offered(persona, slot_values(events)["earlier"], tone="senior")
    assert said.text == "您昨天 10:00 在微信客服里问过“提前结清”。\n要接着说这件事吗？"


@pytest.mark.parametrize("moment", ["2026-11-23T10:00:01", "2026-12-24T10:00:00"])
async def test_after_a_day_it_is_not_brought_up_again(
    verified: Verified, asked_on_wechat: AskedOnWechat, move_clock: Callable[[str], None], moment: str
) -> None:
    persona = await verified("current")
    await asked_on_wechat(persona)
    move_clock(moment)
    events, _ = await resume(persona)
    assert goes_to(events) is None and "earlier" not in slot_values(events)


async def test_it_is_said_once(verified: Verified, asked_on_wechat: AskedOnWechat) -> None:
    persona = await verified("current")
    await asked_on_wechat(persona)
    events, _ = await resume(persona)
    again, _ = await resume(persona, earlier=slot_values(events)["earlier"])
    assert goes_to(again) is None


@pytest.mark.parametrize(
    "reading", ["query_bill", "faq/interest_rate", "request_human", "switch_senior_mode", "thank", None]
)
async def test_the_same_thing_rules_and_small_talk_are_not_brought_up(
    verified: Verified, asked_on_wechat: AskedOnWechat, reading: Optional[str]
) -> None:
    persona = await verified("current")
    await asked_on_wechat(persona, reading)
    events, _ = await resume(persona)
    assert goes_to(events) is None


async def test_what_somebody_else_asked_is_never_told(
    verified: Verified, asked_on_wechat: AskedOnWechat
) -> None:
    await asked_on_wechat(await verified("two_notes"))
    events, _ = await resume(await verified("current"))
    assert goes_to(events) is None


async def test_what_the_same_conversation_asked_is_not_earlier(verified: Verified, log: MessageLog) -> None:
    persona = await verified("current")
    await says(log, persona.talk, "有券吗", "query_coupons")
    events, _ = await resume(persona)
    assert goes_to(events) is None


@pytest.mark.parametrize("action", ["action_start_settlement", "action_query_overdue"])
async def test_nothing_is_brought_up_while_the_answer_asks_something_itself(
    verified: Verified, asked_on_wechat: AskedOnWechat, action: str
) -> None:
    persona = await verified("late_45_days" if action == "action_query_overdue" else "current")
    await asked_on_wechat(persona, "query_coupons")
    events, _ = await resume(persona, {**BILL, "action": action})
    assert goes_to(events) != "action_offer_earlier"


async def test_a_channel_without_words_is_left_out(verified: Verified, asked_on_wechat: AskedOnWechat) -> None:
    persona = await verified("current")
    await asked_on_wechat(persona, channel="pigeon")
    events, said = await resume(persona)
    assert goes_to(events) is None and said.responses[-1] == "utter_bill_one"


async def test_an_outage_of_the_history_spoils_no_answer(
    verified: Verified, asked_on_wechat: AskedOnWechat, monkeypatch: pytest.MonkeyPatch
) -> None:
    persona = await verified("current")
    await asked_on_wechat(persona)

    async def fail(*_: Any) -> None:
        raise DatabaseUnavailable("timeout")

    monkeypatch.setattr(History, "asked_elsewhere", fail)
    events, said = await resume(persona)
    assert goes_to(events) is None and said.responses[-1] == "utter_bill_one"


async def test_a_yes_is_the_click_on_the_button(verified: Verified) -> None:
    persona = await verified("current")
    earlier = {"reading": "request_early_settlement", "channel": "wechat", "at": "2026-11-22T10:00:00+08:00"}
    events, said = await run(ActionTakeUpEarlier(), tracker(persona.talk, text="好", slots={"earlier": earlier}))
    assert said.responses == ()
    assert [(event["event"], event.get("name"), event.get("text")) for event in events] == [
        ("action", "action_listen", None),
        ("user", None, "提前结清"),
    ]
    assert events[1]["parse_data"]["intent"]["name"] == "request_early_settlement"
