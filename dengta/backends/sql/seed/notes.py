"""One loan note with everything that happened to it: payout, instalments, debits, repayments, settlement."""
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Optional

from dengta.backends.codes import reference_no
from dengta.backends.finance import annualised_cost, fen, settle_early
from dengta.backends.loan import Instalment
from dengta.backends.sql.seed.movements import Movements
from dengta.backends.sql.seed.plan import NotePlan
from dengta.backends.sql.seed.rows import Rows, days_after, moment
from dengta.backends.sql.seed.timeline import Timeline
from dengta.backends.sql.settlement import settled_instalments
from dengta.backends.sql.tables import (
    applications,
    disbursements,
    instalments,
    loan_notes,
    repayments,
    settlements,
)


@dataclass(frozen=True)
class Borrower:
    """Whose note it is: `serial` keeps reference numbers the same on every date."""

    customer_id: str
    card_id: str


def add_note(rows: Rows, borrower: Borrower, serial: int, plan: NotePlan, product: Any, today: date) -> None:
    """Add a planned note as it stands on the business date; `product` is an entry of `products.yml`."""
    timeline = Timeline.of(plan, product, today)
    loan_no = reference_no("JD", borrower.customer_id, str(serial))
    fee = fen(plan.amount * Decimal(product["upfront_fee_rate"]))
    rows.add(
        loan_notes,
        loan_no=loan_no,
        customer_id=borrower.customer_id,
        product_code=plan.product,
        card_id=borrower.card_id,
        method=product["method"],
        principal=plan.amount,
        upfront_fee=fee,
        annual_rate=timeline.annual_rate,
        annualised_cost=annualised_cost(plan.amount, timeline.periods, timeline.start, fee),
        start_date=timeline.start,
        due_day=timeline.due_day,
        under_review=plan.under_review,
    )
    _add_payout(rows, borrower, loan_no, plan, timeline.start, product["revolving"])
    Movements(rows, loan_no, borrower.card_id, timeline, today).add()
    if plan.settled_ago is None:
        _add_instalments(rows, timeline, timeline.instalments(loan_no, today))
    else:
        _add_settlement(rows, borrower, loan_no, timeline, days_after(today, -plan.settled_ago))


def _add_payout(
    rows: Rows, borrower: Borrower, loan_no: str, plan: NotePlan, start: date, revolving: bool
) -> None:
    """A draw on a limit needs no application of its own; any other loan was applied for the day before."""
    application_no = None if revolving else reference_no("SQ", loan_no)
    if application_no is not None:
        rows.add(
            applications,
            application_no=application_no,
            customer_id=borrower.customer_id,
            product_code=plan.product,
            amount=plan.amount,
            periods=plan.periods,
            submitted_at=moment(days_after(start, -1), 14, 12),
            status="approved",
            decided_at=moment(days_after(start, -1), 17, 40),
        )
    rows.add(
        disbursements,
        disbursement_no=reference_no("FK", loan_no),
        customer_id=borrower.customer_id,
        application_no=application_no,
        loan_no=loan_no,
        card_id=borrower.card_id,
        amount=plan.amount,
        submitted_at=moment(start, 10, 20),
        status="succeeded",
        completed_at=moment(start, 10, 26),
    )


def _add_instalments(
    rows: Rows, timeline: Timeline, standing: tuple[Instalment, ...], settled_on: Optional[date] = None
) -> None:
    """Running penalty interest of an open instalment is left to the reader's calendar."""
    for period, instalment in zip(timeline.periods, standing):
        paid_on = timeline.paid_on(period) or settled_on
        rows.add(
            instalments,
            loan_no=instalment.loan_no,
            period=instalment.period,
            due_date=instalment.due_date,
            principal=instalment.principal,
            interest=instalment.interest,
            fee=instalment.fee,
            charged_penalty=Decimal("0.00") if paid_on is None else instalment.penalty,
            paid=instalment.paid,
            paid_on=paid_on,
        )


def _add_settlement(rows: Rows, borrower: Borrower, loan_no: str, timeline: Timeline, on: date) -> None:
    before = timeline.instalments(loan_no, on)
    due = settle_early(before, timeline.annual_rate, timeline.start, on)
    closed = {instalment.period: instalment for instalment in settled_instalments(before, due, on)}
    standing = tuple(closed.get(instalment.period, instalment) for instalment in before)
    _add_instalments(rows, timeline, standing, settled_on=on)
    repayment_no, settled_at = reference_no("HK", "early_settlement", loan_no), _settling_hour(on)
    rows.add(
        repayments,
        repayment_no=repayment_no,
        loan_no=loan_no,
        card_id=borrower.card_id,
        amount=due.total,
        paid_at=settled_at,
        kind="early_settlement",
        status="posted",
    )
    rows.add(
        settlements,
        loan_no=loan_no,
        customer_id=borrower.customer_id,
        repayment_no=repayment_no,
        total=due.total,
        settled_at=settled_at,
        idempotency_key=f"seed-{loan_no}",
    )


def _settling_hour(on: date) -> datetime:
    return moment(on, 15, 38)
