"""A lender's systems as Dengta sees them: one protocol per business area, four possible outcomes."""
from dataclasses import dataclass

from dengta.backends.application import ApplicationBackend
from dengta.backends.coupon import CouponBackend
from dengta.backends.customer import CustomerBackend
from dengta.backends.limit import LimitBackend
from dengta.backends.loan import LoanBackend
from dengta.backends.repayment import RepaymentBackend


@dataclass(frozen=True)
class Backends:
    """The adapters a process works with."""

    customer: CustomerBackend
    loan: LoanBackend
    limit: LimitBackend
    repayment: RepaymentBackend
    application: ApplicationBackend
    coupon: CouponBackend
