"""Which instalments a customer means by "this month", "the next one" or "overdue". Pure rules over one schedule."""
from datetime import date
from decimal import Decimal
from typing import Iterable, Optional, Sequence

from dengta.backends.loan import Instalment, InstalmentStatus


def current(schedule: Sequence[Instalment]) -> Optional[Instalment]:
    """Return the earliest instalment that is not paid, or None when nothing is left."""
    return next((i for i in schedule if i.status is not InstalmentStatus.PAID), None)


def overdue(schedule: Iterable[Instalment]) -> tuple[Instalment, ...]:
    """Return the instalments that are past their due date and not paid."""
    return tuple(i for i in schedule if i.status is InstalmentStatus.OVERDUE)


def in_month(schedule: Iterable[Instalment], today: date, months_ahead: int) -> Optional[Instalment]:
    """Return the instalment due in the calendar month `months_ahead` of today's."""
    month = today.year * 12 + today.month - 1 + months_ahead
    return next((i for i in schedule if i.due_date.year * 12 + i.due_date.month - 1 == month), None)


def is_after_month(instalment: Instalment, today: date) -> bool:
    """Tell whether an instalment is due only after the current calendar month."""
    return (instalment.due_date.year, instalment.due_date.month) > (today.year, today.month)


def numbered(schedule: Iterable[Instalment], period: int) -> Optional[Instalment]:
    """Return the instalment with this number."""
    return next((i for i in schedule if i.period == period), None)


def owed(instalments: Iterable[Instalment]) -> Decimal:
    """Return the sum still to be paid, in yuan."""
    return sum((i.outstanding for i in instalments), Decimal("0.00"))
