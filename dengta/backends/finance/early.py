"""Paying early: settling a note, or paying part of it.

民法典 第677条: who repays early owes interest for the time the money was really used, unless agreed otherwise.
民法典 第561条: a payment that does not cover everything goes to fees, then interest, then principal.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Sequence

from dengta.backends.finance.interest import accrued_interest, fen
from dengta.backends.finance.schedules import ZERO, Period, amortise
from dengta.backends.loan import Instalment, InstalmentStatus, RepaymentMethod


@dataclass(frozen=True)
class Settlement:
    """What paying off a note costs in yuan: total = principal + interest + penalty + fee."""

    principal: Decimal
    interest: Decimal
    penalty: Decimal
    fee: Decimal
    total: Decimal
    saved_interest: Decimal


@dataclass(frozen=True)
class PartialRepayment:
    """What a payment covers, and what is owed afterwards: `charges_left` (fees and penalty) plus `remaining`."""

    fee: Decimal
    penalty: Decimal
    interest: Decimal
    principal: Decimal
    charges_left: Decimal
    remaining: tuple[Period, ...]


def settle_early(
    instalments: Sequence[Instalment], annual_rate: Decimal, start: date, on: date, fee_rate: Decimal = ZERO
) -> Settlement:
    """Quote the settlement of a note on a date.

    Due periods are owed in full. Of the running period only the days since the last due date are charged, never more
    than its planned interest. `fee_rate` is a fraction of the principal not yet due.

    Args:
        instalments: every period of the note in order, penalty as it stands on `on`.
        start: the day the money was paid out.

    Raises:
        ValueError: `on` is before `start`.
    """
    book = _Book.open(instalments, annual_rate, start, on)
    principal = book.due.principal + book.principal_ahead
    interest = book.due.interest + book.running_interest
    fee = book.due.fee + fen(book.principal_ahead * fee_rate)
    saved = sum((rest.interest for rest in book.ahead), ZERO) - book.running_interest
    total = principal + interest + book.due.penalty + fee
    return Settlement(principal, interest, book.due.penalty, fee, total, saved)


def repay_part(
    instalments: Sequence[Instalment],
    method: RepaymentMethod,
    annual_rate: Decimal,
    start: date,
    on: date,
    amount: Decimal,
) -> PartialRepayment:
    """Say what a payment of `amount` yuan on a date covers and what remains.

    Due periods come first (fees, penalty, interest, principal, each oldest first), then the interest of the running
    period up to the day, then principal ahead of time: that lowers the coming instalments and keeps their dates.

    Raises:
        ValueError: `on` is before `start`, or the amount is negative.
    """
    if amount < 0:
        raise ValueError("a payment is 0.00 or more")
    book = _Book.open(instalments, annual_rate, start, on)
    purse = _Purse(fen(amount))
    fee, penalty = purse.pay(book.due.fee), purse.pay(book.due.penalty)
    interest_left = [rest.interest - purse.pay(rest.interest) for rest in book.late]
    principal_left = [rest.principal - purse.pay(rest.principal) for rest in book.late]
    running, prepaid = purse.pay(book.running_interest), purse.pay(book.principal_ahead)
    late = tuple(
        Period(rest.instalment.period, rest.instalment.due_date, principal, interest)
        for rest, principal, interest in zip(book.late, principal_left, interest_left)
        if principal or interest
    )
    return PartialRepayment(
        fee=fee,
        penalty=penalty,
        interest=book.due.interest - sum(interest_left, ZERO) + running,
        principal=book.due.principal - sum(principal_left, ZERO) + prepaid,
        charges_left=book.due.fee - fee + book.due.penalty - penalty,
        remaining=late + book.rebuilt(method, annual_rate, running, prepaid),
    )


@dataclass(frozen=True)
class _Rest:
    """What is unpaid of one instalment."""

    instalment: Instalment
    fee: Decimal
    penalty: Decimal
    interest: Decimal
    principal: Decimal

    @classmethod
    def of(cls, instalment: Instalment) -> "_Rest":
        if instalment.status is InstalmentStatus.PAID:
            return cls(instalment, ZERO, ZERO, ZERO, ZERO)
        paid = _Purse(instalment.paid)
        parts = (instalment.fee, instalment.penalty, instalment.interest, instalment.principal)
        return cls(instalment, *(part - paid.pay(part) for part in parts))


@dataclass(frozen=True)
class _Due:
    """The unpaid sums of all due instalments."""

    fee: Decimal
    penalty: Decimal
    interest: Decimal
    principal: Decimal


@dataclass(frozen=True)
class _Book:
    """A note on one date: what is due, what lies ahead, and the interest of the running period so far."""

    on: date
    late: tuple[_Rest, ...]
    ahead: tuple[_Rest, ...]
    accrues_from: date
    running_interest: Decimal

    @classmethod
    def open(cls, instalments: Sequence[Instalment], annual_rate: Decimal, start: date, on: date) -> "_Book":
        if on < start:
            raise ValueError("a note cannot be paid before it starts")
        rests = [_Rest.of(instalment) for instalment in instalments]
        late = tuple(rest for rest in rests if rest.instalment.due_date <= on)
        ahead = tuple(rest for rest in rests if rest.instalment.due_date > on and (rest.principal or rest.interest))
        if not ahead:
            return cls(on, late, ahead, on, ZERO)
        running = ahead[0]
        before = [item.due_date for item in instalments if item.due_date < running.instalment.due_date]
        begin = before[-1] if before else start
        accrued = accrued_interest(_principal(ahead), annual_rate, max((on - begin).days, 0))
        already_paid = running.instalment.interest - running.interest
        interest = min(max(accrued - already_paid, ZERO), running.interest)
        return cls(on, late, ahead, max(begin, on), interest)

    @property
    def due(self) -> _Due:
        return _Due(
            sum((rest.fee for rest in self.late), ZERO),
            sum((rest.penalty for rest in self.late), ZERO),
            sum((rest.interest for rest in self.late), ZERO),
            _principal(self.late),
        )

    @property
    def principal_ahead(self) -> Decimal:
        return _principal(self.ahead)

    def rebuilt(
        self, method: RepaymentMethod, annual_rate: Decimal, interest_paid: Decimal, prepaid: Decimal
    ) -> tuple[Period, ...]:
        """The coming periods after `interest_paid` and `prepaid` principal."""
        coming = tuple(rest.instalment for rest in self.ahead)
        if not prepaid:
            planned = tuple(
                Period(item.period, item.due_date, rest.principal, rest.interest)
                for item, rest in zip(coming, self.ahead)
            )
            return _with_first_interest(planned, planned[0].interest - interest_paid) if planned else ()
        principal = self.principal_ahead - prepaid
        if not principal:
            return ()
        fresh = amortise(method, principal, annual_rate, self.accrues_from, [item.due_date for item in coming])
        numbered = tuple(
            Period(item.period, row.due_date, row.principal, row.interest) for item, row in zip(coming, fresh)
        )
        days_left = (numbered[0].due_date - self.accrues_from).days
        rest_of_period = accrued_interest(principal, annual_rate, days_left)
        rest_of_plan = self.ahead[0].interest - interest_paid
        return _with_first_interest(numbered, min(numbered[0].interest, rest_of_period, rest_of_plan))


class _Purse:
    """Money that is handed out until it is used up."""

    def __init__(self, amount: Decimal) -> None:
        self._left = amount

    def pay(self, owed: Decimal) -> Decimal:
        paid = min(owed, self._left)
        self._left -= paid
        return paid


def _with_first_interest(periods: tuple[Period, ...], interest: Decimal) -> tuple[Period, ...]:
    first = periods[0]
    return (Period(first.period, first.due_date, first.principal, interest), *periods[1:])


def _principal(rests: Sequence[_Rest]) -> Decimal:
    return sum((rest.principal for rest in rests), ZERO)
