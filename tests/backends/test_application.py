"""Applications and payouts."""
from datetime import date

from dengta.backends import Backends
from dengta.backends.application import ApplicationStatus, DisbursementStatus
from dengta.backends.outcomes import NotFound
from dengta.clock import now
from tests.backends.books import customer, found


async def test_an_application_in_review_says_when_to_expect_an_answer(backends: Backends) -> None:
    (application,) = found(await backends.application.applications(await customer(backends, "in_review")))
    assert application.status is ApplicationStatus.IN_REVIEW
    assert application.submitted_at < now() < application.expected_by
    assert application.decided_at is None


async def test_a_rejection_has_a_reason_and_a_date_to_try_again(backends: Backends) -> None:
    (application,) = found(await backends.application.applications(await customer(backends, "rejected")))
    assert (application.status, application.rejection_reason) == (ApplicationStatus.REJECTED, "credit_history")
    assert application.reapply_after == date(2027, 2, 16)


async def test_applications_come_newest_first(backends: Backends) -> None:
    applications = found(await backends.application.applications(await customer(backends, "rejected_again")))
    assert [application.status for application in applications] == [
        ApplicationStatus.REJECTED,
        ApplicationStatus.APPROVED,
    ]


async def test_a_payout_under_way_has_no_note_yet(backends: Backends) -> None:
    (payout,) = found(await backends.application.disbursements(await customer(backends, "disbursing")))
    assert (payout.status, payout.loan_no, payout.card_tail) == (DisbursementStatus.PROCESSING, None, "6620")
    assert payout.submitted_at < now() < payout.expected_by


async def test_a_failed_payout_says_why(backends: Backends) -> None:
    (payout,) = found(await backends.application.disbursements(await customer(backends, "disbursement_failed")))
    assert (payout.status, payout.failure_reason) == (DisbursementStatus.FAILED, "card_invalid")


async def test_nothing_applied_for_differs_from_being_unknown(backends: Backends) -> None:
    nobody = await customer(backends, "no_product")
    assert found(await backends.application.applications(nobody)) == ()
    assert found(await backends.application.disbursements(nobody)) == ()
    assert await backends.application.applications("C999999") == NotFound()
    assert await backends.application.disbursements("C999999") == NotFound()
