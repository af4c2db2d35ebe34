"""What is owed and when: figures of the book in the customer's words, for the loan and the period that is meant."""
from typing import Any, Mapping, Optional

import pytest

from actions.repayment.bill import ActionQueryBill, ActionQueryDueDate
from dengta.backends import bills
from dengta.backends.loan import Instalment, LoanNote
from dengta.dialogue.wording import money, percent
from dengta.runtime import runtime
from tests.actions.conftest import Persona, Verified
from tests.actions.stage import Said, entity, loan, run, slot_values, tracker
from tests.backends.books import found

BILL, DUE = "action_query_bill", "action_query_due_date"


async def open_notes(persona: Persona) -> list[LoanNote]:
    return [note for note in found(await runtime().backends.loan.notes(persona.customer_id)) if note.status.is_open]


async def schedule(persona: Persona, note: LoanNote) -> tuple[Instalment, ...]:
    return found(await runtime().backends.loan.schedule(persona.customer_id, note.loan_no))


async def current(persona: Persona, note: LoanNote) -> Instalment:
    instalment = bills.current(await schedule(persona, note))
    assert instalment is not None
    return instalment


async def ask(
    persona: Persona, text: str, topic: Optional[Mapping[str, Any]] = None, *entities: Any, tone: str = "standard"
) -> tuple[Mapping[str, Any], Said]:
    """Ask about a bill; return what is remembered and what was said."""
    slots = {"topic": topic, "tone": tone}
    at = tracker(persona.talk, text=text, intent="query_bill", entities=entities, slots=slots)
    events, said = await run(ActionQueryBill(), at)
    return slot_values(events).get("topic", {}), said


@pytest.mark.parametrize("tone", ["standard", "senior"])
async def test_one_loan_is_answered_with_sum_day_and_annual_rate(verified: Verified, tone: str) -> None:
    persona = await verified("current")
    (note,) = await open_notes(persona)
    instalment = await current(persona, note)
    topic, said = await ask(persona, "还多少", tone=tone)
    assert said.responses == ("utter_bill_one",)
    assert f"{money(instalment.outstanding)} 元" in said.text
    assert "2026年12月4日" in said.text
    assert "年化" in said.text and "14.40%" in said.text
    assert topic == {"action": BILL, "loan_no": note.loan_no, "period": instalment.period}
    assert 2 <= len(said.buttons) <= 3


async def test_several_loans_are_all_shown_with_their_total(verified: Verified) -> None:
    persona = await verified("three_notes")
    notes = await open_notes(persona)
    topic, said = await ask(persona, "这个月还多少")
    assert said.responses[-1] == "utter_bill_list"
    instalments = [await current(persona, note) for note in notes]
    for position, (note, instalment) in enumerate(zip(notes, instalments), start=1):
        assert f"{position}. {note.product_name}" in said.text
        assert f"{money(instalment.outstanding)} 元" in said.text
    assert f"{money(bills.owed(instalments))} 元" in said.text
    assert topic["loan_no"] is None
    assert [button["payload"] for button in said.buttons] == [
        f'/query_bill{{"order_no": "{note.loan_no}"}}' for note in notes
    ]


async def test_a_loan_is_meant_by_position_product_number_or_tail(verified: Verified) -> None:
    persona = await verified("three_notes")
    notes = await open_notes(persona)
    for note, text, named in (
        (notes[1], "第二笔还多少", ()),
        (notes[2], "最后一笔还多少", ()),
        (notes[1], "安心分期还多少", (entity("product", "灯塔安心分期"),)),
        (notes[0], "这笔还多少", (loan(notes[0].loan_no),)),
        (notes[2], "尾号那笔还多少", (entity("card_tail", notes[2].loan_no[-4:]),)),
    ):
        topic, said = await ask(persona, text, None, *named)
        assert topic["loan_no"] == note.loan_no, text
        assert f"借据尾号 {note.loan_no[-4:]}" in said.text
        assert len([button for button in said.buttons if "order_no" in button["payload"]]) == 2


async def test_a_loan_that_is_not_the_customers_is_not_found(verified: Verified) -> None:
    persona, other = await verified("current"), await verified("two_notes")
    foreign = (await open_notes(other))[0]
    for number in (foreign.loan_no, "JD000000000000"):
        _, said = await ask(persona, "这笔还多少", None, loan(number))
        assert said.responses == ("utter_note_unknown",)
        assert foreign.product_name not in said.text.replace("灯塔极速贷", "")


