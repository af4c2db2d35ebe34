"""Every figure of the demo book agrees with every other one, on ordinary and on awkward dates."""
from collections import Counter
from datetime import timedelta
from decimal import Decimal

from dengta.backends import finance
from dengta.backends.codes import is_redeem_code
from dengta.backends.loan import InstalmentStatus, LoanStatus, RepaymentMethod
from dengta.backends.sql import tables
from dengta.backends.sql.limit import current_limit
from dengta.backends.sql.seed import personas
from tests.backends.whole import Whole

NOTHING = Decimal("0.00")


def test_the_book_is_large_and_its_people_distinct(whole: Whole) -> None:
    assert len(whole.customers) >= 200
    assert all(person.phone.startswith("1990000") and len(person.phone) == 11 for person in whole.customers)
    assert len({person.name for person in whole.customers}) >= 180
    assert len(personas()) >= 30


def test_every_schedule_is_what_the_money_rules_say(whole: Whole) -> None:
    for note in whole.notes:
        row = note.row
        months = len(note.schedule)
        if row.method == RepaymentMethod.DAILY_BULLET.value:
            end = note.schedule[-1].due_date
            months = (end.year - row.start_date.year) * 12 + end.month - row.start_date.month
        planned = finance.schedule(
            RepaymentMethod(row.method), row.principal, row.annual_rate, months, row.start_date, row.due_day
        )
        assert [(p.period, p.due_date, p.principal) for p in planned] == [
            (i.period, i.due_date, i.principal) for i in note.schedule
        ]
        assert sum(i.principal for i in note.schedule) == row.principal
        if note.status is not LoanStatus.EARLY_SETTLED:
            assert [p.interest for p in planned] == [i.interest for i in note.schedule]
        assert row.annualised_cost == finance.annualised_cost(row.principal, planned, row.start_date, row.upfront_fee)


def test_all_in_rates_stay_in_the_range_of_the_products(whole: Whole) -> None:
    assert all(Decimal("0.0720") <= note.row.annualised_cost <= Decimal("0.2390") for note in whole.notes)


def test_paid_periods_have_repayments_of_just_that_amount(whole: Whole) -> None:
    for note in whole.notes:
        repayments = whole.of_note(tables.repayments, note)
        settled = [r for r in repayments if r.kind == "early_settlement"]
        single = {r.period: r.amount for r in repayments if r.duplicate_of is None and r.status == "posted"}
        for instalment in note.schedule:
            if instalment.status is InstalmentStatus.PAID:
                assert instalment.outstanding == NOTHING
                assert settled or single[instalment.period] == instalment.paid == instalment.due
            else:
                assert instalment.paid == NOTHING and instalment.period not in single
        booked = sum((r.amount for r in repayments if r.duplicate_of is None and r.status == "posted"), NOTHING)
        assert booked == sum((i.paid for i in note.schedule), NOTHING)
        assert len(settled) == (note.status is LoanStatus.EARLY_SETTLED)


def test_periods_are_paid_in_order_and_nothing_is_paid_in_the_future(whole: Whole) -> None:
    for note in whole.notes:
        states = [i.status is InstalmentStatus.PAID for i in note.schedule]
        assert states == sorted(states, reverse=True)
    assert all(r.paid_at <= whole.morning for r in whole.rows(tables.repayments))
    assert all(row.paid_on is None or row.paid_on <= whole.on for row in whole.rows(tables.instalments))


def test_a_note_starts_with_a_payout_of_its_principal(whole: Whole) -> None:
    payouts = {row.loan_no: row for row in whole.rows(tables.disbursements) if row.loan_no}
    for note in whole.notes:
        payout = payouts[note.row.loan_no]
        assert (payout.amount, payout.customer_id) == (note.row.principal, note.row.customer_id)
        assert payout.completed_at.date() == note.row.start_date < whole.on
        assert (payout.application_no is None) is note.row.revolving


