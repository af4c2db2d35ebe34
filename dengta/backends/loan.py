"""Products, loan notes (借据) and instalment schedules: types and the protocol every adapter fulfils."""
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Protocol

from dengta.backends.outcomes import Outcome


class RepaymentMethod(str, Enum):
    """How a loan is paid back."""

    EQUAL_INSTALMENT = "equal_instalment"  # 等额本息
    EQUAL_PRINCIPAL = "equal_principal"  # 等额本金
    INTEREST_FIRST = "interest_first"  # 先息后本
    DAILY_BULLET = "daily_bullet"  # 按日计息，到期一次还本付息


class LoanStatus(str, Enum):
    """State of a loan note."""

    CURRENT = "current"
    OVERDUE = "overdue"
    SETTLED = "settled"
    EARLY_SETTLED = "early_settled"

    @property
    def is_open(self) -> bool:
        """Whether anything is still owed."""
        return self in (LoanStatus.CURRENT, LoanStatus.OVERDUE)


class InstalmentStatus(str, Enum):
    """State of one instalment period."""

    PENDING = "pending"
    OVERDUE = "overdue"
    PAID = "paid"


@dataclass(frozen=True)
class Product:
    """A loan product. Rates are fractions a year (0.1440 = 14.40 %); `upfront_fee_rate` is a fraction of principal."""

    code: str
    name: str
    method: RepaymentMethod
    annual_rate: Decimal
    upfront_fee_rate: Decimal
    min_amount: Decimal
    max_amount: Decimal
    periods: tuple[int, ...]


@dataclass(frozen=True)
class LoanNote:
    """One loan note. Amounts are yuan with two places; `annual_rate` is nominal, `annualised_cost` the all-in
    annualised rate (单利, 12 × monthly IRR over all cash flows including fees)."""

    loan_no: str
    product_code: str
    product_name: str
    method: RepaymentMethod
    principal: Decimal
    outstanding_principal: Decimal
    annual_rate: Decimal
    annualised_cost: Decimal
    periods: int
    paid_periods: int
    start_date: date
    end_date: date
    due_day: int
    status: LoanStatus
    repayment_bank: str
    repayment_card_tail: str


@dataclass(frozen=True)
class Instalment:
    """One instalment period (期). `penalty` is penalty interest (罚息) up to the business date; `due` = principal +
    interest + fee + penalty; `outstanding` = due − paid, never negative."""

    loan_no: str
    period: int
    due_date: date
    principal: Decimal
    interest: Decimal
    fee: Decimal
    penalty: Decimal
    paid: Decimal
    overdue_days: int
    status: InstalmentStatus

    @property
    def due(self) -> Decimal:
        """Everything charged for this period up to the business date."""
        return self.principal + self.interest + self.fee + self.penalty

    @property
    def outstanding(self) -> Decimal:
        """What is still to be paid for this period."""
        return max(self.due - self.paid, Decimal("0.00"))


class LoanBackend(Protocol):
    """Read access to products and loan notes. Every call is about one customer's own notes."""

    async def products(self) -> Outcome[tuple[Product, ...]]:
        """Return the products on offer, cheapest first."""
        ...

    async def notes(self, customer_id: str) -> Outcome[tuple[LoanNote, ...]]:
        """Return all notes of a customer, open ones first, each group oldest first."""
        ...

    async def schedule(self, customer_id: str, loan_no: str) -> Outcome[tuple[Instalment, ...]]:
        """Return every instalment of one note in order of period; NotFound if the note is not this customer's."""
        ...
