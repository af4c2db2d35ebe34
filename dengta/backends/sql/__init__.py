"""A loan book in a SQL database: the adapters of `dengta.backends` on SQLAlchemy."""
from dengta.backends import Backends
from dengta.backends.sql.application import SqlApplications
from dengta.backends.sql.calls import Book
from dengta.backends.sql.coupon import SqlCoupons
from dengta.backends.sql.customer import SqlCustomers
from dengta.backends.sql.limit import SqlLimits
from dengta.backends.sql.loan import SqlLoans
from dengta.backends.sql.repayment import SqlRepayments
from dengta.database import connect


def build(url: str, timeout: float) -> Backends:
    """Return the adapters on the book at `url`; every call ends within `timeout` seconds. Nothing is opened yet."""
    book = Book(connect(url, timeout), timeout)
    return Backends(
        customer=SqlCustomers(book),
        loan=SqlLoans(book),
        limit=SqlLimits(book),
        repayment=SqlRepayments(book),
        application=SqlApplications(book),
        coupon=SqlCoupons(book),
    )