def test_applications_precede_what_follows_from_them(whole: Whole) -> None:
    applied = {row.application_no: row for row in whole.rows(tables.applications)}
    for row in applied.values():
        assert row.submitted_at < whole.morning
        assert row.decided_at is None or row.submitted_at < row.decided_at < whole.morning
        assert (row.expected_by is not None) is (row.status in ("in_review", "awaiting_call"))
        assert row.expected_by is None or row.expected_by > whole.morning + timedelta(days=1)
    for payout in whole.rows(tables.disbursements):
        if payout.application_no:
            assert applied[payout.application_no].decided_at < payout.submitted_at
    first_draw = {}
    for note in whole.notes:
        if note.row.revolving:
            first_draw.setdefault(note.row.customer_id, note.row.start_date)
    for limit in whole.rows(tables.credit_limits):
        granted = next(
            row for row in applied.values()
            if row.customer_id == limit.customer_id and row.product_code == limit.product_code
        )
        assert granted.decided_at.date() <= first_draw.get(limit.customer_id, whole.on)


def test_used_limits_are_the_outstanding_principal_of_draws(whole: Whole) -> None:
    for row in whole.rows(tables.credit_limits):
        limit = current_limit(whole.session, row.customer_id, whole.on)
        own = [note for note in whole.notes if note.row.customer_id == row.customer_id and note.row.revolving]
        assert limit.used == sum((i.principal for n in own for i in n.schedule if i.status.value != "paid"), NOTHING)
        assert limit.used <= (limit.previous_total or limit.total)
        assert limit.single_min <= limit.single_max <= limit.total


def test_failed_debits_are_tried_again(whole: Whole) -> None:
    attempts = whole.rows(tables.debit_attempts)
    assert all(attempt.attempted_at <= whole.morning for attempt in attempts)
    assert all(attempt.succeeded is (attempt.failure_reason is None) for attempt in attempts)
    on_its_way = {(r.loan_no, r.period) for r in whole.rows(tables.repayments) if r.status == "processing"}
    for note in whole.notes:
        of_note = whole.of_note(tables.debit_attempts, note)
        for instalment in note.schedule:
            own = [attempt for attempt in of_note if attempt.period == instalment.period]
            last = max(own, key=lambda attempt: attempt.attempted_at, default=None)
            if instalment.status is InstalmentStatus.OVERDUE:
                assert last is not None and not last.succeeded
            if last is not None and not last.succeeded and instalment.status is not InstalmentStatus.PAID:
                waiting = (note.row.loan_no, instalment.period) not in on_its_way
                assert (last.next_attempt_at is not None and last.next_attempt_at > whole.morning) is waiting


def test_a_successful_debit_is_a_repayment(whole: Whole) -> None:
    taken = Counter(
        (a.loan_no, a.period, a.amount, a.attempted_at) for a in whole.rows(tables.debit_attempts) if a.succeeded
    )
    received = Counter(
        (r.loan_no, r.period, r.amount, r.paid_at) for r in whole.rows(tables.repayments) if r.kind == "auto_debit"
    )
    assert taken == received


def test_only_money_on_its_way_has_a_date_to_post(whole: Whole) -> None:
    for row in whole.rows(tables.repayments):
        assert (row.posts_by is not None) is (row.status == "processing")
        assert row.posts_by is None or row.posts_by > whole.morning


def test_duplicates_are_of_the_same_note_period_and_amount(whole: Whole) -> None:
    repayments = {row.repayment_no: row for row in whole.rows(tables.repayments)}
    for row in repayments.values():
        if row.duplicate_of:
            first = repayments[row.duplicate_of]
            assert (first.loan_no, first.period, first.amount) == (row.loan_no, row.period, row.amount)
            assert first.paid_at < row.paid_at


def test_codes_are_well_formed_and_spent_ones_gave_a_coupon(whole: Whole) -> None:
    coupons = {row.coupon_no: row for row in whole.rows(tables.coupons)}
    codes = whole.rows(tables.redeem_codes)
    assert all(is_redeem_code(row.code) for row in codes)
    for row in codes:
        if row.redeemed_by is None:
            assert (row.redeemed_at, row.coupon_no) == (None, None)
        else:
            assert coupons[row.coupon_no].customer_id == row.redeemed_by
            assert coupons[row.coupon_no].valid_from == row.redeemed_at.date() <= row.expires_on


def test_coupons_were_used_while_they_were_valid(whole: Whole) -> None:
    for row in whole.rows(tables.coupons):
        assert row.valid_from <= row.valid_until
        assert row.used_on is None or row.valid_from <= row.used_on <= min(row.valid_until, whole.on)
