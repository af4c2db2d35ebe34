"""Which instalments this month, the next one and overdue mean (`dengta.backends.bills`)."""
from datetime import date
from decimal import Decimal

import pytest

from dengta.backends import bills
from dengta.backends.loan import InstalmentStatus
from tests.dialogue.records import TODAY, instalment

PAID, OVERDUE, PENDING = InstalmentStatus.PAID, InstalmentStatus.OVERDUE, InstalmentStatus.PENDING
LATE = [
    instalment(1, -70, PAID),
    instalment(2, -40, OVERDUE, penalty=Decimal("12.34")),
    instalment(3, -9, OVERDUE, paid=Decimal("400.00")),
    instalment(4, 21, PENDING),
]
DONE = [instalment(1, -40, PAID), instalment(2, -9, PAID)]


def test_the_current_instalment_is_the_earliest_unpaid_one() -> None:
    assert bills.current(LATE) is LATE[1]
    assert bills.current(DONE) is None
    assert bills.current([]) is None


def test_overdue_are_all_unpaid_ones_past_their_day() -> None:
    assert bills.overdue(LATE) == (LATE[1], LATE[2])
    assert bills.overdue(DONE) == ()


def test_a_period_is_found_by_its_number() -> None:
    assert bills.numbered(LATE, 3) is LATE[2]
    assert bills.numbered(LATE, 5) is None
    assert bills.numbered(LATE, 0) is None


@pytest.mark.parametrize(
    ("today", "ahead", "period"),
    [
        (TODAY, 0, 3),  # 13 November
        (TODAY, 1, 4),  # 13 December
        (TODAY, -1, 2),  # 13 October
        (TODAY, 2, None),
        (date(2026, 12, 31), 0, 4),
        (date(2026, 12, 31), -1, 3),
        (date(2027, 1, 1), -1, 4),
        (date(2025, 12, 1), 12, 4),
    ],
)
def test_months_are_calendar_months_also_over_the_new_year(today: date, ahead: int, period: int | None) -> None:
    found = bills.in_month(LATE, today, ahead)
    assert (found.period if found else None) == period


def test_what_is_owed_adds_penalties_and_takes_off_what_was_paid() -> None:
    assert bills.owed(LATE) == Decimal("1012.34") + Decimal("600.00") + Decimal("1000.00")
    assert bills.owed(DONE) == Decimal("0.00")
    assert bills.owed([]) == Decimal("0.00")


def test_paying_too_much_owes_nothing_rather_than_less_than_nothing() -> None:
    assert bills.owed([instalment(1, 5, PENDING, paid=Decimal("1500.00"))]) == Decimal("0.00")
