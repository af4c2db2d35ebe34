"""Products, notes and schedules."""
from datetime import date
from decimal import Decimal
from typing import Callable

from dengta.backends import Backends
from dengta.backends.loan import InstalmentStatus, LoanStatus, RepaymentMethod
from dengta.backends.outcomes import NotFound
from tests.backends.books import customer, found, note


async def test_products_come_cheapest_first(backends: Backends) -> None:
    products = found(await backends.loan.products())
    assert products[0].name == "灯塔薪享贷"
    assert products[-1].name == "灯塔备用金"
    assert {product.method for product in products} == set(RepaymentMethod)


async def test_a_note_tells_its_terms_and_standing(backends: Backends) -> None:
    loan = await note(backends, await customer(backends, "current"))
    assert loan.loan_no.startswith("JD") and len(loan.loan_no) == 14
    assert (loan.product_name, loan.principal, loan.outstanding_principal) == (
        "灯塔极速贷",
        Decimal("12000.00"),
        Decimal("8189.25"),
    )
    assert (loan.periods, loan.paid_periods, loan.due_day, loan.status) == (12, 4, 4, LoanStatus.CURRENT)
    assert (loan.start_date, loan.end_date) == (date(2026, 7, 4), date(2027, 7, 4))
    assert (loan.annual_rate, loan.annualised_cost) == (Decimal("0.1440"), Decimal("0.1440"))
    assert (loan.repayment_bank, loan.repayment_card_tail) == ("工商银行", "8801")


async def test_a_fee_raises_the_annualised_cost_above_the_nominal_rate(backends: Backends) -> None:
    loan = await note(backends, await customer(backends, "duplicate_refunded"))
    assert (loan.annual_rate, loan.annualised_cost) == (Decimal("0.1080"), Decimal("0.1464"))


async def test_open_notes_come_before_settled_ones_oldest_first(backends: Backends) -> None:
    notes = found(await backends.loan.notes(await customer(backends, "three_notes")))
    assert [loan.status.is_open for loan in notes] == [True, True, True, False]
    starts = [loan.start_date for loan in notes[:3]]
    assert starts == sorted(starts)


async def test_having_no_notes_differs_from_being_unknown(backends: Backends) -> None:
    assert found(await backends.loan.notes(await customer(backends, "no_product"))) == ()
    assert await backends.loan.notes("C999999") == NotFound()


async def test_an_instalment_due_today_is_not_late(backends: Backends) -> None:
    customer_id = await customer(backends, "due_today")
    schedule = found(await backends.loan.schedule(customer_id, (await note(backends, customer_id)).loan_no))
    today = schedule[2]
    assert (today.due_date, today.status, today.penalty) == (
        date(2026, 11, 22),
        InstalmentStatus.PENDING,
        Decimal("0.00"),
    )
    assert today.outstanding == today.due == Decimal("1389.89")


async def test_lateness_is_counted_per_instalment_with_its_penalty(backends: Backends) -> None:
    customer_id = await customer(backends, "late_45_days")
    loan = await note(backends, customer_id)
    schedule = found(await backends.loan.schedule(customer_id, loan.loan_no))
    late = [instalment for instalment in schedule if instalment.status is InstalmentStatus.OVERDUE]
    assert loan.status is LoanStatus.OVERDUE
    assert [instalment.overdue_days for instalment in late] == [45, 14]
    assert [instalment.penalty for instalment in late] == [Decimal("17.63"), Decimal("5.59")]


async def test_penalty_follows_the_business_date(backends: Backends, frozen_clock: Callable[[str], None]) -> None:
    customer_id = await customer(backends, "late_one_day")
    loan_no = (await note(backends, customer_id)).loan_no
    before = found(await backends.loan.schedule(customer_id, loan_no))[5]
    frozen_clock("2026-11-23T00:00:01")
    after = found(await backends.loan.schedule(customer_id, loan_no))[5]
    assert (before.overdue_days, before.penalty) == (1, Decimal("0.50"))
    assert (after.overdue_days, after.penalty) == (2, Decimal("0.99"))


async def test_what_was_paid_late_keeps_the_penalty_charged_then(backends: Backends) -> None:
    customer_id = await customer(backends, "was_late")
    third = found(await backends.loan.schedule(customer_id, (await note(backends, customer_id)).loan_no))[2]
    assert third.status is InstalmentStatus.PAID
    assert third.penalty > 0
    assert third.outstanding == 0


async def test_a_daily_loan_has_one_instalment(backends: Backends) -> None:
    loan = await note(backends, await customer(backends, "daily_bullet"))
    assert (loan.method, loan.periods, loan.end_date) == (RepaymentMethod.DAILY_BULLET, 1, date(2026, 11, 25))
