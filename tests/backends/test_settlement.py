"""Paying a note off: once, for the confirmed amount, whatever happens at the same time."""
import asyncio
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Callable

import pytest

from dengta.backends import Backends
from dengta.backends.loan import InstalmentStatus, LoanStatus
from dengta.backends.outcomes import Denied, Found, NotFound
from dengta.backends.repayment import RepaymentKind, RepaymentStatus
from dengta.clock import now
from tests.backends.books import BUSINESS_DATE, customer, found, note, opened

PAYABLE = ["current", "due_today", "late_45_days", "interest_first", "equal_principal", "daily_bullet", "failed_debit"]


async def _quoted(backends: Backends, key: str) -> tuple[str, str, Decimal]:
    customer_id = await customer(backends, key)
    loan_no = (await note(backends, customer_id)).loan_no
    quote = found(await backends.repayment.quote_settlement(customer_id, loan_no, BUSINESS_DATE))
    return customer_id, loan_no, quote.total


@pytest.mark.parametrize("key", PAYABLE)
async def test_a_settled_note_is_closed_and_its_money_accounted_for(changeable: Backends, key: str) -> None:
    customer_id, loan_no, total = await _quoted(changeable, key)
    paid_before = sum(line.paid for line in found(await changeable.loan.schedule(customer_id, loan_no)))
    receipt = found(await changeable.repayment.settle(customer_id, loan_no, total, "key-1"))
    assert (receipt.loan_no, receipt.total, receipt.settled_at) == (loan_no, total, now())

    loan = await note(changeable, customer_id)
    assert (loan.status, loan.outstanding_principal) == (LoanStatus.EARLY_SETTLED, Decimal("0.00"))
    schedule = found(await changeable.loan.schedule(customer_id, loan_no))
    assert {instalment.status for instalment in schedule} == {InstalmentStatus.PAID}
    assert sum(instalment.principal for instalment in schedule) == loan.principal
    assert sum(instalment.paid for instalment in schedule) - paid_before == total
    assert all(instalment.outstanding == 0 for instalment in schedule)

    newest = found(await changeable.repayment.repayments(customer_id, loan_no))[0]
    assert (newest.repayment_no, newest.amount, newest.period) == (receipt.repayment_no, total, None)
    assert (newest.kind, newest.status) == (RepaymentKind.EARLY_SETTLEMENT, RepaymentStatus.POSTED)


async def test_the_same_key_gives_the_same_receipt(changeable: Backends) -> None:
    customer_id, loan_no, total = await _quoted(changeable, "current")
    first = await changeable.repayment.settle(customer_id, loan_no, total, "key-1")
    again = await changeable.repayment.settle(customer_id, loan_no, total, "key-1")
    assert isinstance(first, Found)
    assert again == first
    assert len(found(await changeable.repayment.repayments(customer_id, loan_no))) == 5


async def test_another_key_cannot_settle_it_again(changeable: Backends) -> None:
    customer_id, loan_no, total = await _quoted(changeable, "current")
    found(await changeable.repayment.settle(customer_id, loan_no, total, "key-1"))
    assert await changeable.repayment.settle(customer_id, loan_no, total, "key-2") == Denied("already_settled")


async def test_a_key_does_not_settle_a_second_note(changeable: Backends) -> None:
    customer_id = await customer(changeable, "two_notes")
    first, second = found(await changeable.loan.notes(customer_id))
    for loan, outcome in ((first, Found), (second, Denied)):
        quote = found(await changeable.repayment.quote_settlement(customer_id, loan.loan_no, BUSINESS_DATE))
        assert isinstance(
            await changeable.repayment.settle(customer_id, loan.loan_no, quote.total, "key-1"), outcome
        )
    assert found(await changeable.loan.notes(customer_id))[0].loan_no == second.loan_no


async def test_two_customers_may_use_the_same_key(changeable: Backends) -> None:
    for key in ("current", "due_today"):
        customer_id, loan_no, total = await _quoted(changeable, key)
        found(await changeable.repayment.settle(customer_id, loan_no, total, "key-1"))


async def test_a_total_that_is_no_longer_right_changes_nothing(
    changeable: Backends, frozen_clock: Callable[[str], None]
) -> None:
    customer_id, loan_no, total = await _quoted(changeable, "current")
    frozen_clock("2026-11-23T00:00:01")
    before = found(await changeable.loan.schedule(customer_id, loan_no))
    assert await changeable.repayment.settle(customer_id, loan_no, total, "key-1") == Denied("amount_changed")
    assert found(await changeable.loan.schedule(customer_id, loan_no)) == before


async def test_another_customers_note_cannot_be_settled(changeable: Backends) -> None:
    owner, loan_no, total = await _quoted(changeable, "current")
    stranger = await customer(changeable, "due_today")
    assert await changeable.repayment.settle(stranger, loan_no, total, "key-1") == NotFound()
    assert (await note(changeable, owner)).status is LoanStatus.CURRENT


@pytest.mark.parametrize("key", ["paid_not_posted", "under_review"])
async def test_what_cannot_be_quoted_cannot_be_settled(changeable: Backends, key: str) -> None:
    customer_id = await customer(changeable, key)
    loan = await note(changeable, customer_id)
    outcome = await changeable.repayment.settle(customer_id, loan.loan_no, loan.outstanding_principal, "key-1")
    assert isinstance(outcome, Denied)
    assert (await note(changeable, customer_id)).status is LoanStatus.CURRENT


@pytest.mark.parametrize("same_key", [True, False])
async def test_requests_at_the_same_time_pay_once(changeable: Backends, book_url: str, same_key: bool) -> None:
    customer_id, loan_no, total = await _quoted(changeable, "current")
    keys = ["key-1" if same_key else f"key-{number}" for number in range(8)]

    def settle(key: str) -> object:
        with opened(book_url, timeout=30) as own:
            return asyncio.run(own.repayment.settle(customer_id, loan_no, total, key))

    with ThreadPoolExecutor(len(keys)) as threads:
        outcomes = list(threads.map(settle, keys))
    receipts = [outcome for outcome in outcomes if isinstance(outcome, Found)]
    refused = [outcome for outcome in outcomes if outcome == Denied("already_settled")]
    assert (len(receipts), len(refused)) == ((8, 0) if same_key else (1, 7))
    assert len({receipt.value.repayment_no for receipt in receipts}) == 1
    assert len(found(await changeable.repayment.repayments(customer_id, loan_no))) == 5
