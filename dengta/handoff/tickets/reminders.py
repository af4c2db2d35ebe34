"""Warning of deadlines: each warning is given once, as an event, whichever process gives it."""
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from dengta.conversation import event_log
from dengta.handoff.tickets.clocks import next_warning, warned_by
from dengta.handoff.tickets.models import DueWarning
from dengta.handoff.tickets.tables import ticket, ticket_deadline


def warn(session: Session, now: datetime, limit: int = 100) -> tuple[DueWarning, ...]:
    """Give up to `limit` warnings that were not given yet, the oldest first, and return them.

    Where several are due of one deadline, because nobody warned for a while, it is the last one.
    """
    warnings = _claim(session, now, limit)
    for each in warnings:
        event_log.note(
            session,
            "deadline",
            None,
            ticket_no=each.ticket_no,
            goal=each.goal,
            percent=each.percent,
            group=each.group,
            owner_id=each.owner_id,
        )
    return warnings


def _claim(session: Session, now: datetime, limit: int) -> tuple[DueWarning, ...]:
    rows = session.execute(
        select(ticket_deadline, ticket.c.kind, ticket.c.group, ticket.c.owner_id)
        .join(ticket, ticket.c.ticket_no == ticket_deadline.c.ticket_no)
        .where(ticket_deadline.c.warn_at <= now)
        .order_by(ticket_deadline.c.warn_at, ticket_deadline.c.ticket_no, ticket_deadline.c.number)
        .limit(limit)
        .with_for_update(of=ticket_deadline, skip_locked=True)
    ).all()
    warnings = []
    for row in rows:
        percent = warned_by(row.starts_at, row.due_at, now)
        session.execute(
            update(ticket_deadline)
            .where(ticket_deadline.c.ticket_no == row.ticket_no, ticket_deadline.c.number == row.number)
            .values(warned=percent, warn_at=next_warning(row.starts_at, row.due_at, percent))
        )
        warnings.append(
            DueWarning(row.ticket_no, row.kind, row.group, row.owner_id, row.goal, row.due_at, percent)
        )
    return tuple(warnings)
