"""What an agent is offered for a customer's message: meaning, figures, an answer, a question, a procedure."""
import asyncio
from decimal import Decimal

import pytest

from dengta import clock
from dengta.backends.outcomes import Found, Unavailable
from dengta.conversation.log import MessageLog
from dengta.handoff.approved import phrase
from dengta.handoff.copilot import copilot, drafts
from dengta.handoff.copilot.rules import rules
from dengta.handoff.copilot.suggestions import UnknownMessageError
from dengta.runtime import runtime
from tests.actions.conftest import BackendSays, Verified
from tests.backends.books import found
from tests.handoff.copilot.at_work.conftest import Desk


async def test_a_bill_is_answered_with_the_customers_own_figures(desk: Desk, verified: Verified) -> None:
    wang = await verified("current")
    suggestion = await desk.hears(wang.talk, "这个月还多少", "query_bill")
    note = found(await runtime().backends.loan.notes(wang.customer_id))[0]
    fifth = found(await runtime().backends.loan.schedule(wang.customer_id, note.loan_no))[4]
    assert suggestion.reading == "query_bill"
    assert suggestion.meanings[0].title == "查账单和应还"
    assert suggestion.verified
    assert suggestion.answer is not None
    assert f"第 5/12 期应还 {fifth.outstanding:,.2f} 元" in suggestion.answer and "年化" in suggestion.answer
    tail = note.loan_no[-4:]
    assert suggestion.figures[0].label == f"灯塔极速贷（尾号 {tail}）第 5 期应还"
    assert suggestion.figures[0].value == f"{fifth.outstanding:,.2f}"
    assert suggestion.figures[0].source == "还款计划"
    assert suggestion.at == clock.now()
    assert suggestion.down == ()


async def test_without_verification_there_are_no_figures_and_the_customer_is_sent_to_verify(
    desk: Desk, talk: str
) -> None:
    suggestion = await desk.hears(talk, "这个月还多少", "query_bill")
    assert (suggestion.verified, suggestion.figures, suggestion.answer) == (False, (), None)
    assert suggestion.question == rules().asks["identity_form"]["standard"]


async def test_a_rule_is_answered_in_its_approved_words_also_without_verification(desk: Desk, talk: str) -> None:
    suggestion = await desk.hears(talk, "怎么还款", "faq/repay_methods")
    assert suggestion.answer == phrase("utter_faq/repay_methods", "standard")


async def test_an_outage_is_said_as_an_outage(desk: Desk, verified: Verified, backend_says: BackendSays) -> None:
    wang = await verified("current")
    backend_says("loan", notes=Unavailable("timeout"))
    suggestion = await desk.hears(wang.talk, "这个月还多少", "query_bill")
    assert suggestion.figures == ()
    assert suggestion.down == (rules().down["book"],)
    assert suggestion.answer is not None and "系统暂时查不了" in suggestion.answer


async def test_everything_that_works_is_offered_when_the_rest_is_down(desk: Desk, verified: Verified) -> None:
    wang = await verified("current")
    desk.actions.broken = True
    suggestion = await desk.hears(wang.talk, "我还不上了", "query_bill")
    assert suggestion.down == (rules().down["answers"],) and suggestion.figures and suggestion.answer is None
    desk.model.broken = True
    suggestion = await desk.hears(wang.talk, "我还不上了")
    assert suggestion.down == (rules().down["understanding"],) and suggestion.meanings == ()


async def test_a_quote_asks_for_what_is_missing_and_then_answers(desk: Desk, talk: str) -> None:
    asked = await desk.hears(talk, "借一万要多少利息", "request_loan_quote", amount="10000")
    assert (asked.answer, asked.question) == (None, phrase("utter_ask_quote_form_quote_period", "standard"))
    told = await desk.hears(talk, "借一万分12期", "request_loan_quote", amount="10000", period=12)
    assert told.answer is not None and told.answer.startswith("借 10,000.00 元分 12 期")


async def test_several_loans_are_a_question_and_one_is_quoted(desk: Desk, verified: Verified) -> None:
    many = await verified("two_notes")
    asked = await desk.hears(many.talk, "我要提前还清", "request_early_settlement")
    assert asked.answer is not None and "哪一笔" in asked.answer
    wang = await verified("current")
    quoted = await desk.hears(wang.talk, "我要提前还清", "request_early_settlement")
    assert quoted.answer is not None and "共需" in quoted.answer
    assert quoted.procedure is not None and quoted.procedure.id == "early_settlement"
    total = next(each.value for each in quoted.figures if each.label.endswith("今天结清共需"))
    assert f"共需 {total} 元" in quoted.answer
    assert quoted.answer.endswith("我把您转回智能客服，它会再报一次金额，您确认后才扣款。"), "no person takes the money"


async def test_nothing_is_changed_by_looking(desk: Desk, verified: Verified) -> None:
    wang = await verified("current")
    before = await runtime().backends.loan.notes(wang.customer_id)
    for reading in rules().actions:
        await desk.hears(wang.talk, "确认", reading)
    assert await runtime().backends.loan.notes(wang.customer_id) == before
    assert isinstance(before, Found)


