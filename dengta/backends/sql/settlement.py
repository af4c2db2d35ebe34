"""Paying a note off: the quote, and the one transaction that carries it out."""
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, Optional

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from dengta import clock
from dengta.backends.codes import reference_no
from dengta.backends.finance import Settlement, settle_early
from dengta.backends.loan import Instalment, InstalmentStatus
from dengta.backends.outcomes import Denied, Found, NotFound, Outcome
from dengta.backends.repayment import RepaymentKind, RepaymentStatus, SettlementQuote, SettlementReceipt
from dengta.backends.sql.notes import StoredNote, stored_note
from dengta.backends.sql.tables import instalments, loan_notes, repayments, settlements


def quote(session: Session, customer_id: str, loan_no: str, on: date) -> Outcome[SettlementQuote]:
    """Quote the settlement of a customer's note on a date; outcomes as in `SqlRepayments.quote_settlement`."""
    note = stored_note(session, customer_id, loan_no, on)
    if note is None:
        return NotFound()
    obstacle = "date_passed" if on < clock.today() else _obstacle(session, note)
    return Found(_quote(note, on)) if obstacle is None else Denied(obstacle)


def settle(
    session: Session, customer_id: str, loan_no: str, confirmed_total: Decimal, key: str
) -> Outcome[SettlementReceipt]:
    """Pay a note off in the transaction of `session`; outcomes as in `SqlRepayments.settle`."""
    session.execute(select(loan_notes.c.loan_no).filter_by(loan_no=loan_no).with_for_update())
    earlier = session.execute(select(settlements).filter_by(customer_id=customer_id, idempotency_key=key)).first()
    if earlier is not None:
        return Found(_receipt(earlier)) if earlier.loan_no == loan_no else Denied("idempotency_key_reused")
    note = stored_note(session, customer_id, loan_no, clock.today())
    if note is None:
        return NotFound()
    obstacle = _obstacle(session, note)
    if obstacle is not None:
        return Denied(obstacle)
    due = settle_early(note.schedule, note.row.annual_rate, note.row.start_date, clock.today())
    if due.total != confirmed_total:
        return Denied("amount_changed")
    return Found(_pay_off(session, note, due, key))


def _obstacle(session: Session, note: StoredNote) -> Optional[str]:
    if not note.status.is_open:
        return "already_settled"
    if note.row.under_review:
        return "in_review"
    on_its_way = select(repayments.c.repayment_no).filter_by(
        loan_no=note.row.loan_no, status=RepaymentStatus.PROCESSING.value
    )
    return "processing" if session.execute(on_its_way).first() is not None else None


def _quote(note: StoredNote, on: date) -> SettlementQuote:
    schedule = [_as_debited(instalment, on) for instalment in note.schedule]
    due = settle_early(schedule, note.row.annual_rate, note.row.start_date, on)
    return SettlementQuote(
        loan_no=note.row.loan_no,
        on=on,
        principal=due.principal,
        interest=due.interest,
        penalty=due.penalty,
        fee=due.fee,
        total=due.total,
        saved_interest=due.saved_interest,
        bank=note.row.bank,
        card_tail=note.row.tail,
    )


def _as_debited(instalment: Instalment, on: date) -> Instalment:
    """An instalment that falls due between today and the day of the quote will have been debited by then."""
    if instalment.status is InstalmentStatus.PAID or not clock.today() <= instalment.due_date < on:
        return instalment
    planned = instalment.principal + instalment.interest + instalment.fee
    return replace(instalment, penalty=Decimal("0.00"), paid=planned, overdue_days=0, status=InstalmentStatus.PAID)


def _pay_off(session: Session, note: StoredNote, due: Settlement, key: str) -> SettlementReceipt:
    repayment_no = reference_no("HK", "early_settlement", note.row.loan_no)
    session.execute(
        insert(repayments).values(
            repayment_no=repayment_no,
            loan_no=note.row.loan_no,
            card_id=note.row.card_id,
            period=None,
            amount=due.total,
            paid_at=clock.now(),
            kind=RepaymentKind.EARLY_SETTLEMENT.value,
            status=RepaymentStatus.POSTED.value,
        )
    )
    settlement = {
        "loan_no": note.row.loan_no,
        "customer_id": note.row.customer_id,
        "repayment_no": repayment_no,
        "total": due.total,
        "settled_at": clock.now(),
        "idempotency_key": key,
    }
    session.execute(insert(settlements).values(**settlement))
    for closed in settled_instalments(note.schedule, due, clock.today()):
        session.execute(_closing(closed))
    return SettlementReceipt(repayment_no, note.row.loan_no, due.total, settlement["settled_at"])


def settled_instalments(schedule: tuple[Instalment, ...], due: Settlement, on: date) -> list[Instalment]:
    """Return the instalments a settlement closes, as they read afterwards.

    The first period not yet due keeps the interest of the days used, later ones keep none, so that what the closed
    instalments cost beyond what was paid before is exactly the total of the settlement.
    """
    nothing = Decimal("0.00")
    open_ones = [instalment for instalment in schedule if instalment.status is not InstalmentStatus.PAID]
    reached = [instalment for instalment in open_ones if instalment.due_date <= on]
    ahead = [replace(instalment, interest=nothing, fee=nothing) for instalment in open_ones[len(reached) :]]
    if ahead:
        elsewhere = sum((instalment.due - instalment.paid for instalment in reached + ahead), nothing)
        ahead[0] = replace(ahead[0], interest=due.total - elsewhere)
    return [replace(instalment, paid=instalment.due, status=InstalmentStatus.PAID) for instalment in reached + ahead]


def _closing(closed: Instalment) -> Any:
    values = {
        "interest": closed.interest,
        "charged_penalty": closed.penalty,
        "paid": closed.paid,
        "paid_on": clock.today(),
    }
    place = (instalments.c.loan_no == closed.loan_no, instalments.c.period == closed.period)
    return update(instalments).where(*place).values(**values)


def _receipt(row: Any) -> SettlementReceipt:
    return SettlementReceipt(row.repayment_no, row.loan_no, row.total, row.settled_at)
