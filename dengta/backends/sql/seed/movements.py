"""The money movements of a note: debit attempts, and repayments by debit or by hand.

Debits run at 00:05 and 20:05 on the due date, then at 20:05 on some of the days that follow until the period is paid.
"""
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Optional

from dengta.backends.codes import reference_no
from dengta.backends.finance import Period
from dengta.backends.sql.seed.rows import Rows, days_after, moment
from dengta.backends.sql.seed.timeline import Timeline
from dengta.backends.sql.tables import debit_attempts, repayments

_RETRY_DAYS = (1, 2, 3, 7, 14, 21, 28, 35, 42, 49, 56)


@dataclass(frozen=True)
class Movements:
    """Adds what moved, or failed to move, for every instalment period of one note."""

    rows: Rows
    loan_no: str
    card_id: str
    timeline: Timeline
    today: date

    def add(self) -> None:
        """Add the attempts and repayments of all periods that are paid or due."""
        for period in self.timeline.periods:
            paid_on = self.timeline.paid_on(period)
            if paid_on is not None:
                self._add_paid(period, paid_on)
            elif self.timeline.plan.settled_ago is None:
                self._add_open(period)

    def _add_paid(self, period: Period, paid_on: date) -> None:
        plan, amount = self.timeline.plan, period.payment + self.timeline.penalty(period, paid_on)
        if plan.duplicate is not None and period.period == self.timeline.paid:
            self._add_duplicate(period, plan.duplicate)
        elif paid_on > period.due_date:
            self._add_failures(period, "insufficient_balance", paid_on, last_retry=None)
            self._add_repayment(period, amount, moment(paid_on, 12, 30), "manual")
        else:
            self._add_debit(period, amount, moment(paid_on, 0, 5))

    def _add_duplicate(self, period: Period, outcome: str) -> None:
        """The customer paid by hand in the night before, and the debit of the due date ran all the same."""
        first = self._add_repayment(period, period.payment, moment(days_after(period.due_date, -1), 22, 47), "manual")
        status = "refunded" if outcome == "refunded" else "posted"
        self._add_debit(period, period.payment, moment(period.due_date, 0, 5), status, duplicate_of=first)

    def _add_open(self, period: Period) -> None:
        plan, first = self.timeline.plan, period.period == self.timeline.paid + 1
        if plan.failing is not None and period.due_date <= self.today:
            retry = None if plan.processing else moment(self.today, 20, 5)
            self._add_failures(period, plan.failing, self.today, retry)
        if plan.processing and first:
            yesterday = days_after(self.today, -1)
            self._add_repayment(period, period.payment, moment(yesterday, 21, 30), "manual", "processing")

    def _add_failures(self, period: Period, reason: str, before: date, last_retry: Optional[datetime]) -> None:
        """Every run before a date failed, on that date itself only the one at 00:05 is known."""
        runs = [run for run in _runs(period.due_date) if run <= moment(before, 0, 5)]
        for run, following in zip(runs, [*runs[1:], last_retry]):
            amount = period.payment + self.timeline.penalty(period, run.date())
            self._add_attempt(period, amount, run, reason, following)

    def _add_debit(
        self, period: Period, amount: Decimal, at: datetime, status: str = "posted", duplicate_of: Optional[str] = None
    ) -> None:
        self._add_attempt(period, amount, at, None, None)
        self._add_repayment(period, amount, at, "auto_debit", status, duplicate_of)

    def _add_attempt(
        self, period: Period, amount: Decimal, at: datetime, reason: Optional[str], following: Optional[datetime]
    ) -> None:
        self.rows.add(
            debit_attempts,
            attempt_no=reference_no("KK", self.loan_no, f"{at:%Y%m%d%H%M}", str(period.period)),
            loan_no=self.loan_no,
            card_id=self.card_id,
            period=period.period,
            amount=amount,
            attempted_at=at,
            succeeded=reason is None,
            failure_reason=reason,
            next_attempt_at=following,
        )

    def _add_repayment(
        self,
        period: Period,
        amount: Decimal,
        at: datetime,
        kind: str,
        status: str = "posted",
        duplicate_of: Optional[str] = None,
    ) -> str:
        repayment_no = reference_no("HK", self.loan_no, str(period.period), kind)
        self.rows.add(
            repayments,
            repayment_no=repayment_no,
            loan_no=self.loan_no,
            card_id=self.card_id,
            period=period.period,
            amount=amount,
            paid_at=at,
            kind=kind,
            status=status,
            posts_by=moment(days_after(self.today, 1), 12, 0) if status == "processing" else None,
            duplicate_of=duplicate_of,
        )
        return repayment_no


def _runs(due_date: date) -> list[datetime]:
    later = [moment(days_after(due_date, days), 20, 5) for days in _RETRY_DAYS]
    return [moment(due_date, 0, 5), moment(due_date, 20, 5), *later]
