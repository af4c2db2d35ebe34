"""Repayment schedules: sums, dates and published figures."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given

from dengta.backends.finance import accrued_interest, due_dates, penalty_interest, schedule
from dengta.backends.loan import RepaymentMethod
from tests.backends.finance_cases import due_days, loans, months, starts

START = date(2026, 1, 15)


@given(loans)
def test_principals_add_up_and_nothing_is_negative(loan):
    method, principal, *rest = loan
    rows = schedule(method, principal, *rest)
    assert sum(row.principal for row in rows) == principal
    assert all(row.principal >= 0 and row.interest >= 0 for row in rows)
    assert all(amount == amount.quantize(Decimal("0.01")) for row in rows for amount in (row.principal, row.interest))


@given(loans)
def test_outstanding_principal_only_falls_and_interest_with_it(loan):
    method, principal, annual_rate, *_ = loan
    rows = schedule(*loan)
    interests = [row.interest for row in rows]
    assert interests == sorted(interests, reverse=True)
    if method is not RepaymentMethod.DAILY_BULLET:
        assert abs(rows[0].interest - principal * annual_rate / 12) <= Decimal("0.005")


@given(loans)
def test_equal_instalments_are_equal_up_to_the_rounding_of_the_last(loan):
    rows = schedule(RepaymentMethod.EQUAL_INSTALMENT, Decimal("1000") + loan[1], *loan[2:])
    payments = {row.payment for row in rows[:-1]}
    assert len(payments) <= 1
    assert all(abs(rows[-1].payment - payment) <= Decimal("0.01") * 2 * len(rows) for payment in payments)


@given(starts, due_days, months)
def test_due_dates_are_monthly_and_never_before_a_full_month(start, due_day, count):
    dates = due_dates(start, due_day, count)
    assert len(dates) == count
    assert 28 <= (dates[0] - start).days <= 62
    assert all(27 < (after - before).days < 32 for before, after in zip(dates, dates[1:]))


def test_due_day_31_falls_on_the_last_day_of_short_months():
    dates = due_dates(date(2027, 12, 31), 31, 5)
    assert [day.isoformat() for day in dates] == ["2028-01-31", "2028-02-29", "2028-03-31", "2028-04-30", "2028-05-31"]


def test_a_loan_of_the_31st_of_january_is_due_at_the_end_of_february():
    assert due_dates(date(2026, 1, 31), 31, 2) == (date(2026, 2, 28), date(2026, 3, 31))


def test_a_due_day_less_than_a_month_away_waits_for_the_next_month():
    assert due_dates(START, 5, 2) == (date(2026, 3, 5), date(2026, 4, 5))


def test_equal_instalment_of_the_usual_textbook_mortgage():
    """200,000 at 6.5 % over 30 years is 1,264.14 a month in the encyclopedic example of a mortgage calculator."""
    rows = schedule(RepaymentMethod.EQUAL_INSTALMENT, Decimal("200000"), Decimal("0.065"), 360, START, 15)
    assert rows[0].payment == Decimal("1264.14")
    assert rows[0].interest == Decimal("1083.33")


def test_equal_principal_by_hand():
    rows = schedule(RepaymentMethod.EQUAL_PRINCIPAL, Decimal("12000"), Decimal("0.12"), 12, START, 15)
    assert [row.payment for row in rows[:3]] == [Decimal("1120.00"), Decimal("1110.00"), Decimal("1100.00")]
    assert rows[-1].payment == Decimal("1010.00")
    assert sum(row.interest for row in rows) == Decimal("780.00")


def test_interest_first_by_hand():
    rows = schedule(RepaymentMethod.INTEREST_FIRST, Decimal("10000"), Decimal("0.12"), 3, START, 15)
    assert [row.payment for row in rows] == [Decimal("100.00"), Decimal("100.00"), Decimal("10100.00")]


def test_daily_bullet_charges_every_day_in_one_period():
    (row,) = schedule(RepaymentMethod.DAILY_BULLET, Decimal("10000"), Decimal("0.18"), 3, START, 15)
    assert (row.period, row.due_date, row.interest) == (1, date(2026, 4, 15), Decimal("450.00"))


def test_the_last_principal_takes_what_rounding_left():
    rows = schedule(RepaymentMethod.EQUAL_PRINCIPAL, Decimal("100"), Decimal("0.12"), 3, START, 15)
    assert [row.principal for row in rows] == [Decimal("33.33"), Decimal("33.33"), Decimal("33.34")]


def test_thirty_days_cost_as_much_as_a_month():
    assert accrued_interest(Decimal("10000"), Decimal("0.144"), 30) == Decimal("120.00")


def test_penalty_interest_is_one_and_a_half_times_the_contract_rate_unless_told_otherwise():
    overdue = Decimal("1000"), Decimal("0.18"), 10
    assert penalty_interest(*overdue) == Decimal("7.50")
    assert penalty_interest(*overdue, factor=Decimal("1.3")) == Decimal("6.50")
    assert penalty_interest(Decimal("1000"), Decimal("0.18"), 0) == Decimal("0.00")


@pytest.mark.parametrize(
    "principal, rate, periods, due_day",
    [("0", "0.1", 12, 15), ("100", "-0.1", 12, 15), ("100", "0.1", 0, 15), ("100", "0.1", 12, 32)],
)
def test_terms_that_make_no_loan_are_refused(principal, rate, periods, due_day):
    with pytest.raises(ValueError):
        schedule(RepaymentMethod.INTEREST_FIRST, Decimal(principal), Decimal(rate), periods, START, due_day)


def test_negative_days_are_refused():
    with pytest.raises(ValueError):
        accrued_interest(Decimal("100"), Decimal("0.1"), -1)
