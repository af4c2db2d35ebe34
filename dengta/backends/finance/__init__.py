"""The money rules: pure functions on Decimal yuan, each naming the published rule it follows.

Amounts go in and come out with two places, rounded half up at the fen. Rates are fractions a year (0.1440 = 14.40 %).
"""

from dengta.backends.finance.coupons import coupon_deduction, unmet_condition
from dengta.backends.finance.early import PartialRepayment, Settlement, repay_part, settle_early
from dengta.backends.finance.interest import FEN, accrued_interest, fen, penalty_interest
from dengta.backends.finance.quotes import LoanQuote, loan_quote
from dengta.backends.finance.rates import annualised_cost, compound_annualised, monthly_irr, simple_annualised
from dengta.backends.finance.schedules import Period, due_dates, schedule

__all__ = [
    "FEN",
    "LoanQuote",
    "PartialRepayment",
    "Period",
    "Settlement",
    "accrued_interest",
    "annualised_cost",
    "compound_annualised",
    "coupon_deduction",
    "due_dates",
    "fen",
    "loan_quote",
    "monthly_irr",
    "penalty_interest",
    "repay_part",
    "schedule",
    "settle_early",
    "simple_annualised",
    "unmet_condition",
]
