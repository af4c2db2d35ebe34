"""The deadlines of a ticket, on a session in which the caller holds the ticket's row."""
from datetime import date, datetime
from typing import Any, Optional

from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from dengta.clock import SHANGHAI
from dengta.handoff.tickets.clocks import end_of, last_moment, next_warning, warned_by
from dengta.handoff.tickets.errors import ExtensionRefusedError, InvalidTicketError
from dengta.handoff.tickets.rules import REGULATOR, rules
from dengta.handoff.tickets.tables import ticket_deadline

ANSWERED = "answered"
_REACHES = {  # the goals a state reaches
    "accepted": ["accepted"],
    "in_progress": ["accepted"],
    "waiting_customer": ["accepted"],
    "answered": ["accepted", ANSWERED],
}


def start(
    session: Session,
    ticket_no: str,
    goal: str,
    clock_name: str,
    starts_at: datetime,
    given: Optional[datetime] = None,
) -> None:
    """Start a clock in its newest version; `given` is the deadline of one that counts no days."""
    clock = rules().clock(clock_name)
    due_at = clock.ends(starts_at, given)
    last = select(func.max(ticket_deadline.c.number)).where(ticket_deadline.c.ticket_no == ticket_no)
    session.execute(
        insert(ticket_deadline).values(
            ticket_no=ticket_no,
            number=(session.execute(last).scalar() or 0) + 1,
            goal=goal,
            clock=clock.name,
            clock_version=clock.version,
            days=clock.days,
            starts_at=starts_at,
            due_at=due_at,
            state="running",
            warned=0,
            warn_at=next_warning(starts_at, due_at, warned=0),
        )
    )


def reach(session: Session, ticket_no: str, state: str, now: datetime) -> None:
    """Stop the clocks of what a ticket in this state has reached."""
    reached = ticket_deadline.c.goal.in_(_REACHES.get(state, []))
    session.execute(update(ticket_deadline).where(_running(ticket_no), reached).values(_ended("met", now)))


def drop(session: Session, ticket_no: str, now: datetime) -> None:
    """Stop all clocks of a ticket that needs no answer any more."""
    session.execute(update(ticket_deadline).where(_running(ticket_no)).values(_ended("dropped", now)))


def extend(session: Session, ticket_no: str, days: int, role: str, now: datetime) -> dict[str, Any]:
    """Move the deadline of the answer to `days` since receipt; return what changed.

    Raises:
        ExtensionRefusedError: its clock has no such extension, not yet, not by this role, or it has passed.
    """
    row = session.execute(_answer_of(ticket_no).where(ticket_deadline.c.clock != REGULATOR)).first()
    later = [e for e in rules().clock(row.clock, row.clock_version).extensions if e.days > row.days] if row else []
    if row is None or not any(extension.days == days for extension in later):
        raise ExtensionRefusedError("not_extendable")
    if later[0].days != days:
        raise ExtensionRefusedError("out_of_order")
    if now > row.due_at:
        raise ExtensionRefusedError("too_late")
    if role not in later[0].approvers:
        raise ExtensionRefusedError("not_approver")
    return _move(session, row, last_moment(row.starts_at, days), now, days)


def set_regulator_date(
    session: Session, ticket_no: str, received_at: datetime, day: date, role: Optional[str], now: datetime
) -> dict[str, Any]:
    """Start the regulator's own clock, or move its date; return what changed.

    Raises:
        InvalidTicketError: the day is over.
        ExtensionRefusedError: the date would move back, and the role may not do that.
    """
    check_regulator_date(day, now)
    due_at = end_of(day)
    row = session.execute(_answer_of(ticket_no).where(ticket_deadline.c.clock == REGULATOR)).first()
    if row is None:
        start(session, ticket_no, ANSWERED, REGULATOR, received_at, due_at)
        return {"clock": REGULATOR, "due": day.isoformat()}
    if due_at > row.due_at and role not in rules().clock(REGULATOR, row.clock_version).approvers:
        raise ExtensionRefusedError("not_approver")
    return _move(session, row, due_at, now, days=None)


def check_regulator_date(day: date, now: datetime) -> None:
    """Refuse a day that is over.

    Raises:
        InvalidTicketError.
    """
    if end_of(day) < now:
        raise InvalidTicketError("regulator_due", "in_the_past")


def told_due(session: Session, ticket_no: str) -> Optional[datetime]:
    """Return the deadline of the answer that the customer may be told, None if there is none."""
    rows = session.execute(_answer_of(ticket_no)).all()
    return min((row.due_at for row in rows if rules().clock(row.clock, row.clock_version).told), default=None)


def _move(session: Session, row: Row, due_at: datetime, now: datetime, days: Optional[int]) -> dict[str, Any]:
    warned = warned_by(row.starts_at, due_at, now)
    session.execute(
        update(ticket_deadline)
        .where(ticket_deadline.c.ticket_no == row.ticket_no, ticket_deadline.c.number == row.number)
        .values(days=days, due_at=due_at, warned=warned, warn_at=next_warning(row.starts_at, due_at, warned))
    )
    moved = {"clock": row.clock, "due_before": _day(row.due_at), "due": _day(due_at)}
    return moved if days is None else {**moved, "days": days}


def _answer_of(ticket_no: str) -> Any:
    return select(ticket_deadline).where(_running(ticket_no), ticket_deadline.c.goal == ANSWERED)


def _running(ticket_no: str) -> Any:
    return (ticket_deadline.c.ticket_no == ticket_no) & (ticket_deadline.c.state == "running")


def _ended(state: str, now: datetime) -> dict[str, Any]:
    return {"state": state, "ended_at": now, "warn_at": None}


def _day(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).date().isoformat()
