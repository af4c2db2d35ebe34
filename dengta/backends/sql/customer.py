"""Customers and bank cards in the book."""
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dengta.backends.customer import AccountStatus, BankCard, Customer
from dengta.backends.outcomes import Found, NotFound, Outcome
from dengta.backends.sql.calls import Book
from dengta.backends.sql.tables import bank_cards, customers


@dataclass(frozen=True)
class SqlCustomers:
    """`CustomerBackend` on the book."""

    book: Book

    async def by_phone(self, phone: str) -> Outcome[Customer]:
        """Find the customer registered with this 11-digit mobile number."""
        return await self.book.read(lambda session: _customer(session, customers.c.phone == phone))

    async def get(self, customer_id: str) -> Outcome[Customer]:
        """Return one customer."""
        return await self.book.read(lambda session: _customer(session, customers.c.customer_id == customer_id))

    async def bank_cards(self, customer_id: str) -> Outcome[tuple[BankCard, ...]]:
        """Return the customer's bound cards, repayment card first."""
        return await self.book.read(lambda session: _cards(session, customer_id))


def is_known(session: Session, customer_id: str) -> bool:
    """Whether the book has this customer: an empty list is then a fact, otherwise `NotFound`."""
    return session.execute(select(customers.c.customer_id).filter_by(customer_id=customer_id)).first() is not None


def _customer(session: Session, condition: Any) -> Outcome[Customer]:
    row = session.execute(select(customers).where(condition)).first()
    if row is None:
        return NotFound()
    return Found(Customer(row.customer_id, row.name, row.phone, AccountStatus(row.status), row.frozen_reason))


def _cards(session: Session, customer_id: str) -> Outcome[tuple[BankCard, ...]]:
    if not is_known(session, customer_id):
        return NotFound()
    wanted = select(bank_cards).filter_by(customer_id=customer_id)
    rows = session.execute(wanted.order_by(bank_cards.c.for_repayment.desc(), bank_cards.c.card_id))
    cards = (BankCard(row.card_id, row.bank, row.tail, row.for_repayment, row.for_disbursement) for row in rows)
    return Found(tuple(cards))
