"""Interest by the day, and penalty interest (罚息)."""

from decimal import ROUND_HALF_UP, Decimal

FEN = Decimal("0.01")
DAYS_PER_YEAR = 360
MONTHS_PER_YEAR = 12


def fen(amount: Decimal) -> Decimal:
    """Round yuan half up to the fen."""
    return amount.quantize(FEN, ROUND_HALF_UP)


def accrued_interest(principal: Decimal, annual_rate: Decimal, days: int) -> Decimal:
    """Return simple interest in yuan for a number of days, actual/360.

    360 is the conversion of 中国人民银行 银发〔2005〕129号 (日利率 = 年利率 ÷ 360, 月利率 = 年利率 ÷ 12): the one
    basis under which thirty days and one month cost the same, so daily and monthly products agree.

    Raises:
        ValueError: `days` is negative.
    """
    if days < 0:
        raise ValueError("interest runs for 0 days or more")
    return fen(principal * annual_rate / DAYS_PER_YEAR * days)


def penalty_interest(
    overdue_principal: Decimal, annual_rate: Decimal, days: int, factor: Decimal = Decimal("1.5")
) -> Decimal:
    """Return penalty interest in yuan: overdue principal × daily rate × factor × days overdue.

    银发〔2003〕251号 lets a contract raise the rate of an overdue loan by 30 to 50 %; `factor` 1.5 is the upper end.
    Penalty interest bears no interest itself.

    Raises:
        ValueError: `days` is negative.
    """
    return accrued_interest(overdue_principal, annual_rate * factor, days)
