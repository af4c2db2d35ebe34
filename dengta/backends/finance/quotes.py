"""What a loan would cost: the figures said before anyone applies."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from dengta.backends.finance.interest import fen
from dengta.backends.finance.rates import annualised_cost
from dengta.backends.finance.schedules import ZERO, Period, schedule
from dengta.backends.loan import Product, RepaymentMethod


@dataclass(frozen=True)
class LoanQuote:
    """A loan in yuan; `annual_rate` is the nominal rate, `annualised_rate` the simple one with every cost in it."""

    amount: Decimal
    periods: int
    method: RepaymentMethod
    annual_rate: Decimal
    upfront_fee: Decimal
    first_payment: Decimal
    last_payment: Decimal
    total_interest: Decimal
    total_cost: Decimal
    annualised_rate: Decimal
    schedule: tuple[Period, ...]


def loan_quote(product: Product, amount: Decimal, periods: int, start: date) -> LoanQuote:
    """Quote a loan paid out on `start`, due each month on the same day.

    Raises:
        ValueError: the product does not offer this amount or this number of periods.
    """
    if not product.min_amount <= amount <= product.max_amount or periods not in product.periods:
        raise ValueError(f"product {product.code} does not offer this amount over this number of periods")
    rows = schedule(product.method, amount, product.annual_rate, periods, start, start.day)
    fee = fen(amount * product.upfront_fee_rate)
    interest = sum((row.interest for row in rows), ZERO)
    return LoanQuote(
        amount=fen(amount),
        periods=periods,
        method=product.method,
        annual_rate=product.annual_rate,
        upfront_fee=fee,
        first_payment=rows[0].payment,
        last_payment=rows[-1].payment,
        total_interest=interest,
        total_cost=interest + fee,
        annualised_rate=annualised_cost(amount, rows, start, fee),
        schedule=rows,
    )
