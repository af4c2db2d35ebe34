"""Arrears, records, and money that went astray."""
from dataclasses import replace
from decimal import Decimal

import pytest

from actions.repayment.astray import ActionReportDebitFailure, ActionReportRepaymentMissing
from actions.repayment.overdue import RECORDS_SHOWN, ActionQueryOverdue, ActionQueryRepaymentRecord
from dengta.backends import bills
from dengta.backends.outcomes import Found
from dengta.dialogue.wording import money
from dengta.runtime import runtime
from tests.actions.conftest import BackendSays, Persona, Verified
from tests.actions.stage import run, tracker
from tests.backends.books import found


async def owed_late(persona: Persona) -> Decimal:
    backend = runtime().backends.loan
    notes = found(await backend.notes(persona.customer_id))
    late = [
        instalment
        for note in notes
        for instalment in bills.overdue(found(await backend.schedule(persona.customer_id, note.loan_no)))
    ]
    return bills.owed(late)


@pytest.mark.parametrize("tone", ["standard", "senior"])
async def test_arrears_list_every_late_period_with_the_sum_that_settles_them(verified: Verified, tone: str) -> None:
    persona = await verified("late_45_days")
    _, said = await run(ActionQueryOverdue(), tracker(persona.talk, slots={"tone": tone}))
    assert said.responses == ("utter_overdue",)
    assert "第 4 期" in said.text and "第 5 期" in said.text and "第 6 期" not in said.text
    assert "45 天" in said.text and "年化" in said.text
    assert f"{money(await owed_late(persona))} 元" in said.text
    assert "/request_hardship_plan" in [button["payload"] for button in said.buttons]


async def test_only_the_late_one_of_two_loans_is_in_arrears(verified: Verified) -> None:
    persona = await verified("one_of_two_late")
    _, said = await run(ActionQueryOverdue(), tracker(persona.talk))
    assert "灯塔备用金" in said.text and "灯塔安心分期" not in said.text


@pytest.mark.parametrize("key", ["current", "due_today", "was_late", "settled", "no_product"])
async def test_who_is_not_in_arrears_is_told_so(verified: Verified, key: str) -> None:
    _, said = await run(ActionQueryOverdue(), tracker((await verified(key)).talk))
    assert said.responses == ("utter_overdue_none",)
    assert "2026年11月22日" in said.text


async def test_who_paid_yesterday_and_still_reads_overdue_is_told_not_to_pay_twice(verified: Verified) -> None:
    _, said = await run(ActionQueryOverdue(), tracker((await verified("paid_still_overdue")).talk))
    assert said.responses == ("utter_overdue", "utter_missing_processing")
    assert "不要重复还款" in said.text


async def test_records_show_the_latest_first_with_progress(verified: Verified) -> None:
    persona = await verified("due_soon")
    repayments = found(await runtime().backends.repayment.repayments(persona.customer_id))
    _, said = await run(ActionQueryRepaymentRecord(), tracker(persona.talk))
    assert said.responses == ("utter_records",)
    assert len(repayments) > RECORDS_SHOWN
    lines = [line for line in said.text.splitlines() if line.startswith("·")]
    assert len(lines) == RECORDS_SHOWN
    for line, repayment in zip(lines, repayments):
        assert f"{money(repayment.amount)} 元" in line and f"尾号 {repayment.card_tail}" in line
    assert "已还 7/12 期" in said.text


@pytest.mark.parametrize(("key", "word"), [("duplicate_refunded", "已退回"), ("paid_not_posted", "入账中")])
async def test_records_say_what_became_of_the_money(verified: Verified, key: str, word: str) -> None:
    _, said = await run(ActionQueryRepaymentRecord(), tracker((await verified(key)).talk))
    assert word in said.text


async def test_records_of_settled_loans_stay_readable(verified: Verified) -> None:
    _, said = await run(ActionQueryRepaymentRecord(), tracker((await verified("early_settled")).talk))
    assert "提前结清" in said.text and "没有未结清的借款" in said.text


async def test_no_records(verified: Verified) -> None:
    _, said = await run(ActionQueryRepaymentRecord(), tracker((await verified("no_product")).talk))
    assert said.responses == ("utter_records_none",)


@pytest.mark.parametrize(("key", "response", "words"), [
    ("paid_not_posted", "utter_missing_processing", "2026年11月23日 12:00"),
    ("duplicate_debit", "utter_missing_double", "多收"),
    ("current", "utter_missing_posted", "已经入账"),
    ("no_product", "utter_missing_none", "没有查到"),
])  # fmt: skip
async def test_missing_money_is_compared_with_what_was_received(
    verified: Verified, key: str, response: str, words: str
) -> None:
    _, said = await run(ActionReportRepaymentMissing(), tracker((await verified(key)).talk))
    assert said.responses == (response,)
    assert words in said.text


async def test_a_double_debit_names_both_payments(verified: Verified) -> None:
    persona = await verified("duplicate_debit")
    repayments = found(await runtime().backends.repayment.repayments(persona.customer_id))
    double = next(r for r in repayments if r.duplicate_of)
    _, said = await run(ActionReportRepaymentMissing(), tracker(persona.talk))
    assert f"{money(double.amount)} 元" in said.text
    assert said.text.count("2026年") == 2


async def test_a_refund_is_not_called_posted(verified: Verified) -> None:
    _, said = await run(ActionReportRepaymentMissing(), tracker((await verified("duplicate_refunded")).talk))
    assert said.responses == ("utter_missing_refunded",)


@pytest.mark.parametrize(("key", "reason"), [
    ("failed_debit", "银行卡余额不足"),
    ("card_restricted", "银行卡状态异常"),
    ("one_of_two_late", "超过银行的单笔或单日限额"),
])  # fmt: skip
async def test_a_failed_debit_says_why_and_when_next(verified: Verified, key: str, reason: str) -> None:
    _, said = await run(ActionReportDebitFailure(), tracker((await verified(key)).talk))
    assert said.responses == ("utter_debit_failed",)
    assert reason in said.text and "2026年11月22日 20:05" in said.text


async def test_a_last_attempt_promises_no_other(verified: Verified, backend_says: BackendSays) -> None:
    persona = await verified("failed_debit")
    attempts = found(await runtime().backends.repayment.debit_attempts(persona.customer_id))
    backend_says("repayment", debit_attempts=Found(tuple(replace(a, next_attempt_at=None) for a in attempts)))
    _, said = await run(ActionReportDebitFailure(), tracker(persona.talk))
    assert said.responses == ("utter_debit_failed_last",)


@pytest.mark.parametrize("key", ["current", "settled", "was_late", "no_product"])
async def test_a_failure_that_was_paid_since_is_none(verified: Verified, key: str) -> None:
    _, said = await run(ActionReportDebitFailure(), tracker((await verified(key)).talk))
    assert said.responses == ("utter_debit_no_failure",)


async def test_a_failure_followed_by_a_payment_on_its_way_is_told_as_that(verified: Verified) -> None:
    _, said = await run(ActionReportDebitFailure(), tracker((await verified("paid_still_overdue")).talk))
    assert said.responses == ("utter_missing_processing",)
