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
    """What decides about a customer's coupons: lateness, and the product and amount they can draw."""

    on: date
    overdue: bool
    product_code: Optional[str]
    longest_term: int
    available: Decimal

    def standing(self, row: Any) -> tuple[CouponStatus, Optional[str]]:
        """Return the state of a coupon (a row of `coupons` and `coupon_rules`) and why it cannot be used, if so."""
        if row.used_on is not None:
            return CouponStatus.USED, None
        if row.valid_until < self.on:
            return CouponStatus.EXPIRED, None
        reason = self._obstacle(row)
        return (CouponStatus.USABLE, None) if reason is None else (CouponStatus.UNQUALIFIED, reason)

    def _obstacle(self, row: Any) -> Optional[str]:
        if self.overdue:
            return "overdue"
        if row.product_code not in (None, self.product_code):
            return "product"
        if row.min_periods > self.longest_term:
            return "min_periods"
        return "min_amount" if row.min_amount > self.available else None


def holder(session: Session, customer_id: str, on: date) -> Holder:
    """Read a customer's standing: any late note bars every coupon; a coupon helps with what the limit still allows."""
    overdue = any(note.status is LoanStatus.OVERDUE for note in stored_notes(session, customer_id, on))
    drawn_on = select(products.c.code, products.c.periods)
    joined = drawn_on.join(credit_limits, credit_limits.c.product_code == products.c.code)
    product = session.execute(joined.where(credit_limits.c.customer_id == customer_id)).first()
    limit = current_limit(session, customer_id, on)
    if product is None or limit is None:
        return Holder(on, overdue, None, 0, Decimal("0.00"))
    return Holder(on, overdue, product.code, max(product.periods), limit.available)
