"""What a loan really costs a year (年化利率), by 中国人民银行公告〔2021〕第3号.

The notice relates every cost of a loan, fees included, to the principal actually in use, and accepts the simple (单利)
and the compound (复利, the internal rate of return) way of stating it by the year.
"""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Sequence

from dengta.backends.finance.interest import MONTHS_PER_YEAR
from dengta.backends.finance.schedules import ZERO, Period

CALENDAR_DAYS = 365
_RATE = Decimal("0.0001")
_MONTHLY_RATE = Decimal("0.00000001")
_RATE_BOUNDS = Decimal("-0.999999"), Decimal("1e6")
_TOLERANCE = Decimal("1e-12")


def monthly_irr(cash_flows: Sequence[Decimal]) -> Decimal:
    """Return the monthly rate, to eight places, at which monthly cash flows are worth nothing today.

    Args:
        cash_flows: money received now and every following month, payments negative (or the other way round).

    Raises:
        ValueError: the flows do not change sign exactly once, so no single rate fits, or the rate is absurd.
    """
    signs = [flow > 0 for flow in cash_flows if flow]
    if sum(before != after for before, after in zip(signs, signs[1:])) != 1:
        raise ValueError("cash flows must change sign exactly once")
    low, high = _RATE_BOUNDS
    rising = _present_value(cash_flows, low) < 0
    if (_present_value(cash_flows, high) < 0) == rising:
        raise ValueError("no monthly rate fits these cash flows")
    while high - low > _TOLERANCE:
        middle = (low + high) / 2
        below = (_present_value(cash_flows, middle) < 0) == rising
        low, high = (middle, high) if below else (low, middle)
    return ((low + high) / 2).quantize(_MONTHLY_RATE, ROUND_HALF_UP)


def simple_annualised(monthly_rate: Decimal) -> Decimal:
    """Return twelve monthly rates as an annual fraction with four places (单利)."""
    return _rounded(monthly_rate * MONTHS_PER_YEAR)


def compound_annualised(monthly_rate: Decimal) -> Decimal:
    """Return the compounded annual fraction with four places (复利)."""
    return _rounded((1 + monthly_rate) ** MONTHS_PER_YEAR - 1)


def annualised_cost(principal: Decimal, periods: Sequence[Period], start: date, upfront_fee: Decimal = ZERO) -> Decimal:
    """Return the all-in simple annualised rate of a loan as a fraction with four places.

    Monthly schedules give 12 × monthly IRR. A single payment at the end gives cost ÷ money received, times 365 ÷ days,
    because monthly discounting would understate simple interest over several months.

    Raises:
        ValueError: the fee leaves nothing to the borrower.
    """
    received = principal - upfront_fee
    if received <= 0:
        raise ValueError("the upfront fee must be below the principal")
    if len(periods) == 1:
        days = (periods[0].due_date - start).days
        return _rounded((periods[0].payment - received) / received * CALENDAR_DAYS / days)
    return simple_annualised(monthly_irr([received, *(-period.payment for period in periods)]))


def _present_value(cash_flows: Sequence[Decimal], monthly_rate: Decimal) -> Decimal:
    value, growth = Decimal(0), 1 + monthly_rate
    for flow in reversed(cash_flows):
        value = value / growth + flow
    return value


def _rounded(rate: Decimal) -> Decimal:
    return rate.quantize(_RATE, ROUND_HALF_UP)
