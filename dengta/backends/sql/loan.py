"""Products, loan notes and schedules in the book."""
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dengta import clock
from dengta.backends.finance import loan_quote
from dengta.backends.loan import Instalment, InstalmentStatus, LoanNote, Product, RepaymentMethod
from dengta.backends.outcomes import Found, NotFound, Outcome
from dengta.backends.sql.calls import Book
from dengta.backends.sql.customer import is_known
from dengta.backends.sql.notes import StoredNote, stored_note, stored_notes
from dengta.backends.sql.tables import products


@dataclass(frozen=True)
class SqlLoans:
    """`LoanBackend` on the book."""

    book: Book

    async def products(self) -> Outcome[tuple[Product, ...]]:
        """Return the products on offer, cheapest first by all-in annualised rate over the longest term."""
        return await self.book.read(_products)

    async def notes(self, customer_id: str) -> Outcome[tuple[LoanNote, ...]]:
        """Return all notes of a customer, open ones first, each group oldest first."""
        return await self.book.read(lambda session: _notes(session, customer_id))

    async def schedule(self, customer_id: str, loan_no: str) -> Outcome[tuple[Instalment, ...]]:
        """Return every instalment of one note in order of period; NotFound if the note is not this customer's."""
        return await self.book.read(lambda session: _schedule(session, customer_id, loan_no))


def _products(session: Session) -> Outcome[tuple[Product, ...]]:
    offered = [_product(row) for row in session.execute(select(products).order_by(products.c.code))]
    return Found(tuple(sorted(offered, key=_cost)))


@lru_cache(maxsize=64)
def _cost(product: Product) -> Decimal:
    """The rate is solved for numerically and only orders the list, so once per product is enough."""
    return loan_quote(product, product.max_amount, max(product.periods), clock.today()).annualised_rate


def _notes(session: Session, customer_id: str) -> Outcome[tuple[LoanNote, ...]]:
    if not is_known(session, customer_id):
        return NotFound()
    notes = [_note(stored) for stored in stored_notes(session, customer_id, clock.today())]
    return Found(tuple(sorted(notes, key=lambda note: not note.status.is_open)))


def _schedule(session: Session, customer_id: str, loan_no: str) -> Outcome[tuple[Instalment, ...]]:
    stored = stored_note(session, customer_id, loan_no, clock.today())
    return NotFound() if stored is None else Found(stored.schedule)


def _product(row: Any) -> Product:
    return Product(
        code=row.code,
        name=row.name,
        method=RepaymentMethod(row.method),
        annual_rate=row.annual_rate,
        upfront_fee_rate=row.upfront_fee_rate,
        min_amount=row.min_amount,
        max_amount=row.max_amount,
        periods=tuple(row.periods),
    )


def _note(stored: StoredNote) -> LoanNote:
    row, schedule = stored.row, stored.schedule
    return LoanNote(
        loan_no=row.loan_no,
        product_code=row.product_code,
        product_name=row.product_name,
        method=RepaymentMethod(row.method),
        principal=row.principal,
        outstanding_principal=stored.outstanding_principal,
        annual_rate=row.annual_rate,
        annualised_cost=row.annualised_cost,
        periods=len(schedule),
        paid_periods=sum(instalment.status is InstalmentStatus.PAID for instalment in schedule),
        start_date=row.start_date,
        end_date=schedule[-1].due_date,
        due_day=row.due_day,
        status=stored.status,
        repayment_bank=row.bank,
        repayment_card_tail=row.tail,
    )
