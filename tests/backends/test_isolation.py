"""Nobody reads or changes another customer's records, whichever call is tried."""
from dengta.backends import Backends
from dengta.backends.outcomes import NotFound
from tests.backends.books import BUSINESS_DATE, customer, found


async def test_another_customers_note_looks_like_no_note(backends: Backends) -> None:
    stranger = await customer(backends, "current")
    for key in ("due_today", "three_notes", "late_45_days", "settled", "paid_not_posted", "under_review"):
        for loan in found(await backends.loan.notes(await customer(backends, key))):
            assert await backends.loan.schedule(stranger, loan.loan_no) == NotFound()
            assert await backends.repayment.repayments(stranger, loan.loan_no) == NotFound()
            assert await backends.repayment.debit_attempts(stranger, loan.loan_no) == NotFound()
            assert await backends.repayment.quote_settlement(stranger, loan.loan_no, BUSINESS_DATE) == NotFound()


async def test_lists_hold_only_ones_own(backends: Backends) -> None:
    one, other = await customer(backends, "three_notes"), await customer(backends, "two_notes")
    calls = (
        backends.customer.bank_cards,
        backends.loan.notes,
        backends.repayment.repayments,
        backends.repayment.debit_attempts,
        backends.application.applications,
        backends.application.disbursements,
    )
    for call in calls:
        assert not set(found(await call(one))) & set(found(await call(other)))


async def test_a_redeemed_code_tells_a_stranger_nothing_about_its_coupon(backends: Backends) -> None:
    coupons = found(await backends.coupon.coupons(await customer(backends, "current")))
    others = found(await backends.coupon.coupons(await customer(backends, "redeemer")))
    assert not {coupon.coupon_no for coupon in coupons} & {coupon.coupon_no for coupon in others}
