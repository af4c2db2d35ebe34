"""Coupons and redeem codes: types and the protocol every adapter fulfils."""
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Optional, Protocol

from dengta.backends.outcomes import Outcome


class CouponKind(str, Enum):
    """What a coupon takes off; `value` of the coupon is days, a fraction of interest, or yuan."""

    INTEREST_FREE_DAYS = "interest_free_days"
    INTEREST_DISCOUNT = "interest_discount"
    CASH_OFF = "cash_off"


class CouponStatus(str, Enum):
    """State of a coupon for its holder, on the business date."""

    USABLE = "usable"
    USED = "used"
    EXPIRED = "expired"
    UNQUALIFIED = "unqualified"


@dataclass(frozen=True)
class Coupon:
    """A coupon held by a customer. `unqualified_reason` is a code: min_amount | min_periods | product | overdue."""

    coupon_no: str
    name: str
    kind: CouponKind
    value: Decimal
    min_amount: Decimal
    min_periods: int
    valid_from: date
    valid_until: date
    status: CouponStatus
    unqualified_reason: Optional[str] = None


@dataclass(frozen=True)
class RedeemOffer:
    """What a redeem code would give, shown before the customer confirms."""

    code: str
    coupon_name: str
    kind: CouponKind
    value: Decimal
    min_amount: Decimal
    min_periods: int
    valid_until: date


class CouponBackend(Protocol):
    """Coupons of one customer."""

    async def coupons(self, customer_id: str) -> Outcome[tuple[Coupon, ...]]:
        """Return coupons: usable ones first (soonest expiry first), then the others."""
        ...

    async def preview_redeem(self, customer_id: str, code: str) -> Outcome[RedeemOffer]:
        """Say what a code gives. Denied(`already_redeemed` | `code_expired` | `not_for_you`); NotFound if unknown."""
        ...

    async def redeem(self, customer_id: str, code: str, idempotency_key: str) -> Outcome[Coupon]:
        """Turn a code into a coupon, once per idempotency key; outcomes as for `preview_redeem`."""
        ...
