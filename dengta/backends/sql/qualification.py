"""Whether a holder may use a coupon on a date."""
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Optional

from sqlalchemy import select
from sqlalchemy.orm import Session

from dengta.backends.coupon import CouponStatus
from dengta.backends.loan import LoanStatus
from dengta.backends.sql.limit import current_limit
from dengta.backends.sql.notes import stored_notes
from dengta.backends.sql.tables import credit_limits, products


@dataclass(frozen=True)
class Holder:
    """What decides about a customer's coupons: lateness, and what a limit, if there is one, still allows."""

    on: date
    overdue: bool
    line: Optional["CreditLine"]

    def standing(self, row: Any) -> tuple[CouponStatus, Optional[str]]:
        """Return the state of a coupon (a row of `coupons` and `coupon_rules`) and why it cannot be used, if so."""
        if row.used_on is not None:
            return CouponStatus.USED, None
        if row.valid_until < self.on:
            return CouponStatus.EXPIRED, None
        reason = self._obstacle(row)
        return (CouponStatus.USABLE, None) if reason is None else (CouponStatus.UNQUALIFIED, reason)

    def _obstacle(self, row: Any) -> Optional[str]:
        """A customer without a limit can still open whatever the coupon asks for."""
        if self.overdue:
            return "overdue"
        return None if self.line is None else self.line.obstacle(row)


@dataclass(frozen=True)
class CreditLine:
    """What a customer can still draw: the product, its longest term in periods, the amount in yuan."""

    product_code: str
    longest_term: int
    available: Decimal

    def obstacle(self, row: Any) -> Optional[str]:
        """Return which condition of a coupon rule no draw could meet."""
        if row.product_code not in (None, self.product_code):
            return "product"
        if row.min_periods > self.longest_term:
            return "min_periods"
        return "min_amount" if row.min_amount > self.available else None


def holder(session: Session, customer_id: str, on: date) -> Holder:
    """Read a customer's standing: any late note bars every coupon; a coupon helps with what the limit still allows."""
    overdue = any(note.status is LoanStatus.OVERDUE for note in stored_notes(session, customer_id, on))
    return Holder(on, overdue, _line(session, customer_id, on))


def _line(session: Session, customer_id: str, on: date) -> Optional[CreditLine]:
    limit = current_limit(session, customer_id, on)
    if limit is None:
        return None
    drawn_on = select(products.c.code, products.c.periods)
    joined = drawn_on.join(credit_limits, credit_limits.c.product_code == products.c.code)
    product = session.execute(joined.where(credit_limits.c.customer_id == customer_id)).one()
    return CreditLine(product.code, max(product.periods), limit.available)
