"""Where a planned note lies in time, and what each of its instalments looks like on the business date."""
import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Optional

from dengta.backends.finance import Period, penalty_interest, schedule
from dengta.backends.loan import Instalment, InstalmentStatus, RepaymentMethod
from dengta.backends.sql.seed.plan import NotePlan

_NOTHING = Decimal("0.00")


@dataclass(frozen=True)
class Timeline:
    """A note's start, due day and planned periods; the first `paid` of them are paid, each on its `paid_on` date."""

    plan: NotePlan
    annual_rate: Decimal
    start: date
    due_day: int
    periods: tuple[Period, ...]
    paid: int

    @classmethod
    def of(cls, plan: NotePlan, product: Any, today: date) -> "Timeline":
        """Place a note so that its anchor date (first unpaid or very last period) falls where the plan says."""
        method, rate = RepaymentMethod(product["method"]), Decimal(product["annual_rate"])
        bullet = method is RepaymentMethod.DAILY_BULLET
        ended = plan.ended_ago is not None
        months = plan.periods if ended or bullet else plan.paid + 1
        anchor = today - timedelta(days=plan.ended_ago) if plan.ended_ago is not None else _next(plan, today)
        start = _months_before(anchor, months)
        periods = schedule(method, plan.amount, rate, plan.periods, start, anchor.day)
        return cls(plan, rate, start, anchor.day, periods, len(periods) if ended else plan.paid)

    def paid_on(self, period: Period) -> Optional[date]:
        """Return the day a period was paid, None if it is open."""
        if period.period > self.paid:
            return None
        late = (self.plan.late_paid or {}).get(period.period, 0)
        return period.due_date + timedelta(days=late)

    def penalty(self, period: Period, on: date) -> Decimal:
        """Return the penalty interest of a period that is paid, or would be, on a date."""
        return penalty_interest(period.principal, self.annual_rate, max((on - period.due_date).days, 0))

    def instalments(self, loan_no: str, on: date) -> tuple[Instalment, ...]:
        """Return the instalments as the book shows them on a date, before any early settlement."""
        return tuple(self._instalment(loan_no, period, on) for period in self.periods)

    def _instalment(self, loan_no: str, period: Period, on: date) -> Instalment:
        paid_on = self.paid_on(period)
        late = paid_on is None and period.due_date < on
        penalty = self.penalty(period, paid_on or on)
        return Instalment(
            loan_no=loan_no,
            period=period.period,
            due_date=period.due_date,
            principal=period.principal,
            interest=period.interest,
            fee=_NOTHING,
            penalty=penalty,
            paid=_NOTHING if paid_on is None else period.payment + penalty,
            overdue_days=(on - period.due_date).days if late else 0,
            status=_status(paid_on, late),
        )


def _next(plan: NotePlan, today: date) -> date:
    return today + timedelta(days=plan.next_in)


def _months_before(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 - months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def _status(paid_on: Optional[date], late: bool) -> InstalmentStatus:
    if paid_on is not None:
        return InstalmentStatus.PAID
    return InstalmentStatus.OVERDUE if late else InstalmentStatus.PENDING