async def test_a_loan_talked_about_goes_on_until_another_is_named(verified: Verified) -> None:
    persona = await verified("two_notes")
    first, second = await open_notes(persona)
    period = (await current(persona, first)).period
    topic = {"action": BILL, "loan_no": first.loan_no, "period": period}
    for text, note, expected in (
        ("那下一期呢", first, period + 1),
        ("下下期呢", first, period + 2),
        ("下个月呢", first, period + 1),
        ("上一期呢", first, period - 1),
        ("第三期呢", first, 3),
        ("为什么是这个数", first, period),
        ("第二笔呢", second, 1),
        ("另一笔呢", second, 1),
        ("第二笔第二期呢", second, None),
    ):
        remembered, said = await ask(persona, text, topic)
        assert (remembered["loan_no"], remembered["period"]) == (note.loan_no, expected), text
        assert said.responses[0].startswith("utter_bill_"), text


async def test_follow_ups_count_from_the_period_shown_last(verified: Verified) -> None:
    persona = await verified("current")
    topic: Mapping[str, Any] = {}
    shown = []
    for text in ("还多少", "那下一期呢", "下一期呢", "再下一期", "上一期呢"):
        topic, _ = await ask(persona, text, topic)
        shown.append(topic["period"])
    assert shown == [5, 6, 7, 8, 7]


async def test_a_full_question_about_this_month_is_about_all_loans_again(verified: Verified) -> None:
    persona = await verified("two_notes")
    first, _ = await open_notes(persona)
    topic = {"action": BILL, "loan_no": first.loan_no, "period": 9}
    for text in ("查这个月还多少", "下个月要还多少"):
        _, said = await ask(persona, text, topic)
        assert "utter_bill_list" in said.responses, text


@pytest.mark.parametrize(
    ("text", "month", "period"),
    [
        ("帮查9月账单", "2026-09", 2),
        ("上个月账单看不到了", "2026-10", 3),
        ("12月账单会不会比现在多", "2026-12", 5),
        ("2027年1月的账单", "2027-01", 6),
    ],
)
async def test_the_bill_of_a_named_month_is_shown(verified: Verified, text: str, month: str, period: int) -> None:
    persona = await verified("current")
    (note,) = await open_notes(persona)
    topic, _ = await ask(persona, text, {"action": BILL, "loan_no": note.loan_no, "period": 5}, entity("date", month))
    shown = bills.numbered(await schedule(persona, note), topic["period"])
    assert shown is not None and f"{shown.due_date:%Y-%m}" == month
    assert topic["period"] == period


async def test_a_month_without_a_bill_is_said(verified: Verified) -> None:
    persona = await verified("current")
    _, said = await ask(persona, "2024年1月账单", None, entity("date", "2024-01"))
    assert said.responses == ("utter_bill_no_such_period",)


@pytest.mark.parametrize("day", ["2026-11-15", None])
async def test_a_day_is_not_the_month_of_a_bill(verified: Verified, day: Optional[str]) -> None:
    persona = await verified("current")
    topic, _ = await ask(persona, "15号要还多少", None, entity("date", day))
    assert topic["period"] == 5


async def test_asking_why_shows_the_parts_that_add_up(verified: Verified) -> None:
    persona = await verified("current")
    (note,) = await open_notes(persona)
    instalment = await current(persona, note)
    topic = {"action": BILL, "loan_no": note.loan_no, "period": instalment.period}
    _, said = await ask(persona, "为什么是这个数", topic)
    assert said.responses == ("utter_bill_why",)
    for part in (instalment.principal, instalment.interest, instalment.outstanding):
        assert f"{money(part)} 元" in said.text
    assert "费用" not in said.text.split("合计")[0] and "罚息" not in said.text


async def test_an_overdue_instalment_names_its_days_and_penalty(verified: Verified) -> None:
    persona = await verified("late_45_days")
    (note,) = await open_notes(persona)
    instalment = await current(persona, note)
    _, said = await ask(persona, "还多少")
    assert said.responses == ("utter_bill_overdue",)
    assert instalment.overdue_days == 45 and "45 天" in said.text
    assert f"罚息 {money(instalment.penalty)} 元" in said.text
    assert "/request_hardship_plan" in [button["payload"] for button in said.buttons]


