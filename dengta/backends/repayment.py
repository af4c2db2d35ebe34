"""Repayments, debit attempts and early settlement: types and the protocol every adapter fulfils."""
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Optional, Protocol

from dengta.backends.outcomes import Outcome


class RepaymentStatus(str, Enum):
    """State of a repayment."""

    PROCESSING = "processing"  # the bank has taken the money, the books do not show it yet
    POSTED = "posted"
    REFUNDED = "refunded"


class RepaymentKind(str, Enum):
    """How a repayment was made."""

    AUTO_DEBIT = "auto_debit"
    MANUAL = "manual"
    EARLY_SETTLEMENT = "early_settlement"


@dataclass(frozen=True)
class Repayment:
    """Money received for one instalment period (`period` is None for an early settlement)."""

    repayment_no: str
    loan_no: str
    period: Optional[int]
    amount: Decimal
    paid_at: datetime
    kind: RepaymentKind
    bank: str
    card_tail: str
    status: RepaymentStatus
    posts_by: Optional[datetime] = None  # only while PROCESSING: when the books will show it
    duplicate_of: Optional[str] = None  # repayment_no of the first payment of the same period


@dataclass(frozen=True)
class DebitAttempt:
    """One attempt to take an instalment from the repayment card; `failure_reason` is a code, None on success."""

    attempt_no: str
    loan_no: str
    period: int
    amount: Decimal
    attempted_at: datetime
    bank: str
    card_tail: str
    succeeded: bool
    failure_reason: Optional[str]  # insufficient_balance | card_restricted | bank_timeout | over_bank_limit
    next_attempt_at: Optional[datetime]


@dataclass(frozen=True)
class SettlementQuote:
    """What it costs to pay a note off on `on`: total = principal + interest + penalty + fee. `saved_interest` is the
    interest of the remaining periods that falls away."""

    loan_no: str
    on: date
    principal: Decimal
    interest: Decimal
    penalty: Decimal
    fee: Decimal
    total: Decimal
    saved_interest: Decimal
    bank: str
    card_tail: str


@dataclass(frozen=True)
class SettlementReceipt:
    """Proof that a note was paid off."""

    repayment_no: str
    loan_no: str
    total: Decimal
    settled_at: datetime


class RepaymentBackend(Protocol):
    """Repayments of one customer's own notes."""

    async def repayments(self, customer_id: str, loan_no: Optional[str] = None) -> Outcome[tuple[Repayment, ...]]:
        """Return repayments, newest first, of one note or of all."""
        ...

    async def debit_attempts(
        self, customer_id: str, loan_no: Optional[str] = None
    ) -> Outcome[tuple[DebitAttempt, ...]]:
        """Return debit attempts, newest first, of one note or of all."""
        ...

    async def quote_settlement(self, customer_id: str, loan_no: str, on: date) -> Outcome[SettlementQuote]:
        """Quote early settlement on a date. Denied(`already_settled` | `processing` | `in_review`) if impossible."""
        ...

    async def settle(
        self, customer_id: str, loan_no: str, confirmed_total: Decimal, idempotency_key: str
    ) -> Outcome[SettlementReceipt]:
        """Pay a note off today from its repayment card, once per idempotency key.

        Denied(`amount_changed`) if the total is no longer what the customer confirmed; nothing is changed then.
        Denied(`already_settled`) if another request settled it.
        """
        ...
