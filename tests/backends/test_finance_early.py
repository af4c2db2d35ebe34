"""Settling early, paying a part, and coupons."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dengta.backends.coupon import Coupon, CouponKind, CouponStatus
from dengta.backends.finance import coupon_deduction, repay_part, schedule, settle_early, unmet_condition
from dengta.backends.loan import InstalmentStatus, RepaymentMethod
from tests.backends.finance_cases import ZERO, amounts, loans, rates, unpaid

START = date(2026, 1, 15)
RATE = Decimal("0.12")
NOTE = unpaid(schedule(RepaymentMethod.EQUAL_PRINCIPAL, Decimal("12000"), RATE, 12, START, 15))


@given(loans)
def test_settling_on_the_first_day_costs_the_principal(loan):
    quote = settle_early(unpaid(schedule(*loan)), loan[2], loan[4], loan[4])
    assert (quote.principal, quote.interest, quote.total) == (loan[1], ZERO, loan[1])


@given(loans)
def test_settling_on_the_last_day_costs_everything_planned_and_saves_nothing(loan):
    rows = schedule(*loan)
    quote = settle_early(unpaid(rows), loan[2], loan[4], rows[-1].due_date)
    assert quote.total == sum(row.payment for row in rows)
    assert quote.saved_interest == ZERO


@given(loans, st.integers(0, 1200))
def test_settling_any_day_never_costs_more_than_the_plan_and_the_parts_add_up(loan, day):
    rows = schedule(*loan)
    quote = settle_early(unpaid(rows), loan[2], loan[4], loan[4] + timedelta(day))
    assert quote.total == quote.principal + quote.interest + quote.penalty + quote.fee
    assert quote.interest + quote.saved_interest == sum(row.interest for row in rows)
    assert quote.saved_interest >= ZERO


def test_settlement_between_two_due_dates_by_hand():
    """Ten days after the second due date, two periods paid: 10,000 left at 12 % / 360 a day."""
    note = [replace(row, paid=row.due, status=InstalmentStatus.PAID) for row in NOTE[:2]] + NOTE[2:]
    quote = settle_early(note, RATE, START, date(2026, 3, 25))
    assert quote.principal == Decimal("10000.00")
    assert quote.interest == Decimal("33.33")
    assert quote.saved_interest == Decimal("550.00") - Decimal("33.33")


def test_a_settlement_fee_is_charged_on_the_principal_not_yet_due():
    quote = settle_early(NOTE, RATE, START, date(2026, 2, 15), fee_rate=Decimal("0.01"))
    assert quote.fee == Decimal("110.00")
    assert quote.total == Decimal("12000") + Decimal("120") + Decimal("110")


def test_an_overdue_period_is_owed_with_its_penalty():
    late = replace(NOTE[0], penalty=Decimal("5.00"), overdue_days=10, status=InstalmentStatus.OVERDUE)
    quote = settle_early([late, *NOTE[1:]], RATE, START, date(2026, 2, 25))
    assert quote.penalty == Decimal("5.00")
    assert quote.interest == Decimal("120.00") + Decimal("36.67")


def test_a_period_paid_in_advance_is_not_charged_again():
    note = [replace(NOTE[0], paid=NOTE[0].due, status=InstalmentStatus.PAID), *NOTE[1:]]
    quote = settle_early(note, RATE, START, date(2026, 2, 1))
    assert (quote.principal, quote.interest) == (Decimal("11000.00"), ZERO)


def test_a_note_cannot_be_settled_before_it_starts():
    with pytest.raises(ValueError):
        settle_early(NOTE, RATE, START, START - timedelta(1))


@given(loans, amounts, st.integers(0, 1200))
def test_a_payment_is_allocated_to_the_fen_and_never_raises_what_is_owed(loan, amount, day):
    method, principal, annual_rate, _, start, _ = loan
    rows, on = schedule(*loan), start + timedelta(day)
    owed = settle_early(unpaid(rows), annual_rate, start, on).total
    result = repay_part(unpaid(rows), method, annual_rate, start, on, amount)
    assert result.fee + result.penalty + result.interest + result.principal == min(amount, owed)
    assert sum((row.principal for row in result.remaining), ZERO) == principal - result.principal
    assert all(row.interest >= 0 for row in result.remaining)
    left = sum((row.interest for row in result.remaining), ZERO)
    assert left + result.interest <= sum(row.interest for row in rows) + Decimal("0.01") * len(rows)


def test_a_payment_goes_to_fees_penalty_interest_and_principal_in_this_order():
    late = replace(NOTE[0], fee=Decimal("2.00"), penalty=Decimal("5.00"), status=InstalmentStatus.OVERDUE)
    on = date(2026, 2, 25)
    paid = [repay_part([late], RepaymentMethod.EQUAL_PRINCIPAL, RATE, START, on, Decimal(x)) for x in (1, 4, 100, 200)]
    assert [(p.fee, p.penalty, p.interest, p.principal) for p in paid] == [
        (Decimal("1.00"), ZERO, ZERO, ZERO),
        (Decimal("2.00"), Decimal("2.00"), ZERO, ZERO),
        (Decimal("2.00"), Decimal("5.00"), Decimal("93.00"), ZERO),
        (Decimal("2.00"), Decimal("5.00"), Decimal("120.00"), Decimal("73.00")),
    ]
    assert paid[0].charges_left == Decimal("6.00")
    assert paid[-1].remaining[0].principal == Decimal("927.00")


def test_paying_ahead_lowers_the_coming_instalments_and_keeps_their_dates():
    result = repay_part(NOTE, RepaymentMethod.EQUAL_PRINCIPAL, RATE, START, START, Decimal("6000"))
    assert (result.interest, result.principal) == (ZERO, Decimal("6000.00"))
    assert [row.due_date for row in result.remaining] == [row.due_date for row in NOTE]
    assert result.remaining[0].principal == Decimal("500.00")
    assert result.remaining[0].interest == Decimal("60.00")


def test_paying_ahead_after_a_whole_month_adds_no_interest_to_a_long_first_period():
    """984.28 from 2 December to 1 February: one month of interest, reached before the period ends."""
    rows = schedule(RepaymentMethod.EQUAL_INSTALMENT, Decimal("984.28"), Decimal("0.0131"), 1, date(2027, 12, 2), 1)
    on = date(2028, 1, 31)
    result = repay_part(
        unpaid(rows), RepaymentMethod.EQUAL_INSTALMENT, Decimal("0.0131"), date(2027, 12, 2), on, Decimal("1.14")
    )
    assert (result.interest, result.remaining[0].interest) == (Decimal("1.07"), ZERO)


def test_paying_everything_leaves_nothing():
    assert repay_part(NOTE, RepaymentMethod.EQUAL_PRINCIPAL, RATE, START, START, Decimal("99999")).remaining == ()


def test_a_negative_payment_is_refused():
    with pytest.raises(ValueError):
        repay_part(NOTE, RepaymentMethod.EQUAL_PRINCIPAL, RATE, START, START, Decimal("-1"))


def coupon(kind: CouponKind, value: str) -> Coupon:
    return Coupon("C", "C", kind, Decimal(value), Decimal("1000"), 3, START, START, CouponStatus.USABLE)


@pytest.mark.parametrize(
    "kind, value, off",
    [
        (CouponKind.INTEREST_FREE_DAYS, "7", "23.33"),
        (CouponKind.INTEREST_FREE_DAYS, "90", "100.00"),
        (CouponKind.INTEREST_DISCOUNT, "0.5", "50.00"),
        (CouponKind.INTEREST_DISCOUNT, "2", "100.00"),
        (CouponKind.CASH_OFF, "20", "20.00"),
        (CouponKind.CASH_OFF, "5000", "900.00"),
    ],
)
def test_what_a_coupon_takes_off(kind, value, off):
    bill = Decimal("10000"), 12, RATE, Decimal("100"), Decimal("900")
    assert coupon_deduction(coupon(kind, value), *bill) == Decimal(off)


@pytest.mark.parametrize(
    "amount, periods, reason", [("999.99", 3, "min_amount"), ("1000", 2, "min_periods"), ("1000", 3, None)]
)
def test_a_coupon_below_its_minimum_takes_nothing_off(amount, periods, reason):
    ten_off = coupon(CouponKind.CASH_OFF, "10")
    assert unmet_condition(ten_off, Decimal(amount), periods) == reason
    off = coupon_deduction(ten_off, Decimal(amount), periods, RATE, Decimal("50"), Decimal("500"))
    assert off == (ZERO if reason else Decimal("10.00"))


@given(st.sampled_from(CouponKind), st.decimals("0", "100000", places=2), amounts, rates, amounts, amounts)
def test_a_deduction_stays_between_nothing_and_the_bill(kind, value, amount, rate, interest, rest):
    off = coupon_deduction(coupon(kind, str(value)), amount, 12, rate, interest, interest + rest)
    assert ZERO <= off <= interest + rest