async def test_what_is_not_clear_is_asked_back(desk: Desk, talk: str) -> None:
    desk.model.means("query_bill", "query_due_date", decision="clarify")
    suggestion = await desk.hears(talk, "还款")
    assert suggestion.reading is None and suggestion.answer is None
    assert suggestion.question == "想跟您确认一下：您是想问“查账单和应还”，还是“查还款日”？"


async def test_a_complaint_brings_its_procedure_and_asks_only_for_what_is_missing(desk: Desk, talk: str) -> None:
    suggestion = await desk.hears(talk, "我要投诉", "file_complaint")
    assert suggestion.procedure is not None
    assert (suggestion.procedure.id, suggestion.procedure.ticket) == ("complaint", "complaint")
    assert suggestion.question == "请问是什么时候发生的？"
    suggestion = await desk.hears(talk, "昨天的事，要求退钱", "file_complaint")
    assert suggestion.question == "有截图或录音的话，可以直接发到这里。"
    assert suggestion.answer == rules().own_words["file_complaint"]["standard"]


async def test_small_talk_needs_no_answer(desk: Desk, talk: str) -> None:
    suggestion = await desk.hears(talk, "你好", "greet")
    assert (suggestion.answer, suggestion.question, suggestion.procedure) == (None, None, None)
    assert suggestion.meanings[0].title is None


@pytest.mark.parametrize("seq", [0, -1, 2, 999])
async def test_only_messages_of_customers_are_answered(desk: Desk, log: MessageLog, talk: str, seq: int) -> None:
    await desk.hears(talk, "你好", "greet")
    await log.append(talk, "agent", {"text": "您好"})
    with pytest.raises(UnknownMessageError):
        await desk.copilot.suggest(talk, seq)


@pytest.mark.parametrize("persona", ["current", "two_notes", "late_one_day", "approved_not_drawn", "disbursing"])
async def test_whatever_is_proposed_stands_up_to_the_check(desk: Desk, verified: Verified, persona: str) -> None:
    person = await verified(persona)
    for reading in rules().actions.keys() - {"request_loan_quote"}:
        suggestion = await desk.hears(person.talk, "查一下", reading)
        assert suggestion.answer is not None, reading
        assert await desk.copilot.check(person.talk, suggestion.answer) == (), reading


async def test_the_figures_of_a_quote_are_true_in_the_answer_to_it(desk: Desk, talk: str) -> None:
    told = await desk.hears(talk, "借一万分12期", "request_loan_quote", amount="10000", period=12)
    assert told.answer is not None
    assert await desk.copilot.check(talk, told.answer, told.seq) == ()
    assert {each.rule for each in await desk.copilot.check(talk, told.answer)} == {"unverified"}


async def test_what_was_suggested_is_remembered_when_the_systems_are_down(desk: Desk, verified: Verified) -> None:
    wang = await verified("current")
    remembering = desk.copilot
    seq = (await desk.hears(wang.talk, "这个月还多少", "query_bill")).seq
    told = await remembering.suggest(wang.talk, seq)
    desk.model.broken = desk.actions.broken = True
    assert await remembering.suggested(wang.talk, seq) == told
    assert (await desk.copilot.suggested(wang.talk, seq)).answer is None


async def test_nobody_waits_long_for_an_answer(
    desk: Desk, talk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copilot, "_ANSWER_SECONDS", 0.05)
    monkeypatch.setattr(desk.actions, "run", lambda *_: asyncio.sleep(60))
    suggestion = await desk.hears(talk, "这个月还多少", "query_bill")
    assert (suggestion.answer, suggestion.down) == (None, (rules().down["answers"],))


async def test_a_wrong_figure_is_found(desk: Desk, verified: Verified) -> None:
    wang = await verified("current")
    suggestion = await desk.hears(wang.talk, "这个月还多少", "query_bill")
    right = suggestion.figures[0].value
    wrong = f"{Decimal(right.replace(',', '')) + 1:,.2f}"
    told = f"您这期应还 {right} 元"
    assert await desk.copilot.check(wang.talk, told) == ()
    (warned,) = await desk.copilot.check(wang.talk, told.replace(right, wrong))
    assert warned.rule == "unknown_sum"
    assert told.replace(right, wrong)[warned.start : warned.end].startswith(wrong)


async def test_a_figure_that_cannot_be_checked_is_said_to_be_so(
    desk: Desk, verified: Verified, backend_says: BackendSays
) -> None:
    wang = await verified("current")
    backend_says("loan", schedule=Unavailable("timeout"))
    (warned,) = await desk.copilot.check(wang.talk, "您这期应还 1,234.56 元")
    assert warned.rule == "unchecked_sum"


async def test_nobody_verified_hears_no_figures(desk: Desk, talk: str) -> None:
    (warned,) = await desk.copilot.check(talk, "您这期应还 1,078.02 元")
    assert warned.rule == "unverified"


async def test_the_customers_own_name_and_phone_are_known(desk: Desk, verified: Verified) -> None:
    wang = await verified("current")
    warned = await desk.copilot.check(wang.talk, f"您登记的手机是{wang.phone}")
    assert [each.rule for each in warned] == ["personal"]
    assert drafts.numbers(rules(), f"您登记的手机是{wang.phone}") == ()
