"""Repayments, debit attempts and early settlement in the book."""
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Optional

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from dengta.backends.outcomes import Found, NotFound, Outcome
from dengta.backends.repayment import (
    DebitAttempt,
    Repayment,
    RepaymentKind,
    RepaymentStatus,
    SettlementQuote,
    SettlementReceipt,
)
from dengta.backends.sql.calls import Book
from dengta.backends.sql.customer import is_known
from dengta.backends.sql.settlement import quote, settle
from dengta.backends.sql.tables import bank_cards, debit_attempts, loan_notes, repayments


@dataclass(frozen=True)
class SqlRepayments:
    """`RepaymentBackend` on the book."""

    book: Book

    async def repayments(self, customer_id: str, loan_no: Optional[str] = None) -> Outcome[tuple[Repayment, ...]]:
        """Return repayments, newest first, of one note or of all; NotFound if the note is not this customer's."""
        return await self.book.read(lambda session: _repayments(session, customer_id, loan_no))

    async def debit_attempts(
        self, customer_id: str, loan_no: Optional[str] = None
    ) -> Outcome[tuple[DebitAttempt, ...]]:
        """Return debit attempts, newest first, of one note or of all; NotFound if the note is not this customer's."""
        return await self.book.read(lambda session: _attempts(session, customer_id, loan_no))

    async def quote_settlement(self, customer_id: str, loan_no: str, on: date) -> Outcome[SettlementQuote]:
        """Quote early settlement on a date, today or later.

        Denied(`already_settled` | `processing` | `in_review` | `date_passed`) if impossible. For a later date,
        instalments that fall due before it are taken to be debited as planned.
        """
        return await self.book.read(lambda session: quote(session, customer_id, loan_no, on))

    async def settle(
        self, customer_id: str, loan_no: str, confirmed_total: Decimal, idempotency_key: str
    ) -> Outcome[SettlementReceipt]:
        """Pay a note off today from its repayment card, once per idempotency key.

        Denied(`amount_changed`) if the total is no longer what the customer confirmed; nothing is changed then.
        Denied(`already_settled`) if another request settled it, Denied(`idempotency_key_reused`) if the key paid off
        another note, otherwise as for `quote_settlement`.
        """
        return await self.book.change(
            lambda session: settle(session, customer_id, loan_no, confirmed_total, idempotency_key)
        )


def _repayments(session: Session, customer_id: str, loan_no: Optional[str]) -> Outcome[tuple[Repayment, ...]]:
    if not _may_read(session, customer_id, loan_no):
        return NotFound()
    own = _own(repayments, customer_id, loan_no)
    rows = session.execute(own.order_by(repayments.c.paid_at.desc(), repayments.c.repayment_no))
    return Found(tuple(_repayment(row) for row in rows))


def _attempts(session: Session, customer_id: str, loan_no: Optional[str]) -> Outcome[tuple[DebitAttempt, ...]]:
    if not _may_read(session, customer_id, loan_no):
        return NotFound()
    own = _own(debit_attempts, customer_id, loan_no)
    rows = session.execute(own.order_by(debit_attempts.c.attempted_at.desc(), debit_attempts.c.attempt_no))
    return Found(tuple(_attempt(row) for row in rows))


def _may_read(session: Session, customer_id: str, loan_no: Optional[str]) -> bool:
    if loan_no is None:
        return is_known(session, customer_id)
    own = select(loan_notes.c.loan_no).filter_by(customer_id=customer_id, loan_no=loan_no)
    return session.execute(own).first() is not None


def _own(table: Table, customer_id: str, loan_no: Optional[str]) -> Any:
    carded = select(table, bank_cards.c.bank, bank_cards.c.tail)
    joined = carded.join(bank_cards, bank_cards.c.card_id == table.c.card_id)
    own = joined.join(loan_notes, loan_notes.c.loan_no == table.c.loan_no)
    condition = loan_notes.c.customer_id == customer_id
    return own.where(condition) if loan_no is None else own.where(condition, table.c.loan_no == loan_no)


def _repayment(row: Any) -> Repayment:
    return Repayment(
        repayment_no=row.repayment_no,
        loan_no=row.loan_no,
        period=row.period,
        amount=row.amount,
        paid_at=row.paid_at,
        kind=RepaymentKind(row.kind),
        bank=row.bank,
        card_tail=row.tail,
        status=RepaymentStatus(row.status),
        posts_by=row.posts_by,
        duplicate_of=row.duplicate_of,
    )


def _attempt(row: Any) -> DebitAttempt:
    return DebitAttempt(
        attempt_no=row.attempt_no,
        loan_no=row.loan_no,
        period=row.period,
        amount=row.amount,
        attempted_at=row.attempted_at,
        bank=row.bank,
        card_tail=row.tail,
        succeeded=row.succeeded,
        failure_reason=row.failure_reason,
        next_attempt_at=row.next_attempt_at,
    )
