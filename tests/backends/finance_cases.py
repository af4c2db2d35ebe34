"""Loans and instalments that the finance tests share."""

from datetime import date
from decimal import Decimal
from typing import Sequence

from hypothesis import strategies as st

from dengta.backends.finance import Period
from dengta.backends.loan import Instalment, InstalmentStatus, RepaymentMethod

ZERO = Decimal("0.00")
MONTHLY = [method for method in RepaymentMethod if method is not RepaymentMethod.DAILY_BULLET]

amounts = st.decimals("0.01", "300000", places=2)
rates = st.decimals("0.0000", "0.2400", places=4)
months = st.integers(1, 36)
starts = st.dates(date(2023, 1, 1), date(2027, 12, 31))
due_days = st.integers(1, 31)
methods = st.sampled_from(RepaymentMethod)
loans = st.tuples(methods, amounts, rates, months, starts, due_days)


def unpaid(periods: Sequence[Period]) -> list[Instalment]:
    """The schedule of a note on which nothing has been paid and nothing is late."""
    return [
        Instalment(
            "L1", row.period, row.due_date, row.principal, row.interest, ZERO, ZERO, ZERO, 0, InstalmentStatus.PENDING
        )
        for row in periods
    ]
