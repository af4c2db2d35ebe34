"""Credit limits."""
from datetime import date
from decimal import Decimal

import pytest

from dengta.backends import Backends
from dengta.backends.limit import LimitStatus
from dengta.backends.outcomes import NotFound
from tests.backends.books import customer, found, note


async def test_used_is_the_outstanding_principal_of_all_draws(backends: Backends) -> None:
    customer_id = await customer(backends, "two_notes")
    limit = found(await backends.limit.limit(customer_id))
    drawn = sum(loan.outstanding_principal for loan in found(await backends.loan.notes(customer_id)))
    assert (limit.total, limit.used, limit.available) == (Decimal("40000.00"), drawn, Decimal("40000.00") - drawn)


async def test_a_loan_outside_the_limit_uses_none_of_it(backends: Backends) -> None:
    customer_id = await customer(backends, "three_notes")
    limit = found(await backends.limit.limit(customer_id))
    draw = next(loan for loan in found(await backends.loan.notes(customer_id)) if loan.product_code == "jisu")
    assert limit.used == draw.outstanding_principal


@pytest.mark.parametrize("key", ["limit_frozen", "limit_expired", "account_frozen"])
async def test_nothing_can_be_drawn_on_a_limit_out_of_use(backends: Backends, key: str) -> None:
    limit = found(await backends.limit.limit(await customer(backends, key)))
    assert limit.status in (LimitStatus.FROZEN, LimitStatus.EXPIRED)
    assert limit.available == Decimal("0.00")


async def test_a_reduced_limit_tells_what_it_was(backends: Backends) -> None:
    limit = found(await backends.limit.limit(await customer(backends, "limit_reduced")))
    assert (limit.status, limit.previous_total, limit.total) == (
        LimitStatus.REDUCED,
        Decimal("50000.00"),
        Decimal("20000.00"),
    )
    assert (limit.changed_on, limit.change_reason) == (date(2026, 11, 14), "risk_review")


async def test_settling_gives_the_limit_back(changeable: Backends) -> None:
    customer_id = await customer(changeable, "current")
    loan_no = (await note(changeable, customer_id)).loan_no
    quote = found(await changeable.repayment.quote_settlement(customer_id, loan_no, date(2026, 11, 22)))
    found(await changeable.repayment.settle(customer_id, loan_no, quote.total, "key-1"))
    assert found(await changeable.limit.limit(customer_id)).used == Decimal("0.00")


async def test_without_a_limit_there_is_none(backends: Backends) -> None:
    assert await backends.limit.limit(await customer(backends, "no_product")) == NotFound()
    assert await backends.limit.limit("C999999") == NotFound()
