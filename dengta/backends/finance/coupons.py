"""What a coupon takes off a bill."""

from decimal import Decimal
from typing import Optional, Union

from dengta.backends.coupon import Coupon, CouponKind, RedeemOffer
from dengta.backends.finance.interest import accrued_interest, fen
from dengta.backends.finance.schedules import ZERO

Terms = Union[Coupon, RedeemOffer]


def unmet_condition(coupon: Terms, amount: Decimal, periods: int) -> Optional[str]:
    """Return the first minimum that a loan over `periods` misses (`min_amount` | `min_periods`), or None."""
    if amount < coupon.min_amount:
        return "min_amount"
    return "min_periods" if periods < coupon.min_periods else None


def coupon_deduction(
    coupon: Terms, amount: Decimal, periods: int, annual_rate: Decimal, interest: Decimal, payable: Decimal
) -> Decimal:
    """Return the yuan a coupon takes off a bill: 0.00 if a minimum is missed, never more than the bill.

    Interest-free days and interest discounts take off interest only; cash off also takes off principal and fees.

    Args:
        amount: the principal on which the interest of this bill runs.
        interest: the interest contained in the bill.
        payable: the whole bill.
    """
    if unmet_condition(coupon, amount, periods) is not None:
        return ZERO
    if coupon.kind is CouponKind.CASH_OFF:
        return min(max(fen(coupon.value), ZERO), payable)
    if coupon.kind is CouponKind.INTEREST_FREE_DAYS:
        off = accrued_interest(amount, annual_rate, int(coupon.value))
    else:
        off = fen(interest * coupon.value)
    return min(max(off, ZERO), interest, payable)
