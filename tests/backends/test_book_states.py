"""The demo book shows every state that a real book has, more than once."""
from collections import Counter
from typing import Any, Callable

import pytest

from dengta.backends.coupon import CouponStatus
from dengta.backends.limit import LimitStatus
from dengta.backends.loan import InstalmentStatus, LoanStatus, RepaymentMethod
from dengta.backends.sql import tables
from dengta.backends.sql.limit import current_limit
from dengta.backends.sql.qualification import holder
from tests.backends.whole import Whole


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
