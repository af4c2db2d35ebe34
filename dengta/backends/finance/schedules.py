"""Repayment schedules for the four repayment methods."""

import calendar
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Sequence

from dengta.backends.finance.interest import MONTHS_PER_YEAR, accrued_interest, fen
from dengta.backends.loan import RepaymentMethod

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Period:
    """One instalment period (期), counted from 1, in yuan."""

    period: int
    due_date: date
    principal: Decimal
    interest: Decimal

    @property
    def payment(self) -> Decimal:
        """Return principal plus interest."""
        return self.principal + self.interest


def schedule(
    method: RepaymentMethod, principal: Decimal, annual_rate: Decimal, periods: int, start: date, due_day: int
) -> tuple[Period, ...]:
    """Return the schedule of a loan of `principal` yuan paid out on `start`.

    Monthly methods charge outstanding principal × annual rate ÷ 12 for each period. A daily bullet is a single period
    that ends on the last of `periods` monthly dates and charges every day. The last period takes what rounding left,
    so the principals add up to `principal` exactly.

    Raises:
        ValueError: principal, rate, periods or due day make no loan.
    """
    if principal <= 0 or annual_rate < 0:
        raise ValueError("a loan needs a positive principal and a rate of 0 or more")
    return amortise(method, fen(principal), annual_rate, start, due_dates(start, due_day, periods))


def due_dates(start: date, due_day: int, periods: int) -> tuple[date, ...]:
    """Return the monthly due dates: the first `due_day` at least one month after `start`, then every month.

    In months without that day the last day of the month takes its place.

    Raises:
        ValueError: no periods, or `due_day` is not 1 to 31.
    """
    if periods < 1 or not 1 <= due_day <= 31:
        raise ValueError("a schedule needs 1 period or more and a due day from 1 to 31")
    month_later = _day_of_month(start, 1, start.day)
    first = 1 if _day_of_month(start, 1, due_day) >= month_later else 2
    return tuple(_day_of_month(start, first + index, due_day) for index in range(periods))


def amortise(
    method: RepaymentMethod, principal: Decimal, annual_rate: Decimal, start: date, dates: Sequence[date]
) -> tuple[Period, ...]:
    """Spread principal and interest over given due dates."""
    if method is RepaymentMethod.DAILY_BULLET:
        interest = accrued_interest(principal, annual_rate, (dates[-1] - start).days)
        return (Period(1, dates[-1], principal, interest),)
    monthly_rate = annual_rate / MONTHS_PER_YEAR
    balance, rows = principal, []
    for index, due_date in enumerate(dates, start=1):
        interest = fen(balance * monthly_rate)
        share = balance if index == len(dates) else _share(method, principal, monthly_rate, len(dates), interest)
        share = min(share, balance)
        rows.append(Period(index, due_date, share, interest))
        balance -= share
    return tuple(rows)


def _share(
    method: RepaymentMethod, principal: Decimal, monthly_rate: Decimal, periods: int, interest: Decimal
) -> Decimal:
    if method is RepaymentMethod.EQUAL_INSTALMENT:
        return _level_payment(principal, monthly_rate, periods) - interest
    return fen(principal / periods) if method is RepaymentMethod.EQUAL_PRINCIPAL else ZERO


def _level_payment(principal: Decimal, monthly_rate: Decimal, periods: int) -> Decimal:
    """The annuity formula of 等额本息: P · i · (1 + i)ⁿ ÷ ((1 + i)ⁿ − 1)."""
    if not monthly_rate:
        return fen(principal / periods)
    growth = (1 + monthly_rate) ** periods
    return fen(principal * monthly_rate * growth / (growth - 1))


def _day_of_month(start: date, months: int, day: int) -> date:
    years, month = divmod(start.month - 1 + months, MONTHS_PER_YEAR)
    year, month = start.year + years, month + 1
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))
