"""Repayments, debit attempts, and the quote for an early settlement."""
from datetime import date
from decimal import Decimal

import pytest

from dengta.backends import Backends
from dengta.backends.outcomes import Denied, NotFound
from dengta.backends.repayment import RepaymentKind, RepaymentStatus
from dengta.clock import now
from tests.backends.books import BUSINESS_DATE, customer, found, note


async def test_repayments_come_newest_first(backends: Backends) -> None:
    repayments = found(await backends.repayment.repayments(await customer(backends, "current")))
    assert [repayment.period for repayment in repayments] == [4, 3, 2, 1]
    assert {repayment.status for repayment in repayments} == {RepaymentStatus.POSTED}


async def test_repayments_can_be_asked_for_one_note(backends: Backends) -> None:
    customer_id = await customer(backends, "three_notes")
    for loan in found(await backends.loan.notes(customer_id)):
        repayments = found(await backends.repayment.repayments(customer_id, loan.loan_no))
        assert {repayment.loan_no for repayment in repayments} == {loan.loan_no}
        assert len(repayments) == loan.paid_periods


async def test_a_second_payment_of_a_period_names_the_first(backends: Backends) -> None:
    second, first, *_ = found(await backends.repayment.repayments(await customer(backends, "duplicate_debit")))
    assert (first.period, first.kind) == (second.period, RepaymentKind.MANUAL)
    assert second.duplicate_of == first.repayment_no
    assert second.amount == first.amount


async def test_money_on_its_way_says_when_it_will_show(backends: Backends) -> None:
    newest = found(await backends.repayment.repayments(await customer(backends, "paid_not_posted")))[0]
    assert newest.status is RepaymentStatus.PROCESSING
    assert newest.paid_at < now() < newest.posts_by


async def test_a_failed_debit_says_why_and_when_the_next_one_runs(backends: Backends) -> None:
    attempt = found(await backends.repayment.debit_attempts(await customer(backends, "failed_debit")))[0]
    assert (attempt.succeeded, attempt.failure_reason, attempt.card_tail) == (False, "insufficient_balance", "1633")
    assert attempt.attempted_at < now() < attempt.next_attempt_at


async def test_a_quote_adds_up(backends: Backends) -> None:
    customer_id = await customer(backends, "late_45_days")
    loan_no = (await note(backends, customer_id)).loan_no
    quote = found(await backends.repayment.quote_settlement(customer_id, loan_no, BUSINESS_DATE))
    assert (quote.principal, quote.penalty, quote.fee) == (Decimal("3858.02"), Decimal("23.22"), Decimal("0.00"))
    assert quote.total == quote.principal + quote.interest + quote.penalty + quote.fee
    assert (quote.loan_no, quote.on, quote.card_tail) == (loan_no, BUSINESS_DATE, "1276")


async def test_a_quote_for_a_later_day_counts_instalments_debited_until_then(backends: Backends) -> None:
    customer_id = await customer(backends, "current")
    loan_no = (await note(backends, customer_id)).loan_no
    later = found(await backends.repayment.quote_settlement(customer_id, loan_no, date(2026, 12, 10)))
    assert later.principal == Decimal("7207.81")  # 8189.25 less the principal of the debit on 4 December
    assert later.penalty == Decimal("0.00")


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("settled", "already_settled"),
        ("early_settled", "already_settled"),
        ("paid_not_posted", "processing"),
        ("paid_still_overdue", "processing"),
        ("under_review", "in_review"),
    ],
)
async def test_some_notes_cannot_be_settled_now(backends: Backends, key: str, reason: str) -> None:
    customer_id = await customer(backends, key)
    loan_no = (await note(backends, customer_id)).loan_no
    assert await backends.repayment.quote_settlement(customer_id, loan_no, BUSINESS_DATE) == Denied(reason)


async def test_no_quote_for_a_day_that_has_passed(backends: Backends) -> None:
    customer_id = await customer(backends, "current")
    loan_no = (await note(backends, customer_id)).loan_no
    assert await backends.repayment.quote_settlement(customer_id, loan_no, date(2026, 11, 21)) == Denied("date_passed")


async def test_unknown_notes_are_not_found(backends: Backends) -> None:
    customer_id = await customer(backends, "current")
    assert await backends.repayment.repayments(customer_id, "JD000000000000") == NotFound()
    assert await backends.repayment.debit_attempts(customer_id, "JD000000000000") == NotFound()
    assert await backends.repayment.quote_settlement(customer_id, "JD000000000000", BUSINESS_DATE) == NotFound()
    assert await backends.repayment.repayments("C999999") == NotFound()
