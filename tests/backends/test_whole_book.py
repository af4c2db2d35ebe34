"""Every figure of the demo book agrees with every other one, on ordinary and on awkward dates."""
from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Callable, Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from dengta.backends import finance
from dengta.backends.codes import is_redeem_code
from dengta.backends.coupon import CouponStatus
from dengta.backends.limit import LimitStatus
from dengta.backends.loan import InstalmentStatus, LoanStatus, RepaymentMethod
from dengta.backends.sql import tables
from dengta.backends.sql.limit import current_limit
from dengta.backends.sql.notes import StoredNote, stored_notes
from dengta.backends.sql.qualification import holder
from dengta.backends.sql.seed import personas, seed
from dengta.clock import SHANGHAI
from dengta.database import connect, migrate, reading

NOTHING = Decimal("0.00")
DATES = [
    date(2026, 11, 22),
    date(2027, 2, 28),
    date(2027, 3, 1),
    date(2027, 3, 30),
    date(2028, 2, 29),
    date(2028, 12, 31),
    date(2029, 1, 1),
]


class Whole:
    """A whole book on one date."""

    def __init__(self, session: Session, on: date) -> None:
        self.session, self.on = session, on
        self.customers = self.rows(tables.customers)
        self.notes = [note for person in self.customers for note in stored_notes(session, person.customer_id, on)]

    def rows(self, table: Any) -> list[Row]:
        return self.session.execute(select(table)).all()

    def of_note(self, table: Any, note: StoredNote) -> list[Row]:
        return self.session.execute(select(table).filter_by(loan_no=note.row.loan_no)).all()

    @property
    def morning(self) -> datetime:
        return datetime(self.on.year, self.on.month, self.on.day, 0, 10, tzinfo=SHANGHAI)


@pytest.fixture(scope="module", params=DATES, ids=str)
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    url = f"sqlite:///{tmp_path_factory.mktemp('whole') / 'book.db'}"
    migrate(url, "dengta.backends")
    seed(url, request.param)
    engine = connect(url, 10.0)
    with reading(engine) as session:
        yield Whole(session, request.param)
    engine.dispose()


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


@pytest.mark.parametrize(
    ("state", "matches"),
    [
        ("due today", lambda i: i.status is InstalmentStatus.PENDING and i.days == 0),
        ("due within 3 days", lambda i: i.status is InstalmentStatus.PENDING and 1 <= i.days <= 3),
        ("one day late", lambda i: i.status is InstalmentStatus.OVERDUE and i.days == -1),
        ("45 days late or more", lambda i: i.status is InstalmentStatus.OVERDUE and i.days <= -45),
    ],
)
def test_due_dates_cover_every_case(whole: Whole, state: str, matches: Callable[[Any], bool]) -> None:
    class Dated:
        def __init__(self, instalment: Any) -> None:
            self.status, self.days = instalment.status, (instalment.due_date - whole.on).days

    hits = {n.row.customer_id for n in whole.notes for i in n.schedule if matches(Dated(i))}
    assert len(hits) >= 3, state


def test_every_state_repeats(whole: Whole) -> None:
    """At least three customers in every state that the code knows."""
    seen: Counter = Counter()
    seen.update(("note", note.status) for note in whole.notes)
    for table, column in (
        (tables.customers, "status"),
        (tables.applications, "status"),
        (tables.disbursements, "status"),
        (tables.repayments, "status"),
        (tables.debit_attempts, "failure_reason"),
        (tables.loan_notes, "method"),
    ):
        seen.update((table.name, getattr(row, column)) for row in whole.rows(table))
    limits = (current_limit(whole.session, p.customer_id, whole.on) for p in whole.customers)
    seen.update(("limit", limit.status) for limit in limits if limit)
    rules = {row.rule_code: row for row in whole.rows(tables.coupon_rules)}
    for row in whole.rows(tables.coupons):
        merged = type("Held", (), {**rules[row.rule_code]._mapping, **row._mapping})
        seen[("coupon", holder(whole.session, row.customer_id, whole.on).standing(merged)[0])] += 1
    expected = {
        *(("note", status) for status in LoanStatus),
        *(("limit", status) for status in LimitStatus),
        *(("coupon", status) for status in CouponStatus),
        *(("loan_notes", method.value) for method in RepaymentMethod),
        *(("customers", status) for status in ("active", "frozen", "closed")),
        *(("applications", s) for s in ("in_review", "awaiting_call", "approved", "rejected", "cancelled")),
        *(("disbursements", status) for status in ("processing", "succeeded", "failed")),
        *(("repayments", status) for status in ("processing", "posted", "refunded")),
        *(
            ("debit_attempts", reason)
            for reason in ("insufficient_balance", "card_restricted", "bank_timeout", "over_bank_limit")
        ),
    }
    assert {state for state in expected if seen[state] < 3} == set()


def test_customers_with_two_and_three_open_notes_exist(whole: Whole) -> None:
    open_notes = Counter(note.row.customer_id for note in whole.notes if note.status.is_open)
    assert {2, 3} <= set(open_notes.values())
