"""Loan notes as they stand on a date: stored rows plus what follows from the calendar."""
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Optional

from sqlalchemy import select
from sqlalchemy.orm import Session

from dengta.backends.finance import penalty_interest
from dengta.backends.loan import Instalment, InstalmentStatus, LoanStatus
from dengta.backends.sql.tables import bank_cards, instalments, loan_notes, products, settlements


@dataclass(frozen=True)
class StoredNote:
    """A loan note with its schedule on one date. `row` has the columns of `loan_notes` and of `_terms` below."""

    row: Any
    schedule: tuple[Instalment, ...]

    @property
    def status(self) -> LoanStatus:
        """Settled ahead of time, settled, overdue or current."""
        if self.row.settled_at is not None:
            return LoanStatus.EARLY_SETTLED
        states = {instalment.status for instalment in self.schedule}
        if InstalmentStatus.OVERDUE in states:
            return LoanStatus.OVERDUE
        return LoanStatus.CURRENT if InstalmentStatus.PENDING in states else LoanStatus.SETTLED

    @property
    def outstanding_principal(self) -> Decimal:
        """Principal not yet paid, in yuan."""
        return sum((_unpaid_principal(instalment) for instalment in self.schedule), Decimal("0.00"))


def stored_notes(session: Session, customer_id: str, on: date, loan_no: Optional[str] = None) -> list[StoredNote]:
    """Read a customer's notes, or one of them, as they stand on a date; the order is by start date."""
    terms = _terms().where(loan_notes.c.customer_id == customer_id)
    if loan_no is not None:
        terms = terms.where(loan_notes.c.loan_no == loan_no)
    rows = session.execute(terms.order_by(loan_notes.c.start_date, loan_notes.c.loan_no)).all()
    planned = select(instalments).where(instalments.c.loan_no.in_([row.loan_no for row in rows]))
    rates = {row.loan_no: row.annual_rate for row in rows}
    schedules = defaultdict(list)
    for row in session.execute(planned.order_by(instalments.c.loan_no, instalments.c.period)):
        schedules[row.loan_no].append(_instalment(row, rates[row.loan_no], on))
    return [StoredNote(row, tuple(schedules[row.loan_no])) for row in rows]


def stored_note(session: Session, customer_id: str, loan_no: str, on: date) -> Optional[StoredNote]:
    """Read one note as it stands on a date; None if it does not exist or is not this customer's."""
    found = stored_notes(session, customer_id, on, loan_no)
    return found[0] if found else None


def _terms() -> Any:
    return (
        select(
            loan_notes,
            products.c.name.label("product_name"),
            products.c.revolving,
            bank_cards.c.bank,
            bank_cards.c.tail,
            settlements.c.settled_at,
        )
        .join(products, products.c.code == loan_notes.c.product_code)
        .join(bank_cards, bank_cards.c.card_id == loan_notes.c.card_id)
        .outerjoin(settlements, settlements.c.loan_no == loan_notes.c.loan_no)
    )


def _instalment(row: Any, annual_rate: Decimal, on: date) -> Instalment:
    status = _status(row, on)
    overdue_days = (on - row.due_date).days if status is InstalmentStatus.OVERDUE else 0
    plain = Instalment(
        loan_no=row.loan_no,
        period=row.period,
        due_date=row.due_date,
        principal=row.principal,
        interest=row.interest,
        fee=row.fee,
        penalty=row.charged_penalty,
        paid=row.paid,
        overdue_days=overdue_days,
        status=status,
    )
    if status is not InstalmentStatus.OVERDUE:
        return plain
    penalty = penalty_interest(_unpaid_principal(plain), annual_rate, overdue_days)
    return replace(plain, penalty=penalty)


def _status(row: Any, on: date) -> InstalmentStatus:
    if row.paid_on is not None:
        return InstalmentStatus.PAID
    return InstalmentStatus.OVERDUE if row.due_date < on else InstalmentStatus.PENDING


def _unpaid_principal(instalment: Instalment) -> Decimal:
    """Payments go to fees and interest first (民法典第561条), so principal is the last part to be covered."""
    return min(instalment.principal, instalment.outstanding)
