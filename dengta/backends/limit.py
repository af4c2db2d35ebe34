"""Credit limits: types and the protocol every adapter fulfils."""
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Optional, Protocol

from dengta.backends.outcomes import Outcome


class LimitStatus(str, Enum):
    """State of a credit limit."""

    ACTIVE = "active"
    REDUCED = "reduced"
    FROZEN = "frozen"
    EXPIRED = "expired"


@dataclass(frozen=True)
class CreditLimit:
    """A revolving limit, yuan. `previous_total`, `changed_on` and `change_reason` (a code) tell of the last change."""

    product_name: str
    total: Decimal
    used: Decimal
    single_min: Decimal
    single_max: Decimal
    annual_rate: Decimal
    valid_until: date
    status: LimitStatus
    previous_total: Optional[Decimal] = None
    changed_on: Optional[date] = None
    change_reason: Optional[str] = None

    @property
    def available(self) -> Decimal:
        """What can be drawn now; nothing unless the limit is usable."""
        usable = self.status in (LimitStatus.ACTIVE, LimitStatus.REDUCED)
        return max(self.total - self.used, Decimal("0.00")) if usable else Decimal("0.00")


class LimitBackend(Protocol):
    """Read access to credit limits."""

    async def limit(self, customer_id: str) -> Outcome[CreditLimit]:
        """Return the customer's limit; NotFound if none was ever granted."""
        ...