async def test_a_paid_period_is_said_to_be_paid(verified: Verified) -> None:
    persona = await verified("current")
    (note,) = await open_notes(persona)
    _, said = await ask(persona, "第二期还了吗", {"action": BILL, "loan_no": note.loan_no, "period": 5})
    assert said.responses == ("utter_bill_paid",)
    assert money((await schedule(persona, note))[1].paid) in said.text


@pytest.mark.parametrize("text", ["第十三期呢", "第99期还多少"])
async def test_a_period_the_loan_does_not_have_is_said(verified: Verified, text: str) -> None:
    persona = await verified("current")
    _, said = await ask(persona, text)
    assert said.responses == ("utter_bill_no_such_period",)
    assert "一共 12 期" in said.text


async def test_a_period_no_loan_has_is_not_a_total_of_nothing(verified: Verified) -> None:
    persona = await verified("two_notes")
    _, said = await ask(persona, "第40期还多少")
    assert said.responses == ("utter_bill_no_such_period_anywhere",)
    assert "0.00" not in said.text and len(said.buttons) == 2


async def test_who_owes_nothing_is_told_so_with_the_date(verified: Verified) -> None:
    for key in ("settled", "early_settled", "no_product", "closed"):
        _, said = await ask(await verified(key), "还多少")
        assert said.responses == ("utter_bill_none",), key
        assert "2026年11月22日" in said.text


async def test_a_loan_paid_back_at_once_is_one_period(verified: Verified) -> None:
    persona = await verified("daily_bullet")
    _, said = await ask(persona, "还多少")
    (note,) = await open_notes(persona)
    assert "第 1/1 期" in said.text and percent(note.annualised_cost) in said.text


async def test_money_on_its_way_is_said_beside_the_bill(verified: Verified) -> None:
    _, said = await ask(await verified("paid_not_posted"), "还多少")
    assert said.responses[0] == "utter_bill_one" or "utter_bill_one" in said.responses
    assert "不要重复还款" in said.text


async def ask_due(persona: Persona, text: str, *entities: Any, tone: str = "standard") -> tuple[dict[str, Any], Said]:
    events, said = await run(
        ActionQueryDueDate(), tracker(persona.talk, text=text, entities=entities, slots={"tone": tone})
    )
    return slot_values(events), said


@pytest.mark.parametrize("tone", ["standard", "senior"])
async def test_due_dates_of_all_loans(verified: Verified, tone: str) -> None:
    persona = await verified("three_notes")
    slots, said = await ask_due(persona, "几号还", tone=tone)
    for note in await open_notes(persona):
        instalment = await current(persona, note)
        day = instalment.due_date
        assert f"{day.year}年{day.month}月{day.day}日，应还 {money(instalment.outstanding)} 元" in said.text
    assert slots["topic"] == {"action": DUE, "loan_no": None, "period": None}


async def test_the_due_date_of_one_loan_keeps_its_number_in_the_list(verified: Verified) -> None:
    persona = await verified("three_notes")
    notes = await open_notes(persona)
    slots, said = await ask_due(persona, "第二笔几号还")
    assert f"2. {notes[1].product_name}" in said.text and notes[0].product_name not in said.text
    assert slots["topic"]["loan_no"] == notes[1].loan_no


async def test_a_due_date_that_has_passed_is_said_to_have_passed(verified: Verified) -> None:
    _, said = await ask_due(await verified("late_one_day"), "几号还")
    assert "2026年11月21日 已到期，逾期 1 天" in said.text


@pytest.mark.parametrize(("text", "response"), [
    ("第九笔几号还", "utter_note_unknown"), ("第40期几号还", "utter_bill_no_such_period_anywhere"),
])  # fmt: skip
async def test_a_due_date_of_what_does_not_exist(verified: Verified, text: str, response: str) -> None:
    _, said = await ask_due(await verified("two_notes"), text)
    assert said.responses == (response,)
    assert len(said.buttons) == 2


async def test_no_due_date_without_debt(verified: Verified) -> None:
    _, said = await ask_due(await verified("settled"), "几号还")
    assert said.responses == ("utter_bill_none",)
