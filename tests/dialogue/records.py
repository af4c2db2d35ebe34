"""Loan notes and instalments for tests of pure rules; say only what matters."""
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from dengta.backends.loan import Instalment, InstalmentStatus, LoanNote, LoanStatus, RepaymentMethod

TODAY = date(2026, 11, 22)


def note(loan_no: str, **changes: Any) -> LoanNote:
    """Return a loan note."""
    values: dict[str, Any] = {
        "loan_no": loan_no,
        "product_code": "jisu",
        "product_name": "灯塔极速贷",
        "method": RepaymentMethod.EQUAL_INSTALMENT,
        "principal": Decimal("12000.00"),
        "outstanding_principal": Decimal("8123.45"),
        "annual_rate": Decimal("0.1440"),
        "annualised_cost": Decimal("0.1440"),
        "periods": 12,
        "paid_periods": 4,
        "start_date": date(2026, 7, 4),
        "end_date": date(2027, 7, 4),
        "due_day": 4,
        "status": LoanStatus.CURRENT,
        "repayment_bank": "工商银行",
        "repayment_card_tail": "8801",
    }
    return LoanNote(**{**values, **changes})


def instalment(period: int, due_in: int, status: InstalmentStatus, **changes: Any) -> Instalment:
    """Return an instalment due `due_in` days from the business date."""
    values: dict[str, Any] = {
        "loan_no": "JD000000000001",
        "period": period,
        "due_date": TODAY + timedelta(days=due_in),
        "principal": Decimal("900.00"),
        "interest": Decimal("100.00"),
        "fee": Decimal("0.00"),
        "penalty": Decimal("0.00"),
        "paid": Decimal("1000.00") if status is InstalmentStatus.PAID else Decimal("0.00"),
        "overdue_days": max(-due_in, 0) if status is InstalmentStatus.OVERDUE else 0,
        "status": status,
    }
    return Instalment(**{**values, **changes})
