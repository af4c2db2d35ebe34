"""Credit limits in the book."""
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Optional

from sqlalchemy import select
from sqlalchemy.orm import Session

from dengta import clock
from dengta.backends.limit import CreditLimit, LimitStatus
from dengta.backends.outcomes import Found, NotFound, Outcome
from dengta.backends.sql.calls import Book
from dengta.backends.sql.notes import stored_notes
from dengta.backends.sql.tables import credit_limits, products


@dataclass(frozen=True)
class SqlLimits:
    """`LimitBackend` on the book."""

    book: Book

    async def limit(self, customer_id: str) -> Outcome[CreditLimit]:
        """Return the customer's limit; NotFound if none was ever granted."""
        return await self.book.read(lambda session: _outcome(session, customer_id))


def current_limit(session: Session, customer_id: str, on: date) -> Optional[CreditLimit]:
    """Read a limit on a date: used is the outstanding principal of all revolving notes; past its date it is expired."""
    named = select(credit_limits, products.c.name.label("product_name"))
    joined = named.join(products, products.c.code == credit_limits.c.product_code)
    row = session.execute(joined.where(credit_limits.c.customer_id == customer_id)).first()
    if row is None:
        return None
    revolving = (note for note in stored_notes(session, customer_id, on) if note.row.revolving)
    used = sum((note.outstanding_principal for note in revolving), Decimal("0.00"))
    return CreditLimit(
        product_name=row.product_name,
        total=row.total,
        used=used,
        single_min=row.single_min,
        single_max=row.single_max,
        annual_rate=row.annual_rate,
        valid_until=row.valid_until,
        status=_status(row, on),
        previous_total=row.previous_total,
        changed_on=row.changed_on,
        change_reason=row.change_reason,
    )


def _outcome(session: Session, customer_id: str) -> Outcome[CreditLimit]:
    limit = current_limit(session, customer_id, clock.today())
    return NotFound() if limit is None else Found(limit)


def _status(row: Any, on: date) -> LimitStatus:
    status = LimitStatus(row.status)
    if status is LimitStatus.FROZEN or row.valid_until >= on:
        return status
    return LimitStatus.EXPIRED
