"""Customers and their bank cards: types and the protocol every adapter fulfils."""
from dataclasses import dataclass
from enum import Enum
from typing import Optional, Protocol

from dengta.backends.outcomes import Outcome


class AccountStatus(str, Enum):
    """State of a customer's account."""

    ACTIVE = "active"
    FROZEN = "frozen"
    CLOSED = "closed"


@dataclass(frozen=True)
class Customer:
    """A person known to the lender. `frozen_reason` is a code, set only when the status is FROZEN."""

    customer_id: str
    name: str
    phone: str
    status: AccountStatus
    frozen_reason: Optional[str] = None


@dataclass(frozen=True)
class BankCard:
    """A bound bank card; only the last four digits are ever read."""

    card_id: str
    bank: str
    tail: str
    for_repayment: bool
    for_disbursement: bool


class CustomerBackend(Protocol):
    """Read access to customers."""

    async def by_phone(self, phone: str) -> Outcome[Customer]:
        """Find the customer registered with this 11-digit mobile number."""
        ...

    async def get(self, customer_id: str) -> Outcome[Customer]:
        """Return one customer."""
        ...

    async def bank_cards(self, customer_id: str) -> Outcome[tuple[BankCard, ...]]:
        """Return the customer's bound cards, repayment card first."""
        ...
