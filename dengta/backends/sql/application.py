"""Applications and payouts in the book."""
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dengta.backends.application import Application, ApplicationStatus, Disbursement, DisbursementStatus
from dengta.backends.outcomes import Found, NotFound, Outcome
from dengta.backends.sql.calls import Book
from dengta.backends.sql.customer import is_known
from dengta.backends.sql.tables import applications, bank_cards, disbursements, products


@dataclass(frozen=True)
class SqlApplications:
    """`ApplicationBackend` on the book."""

    book: Book

    async def applications(self, customer_id: str) -> Outcome[tuple[Application, ...]]:
        """Return applications, newest first."""
        return await self.book.read(lambda session: _applications(session, customer_id))

    async def disbursements(self, customer_id: str) -> Outcome[tuple[Disbursement, ...]]:
        """Return payouts, newest first."""
        return await self.book.read(lambda session: _disbursements(session, customer_id))


def _applications(session: Session, customer_id: str) -> Outcome[tuple[Application, ...]]:
    if not is_known(session, customer_id):
        return NotFound()
    named = select(applications, products.c.name.label("product_name"))
    joined = named.join(products, products.c.code == applications.c.product_code)
    own = joined.where(applications.c.customer_id == customer_id)
    rows = session.execute(own.order_by(applications.c.submitted_at.desc(), applications.c.application_no))
    return Found(tuple(_application(row) for row in rows))


def _disbursements(session: Session, customer_id: str) -> Outcome[tuple[Disbursement, ...]]:
    if not is_known(session, customer_id):
        return NotFound()
    carded = select(disbursements, bank_cards.c.bank, bank_cards.c.tail)
    joined = carded.join(bank_cards, bank_cards.c.card_id == disbursements.c.card_id)
    own = joined.where(disbursements.c.customer_id == customer_id)
    rows = session.execute(own.order_by(disbursements.c.submitted_at.desc(), disbursements.c.disbursement_no))
    return Found(tuple(_disbursement(row) for row in rows))


def _application(row: Any) -> Application:
    return Application(
        application_no=row.application_no,
        product_name=row.product_name,
        amount=row.amount,
        periods=row.periods,
        submitted_at=row.submitted_at,
        status=ApplicationStatus(row.status),
        expected_by=row.expected_by,
        decided_at=row.decided_at,
        rejection_reason=row.rejection_reason,
        reapply_after=row.reapply_after,
    )


def _disbursement(row: Any) -> Disbursement:
    return Disbursement(
        disbursement_no=row.disbursement_no,
        loan_no=row.loan_no,
        amount=row.amount,
        bank=row.bank,
        card_tail=row.tail,
        submitted_at=row.submitted_at,
        status=DisbursementStatus(row.status),
        expected_by=row.expected_by,
        completed_at=row.completed_at,
        failure_reason=row.failure_reason,
    )
