"""Loan applications and disbursements: types and the protocol every adapter fulfils."""
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Optional, Protocol

from dengta.backends.outcomes import Outcome


class ApplicationStatus(str, Enum):
    """State of an application."""

    IN_REVIEW = "in_review"
    AWAITING_CALL = "awaiting_call"
    APPROVED = "approved"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


class DisbursementStatus(str, Enum):
    """State of a payout."""

    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True)
class Application:
    """An application. `rejection_reason`: credit_history | income | information | too_many_loans | policy."""

    application_no: str
    product_name: str
    amount: Decimal
    periods: int
    submitted_at: datetime
    status: ApplicationStatus
    expected_by: Optional[datetime] = None
    decided_at: Optional[datetime] = None
    rejection_reason: Optional[str] = None
    reapply_after: Optional[date] = None


@dataclass(frozen=True)
class Disbursement:
    """One payout. `failure_reason` is a code: card_invalid | name_mismatch | bank_maintenance."""

    disbursement_no: str
    loan_no: Optional[str]
    amount: Decimal
    bank: str
    card_tail: str
    submitted_at: datetime
    status: DisbursementStatus
    expected_by: Optional[datetime] = None
    completed_at: Optional[datetime] = None
    failure_reason: Optional[str] = None


class ApplicationBackend(Protocol):
    """Applications and payouts of one customer."""

    async def applications(self, customer_id: str) -> Outcome[tuple[Application, ...]]:
        """Return applications, newest first."""
        ...

    async def disbursements(self, customer_id: str) -> Outcome[tuple[Disbursement, ...]]:
        """Return payouts, newest first."""
        ...
