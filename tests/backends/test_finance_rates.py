"""Annualised rates against the example of 中国人民银行公告〔2021〕第3号, and loan quotes."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dengta.backends.finance import (
    Period,
    annualised_cost,
    compound_annualised,
    loan_quote,
    monthly_irr,
    schedule,
    simple_annualised,
)
from dengta.backends.loan import Product, RepaymentMethod
from tests.backends.finance_cases import due_days, months, starts

START = date(2026, 1, 15)
PAYMENTS = [-Decimal("8833.33")] * 12


@pytest.mark.parametrize("received, simple, compound", [("99000", "0.1280", "0.1358"), ("100000", "0.1090", "0.1146")])
def test_the_example_of_the_central_bank(received, simple, compound):
    monthly = monthly_irr([Decimal(received), *PAYMENTS])
    assert simple_annualised(monthly) == Decimal(simple)
    assert compound_annualised(monthly) == Decimal(compound)


def test_the_example_as_a_loan_with_an_upfront_fee():
    rows = [Period(n, date(2026, n, 15), Decimal("8333.33"), Decimal("500.00")) for n in range(1, 13)]
    assert annualised_cost(Decimal("100000"), rows, date(2025, 12, 15), Decimal("1000")) == Decimal("0.1280")


@given(
    st.decimals("1000", "300000", places=2),
    st.decimals("0.0100", "0.2400", places=4),
    months.filter(lambda count: count > 1),
    starts,
    due_days,
    st.sampled_from(
        [RepaymentMethod.EQUAL_INSTALMENT, RepaymentMethod.EQUAL_PRINCIPAL, RepaymentMethod.INTEREST_FIRST]
    ),
)
def test_without_fees_the_cost_is_the_nominal_rate(principal, annual_rate, periods, start, due_day, method):
    rows = schedule(method, principal, annual_rate, periods, start, due_day)
    assert abs(annualised_cost(principal, rows, start) - annual_rate) <= Decimal("0.0001")


@given(st.decimals("0.01", "900", places=2))
def test_a_fee_makes_a_loan_dearer(fee):
    rows = schedule(RepaymentMethod.EQUAL_INSTALMENT, Decimal("1000"), Decimal("0.12"), 6, START, 15)
    assert annualised_cost(Decimal("1000"), rows, START, fee) > Decimal("0.1199")


def test_a_daily_bullet_costs_what_365_days_of_it_cost():
    rows = schedule(RepaymentMethod.DAILY_BULLET, Decimal("10000"), Decimal("0.18"), 3, START, 15)
    assert annualised_cost(Decimal("10000"), rows, START) == Decimal("0.1825")


def test_the_sign_of_the_view_does_not_matter():
    flows = [Decimal("99000"), *PAYMENTS]
    assert monthly_irr(flows) == monthly_irr([-flow for flow in flows])


@pytest.mark.parametrize("flows", [["100", "50"], ["100"], ["100", "-50", "70", "-200"], ["0", "0"], []])
def test_cash_flows_without_a_single_rate_are_refused(flows):
    with pytest.raises(ValueError):
        monthly_irr([Decimal(flow) for flow in flows])


def test_an_absurd_rate_is_refused():
    with pytest.raises(ValueError):
        monthly_irr([Decimal("0.01"), Decimal("-100000000")])


def test_a_fee_as_large_as_the_loan_is_refused():
    rows = schedule(RepaymentMethod.EQUAL_INSTALMENT, Decimal("1000"), Decimal("0.12"), 6, START, 15)
    with pytest.raises(ValueError):
        annualised_cost(Decimal("1000"), rows, START, Decimal("1000"))


def product(method: RepaymentMethod, fee_rate: str = "0") -> Product:
    return Product("P", "P", method, Decimal("0.12"), Decimal(fee_rate), Decimal("500"), Decimal("50000"), (3, 6, 12))


def test_a_quote_states_first_and_last_payment_and_the_whole_cost():
    quote = loan_quote(product(RepaymentMethod.EQUAL_PRINCIPAL, "0.01"), Decimal("12000"), 12, START)
    assert (quote.first_payment, quote.last_payment) == (Decimal("1120.00"), Decimal("1010.00"))
    assert (quote.total_interest, quote.upfront_fee, quote.total_cost) == (
        Decimal("780.00"),
        Decimal("120.00"),
        Decimal("900.00"),
    )
    assert quote.annualised_rate > quote.annual_rate
    assert quote.schedule[0].due_date == date(2026, 2, 15)


def test_a_quote_without_fees_costs_the_nominal_rate():
    assert loan_quote(
        product(RepaymentMethod.EQUAL_INSTALMENT), Decimal("10000"), 12, START
    ).annualised_rate == Decimal("0.1200")


@pytest.mark.parametrize("amount, periods", [("499.99", 3), ("50000.01", 3), ("1000", 9)])
def test_what_a_product_does_not_offer_is_not_quoted(amount, periods):
    with pytest.raises(ValueError):
        loan_quote(product(RepaymentMethod.EQUAL_INSTALMENT), Decimal(amount), periods, START)
