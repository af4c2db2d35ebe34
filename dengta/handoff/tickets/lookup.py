"""Reading tickets on a session; what a customer may be told of them is `Told`."""
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Optional

from sqlalchemy import case, func, select
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from dengta.handoff.tickets import deadlines, evidence, history
from dengta.handoff.tickets.clocks import SOON
from dengta.handoff.tickets.errors import TicketNotFoundError
from dengta.handoff.tickets.models import SETTLED, Answer, Deadline, Pressing, Search, Summary, Ticket, Told
from dengta.handoff.tickets.passing import has_passed
from dengta.handoff.tickets.tables import ticket, ticket_deadline
from dengta.privacy.vault import Vault

_running = ticket_deadline.alias()
_NEXT = (  # the number of the running deadline of a ticket that ends first
    select(_running.c.number)
    .where(_running.c.ticket_no == ticket.c.ticket_no, _running.c.state == "running")
    .order_by(_running.c.due_at, _running.c.number)
    .limit(1)
    .correlate(ticket)
    .scalar_subquery()
)
_WITH_NEXT = ticket.outerjoin(
    ticket_deadline, (ticket_deadline.c.ticket_no == ticket.c.ticket_no) & (ticket_deadline.c.number == _NEXT)
)
_DUE = {
    "due_goal": ticket_deadline.c.goal,
    "due_since": ticket_deadline.c.starts_at,
    "due_at": ticket_deadline.c.due_at,
}


def told(session: Session, ticket_no: str) -> Told:
    """Return what a customer may be told of a ticket that exists."""
    row = session.execute(select(ticket.c.kind, ticket.c.state).where(ticket.c.ticket_no == ticket_no)).one()
    return Told(ticket_no, row.kind, row.state, deadlines.told_due(session, ticket_no))


def told_to(session: Session, vault: Vault, customer_id: str, limit: int) -> tuple[Told, ...]:
    """Return what a verified customer may be told of their newest tickets, the newest first.

    Raises:
        Unreadable: an answer was changed, or its key is gone.
    """
    numbers = select(ticket.c.ticket_no).where(ticket.c.customer_id == customer_id)
    newest = session.execute(numbers.order_by(ticket.c.received_at.desc(), ticket.c.ticket_no).limit(limit)).scalars()
    found = [told(session, ticket_no) for ticket_no in newest.all()]
    return tuple(replace(each, answer=_answer(session, vault, each)) for each in found)


def get(session: Session, vault: Vault, ticket_no: str) -> Ticket:
    """Return everything about a ticket.

    Raises:
        TicketNotFoundError: there is none of this number.
        Unreadable: something sealed was changed, or its key is gone.
    """
    summaries = find(session, Search(ticket_no=ticket_no), limit=1)
    if not summaries:
        raise TicketNotFoundError()
    row = session.execute(select(ticket).where(ticket.c.ticket_no == summaries[0].ticket_no)).one()
    number = row.ticket_no
    return Ticket(
        summary=summaries[0],
        verified=row.verified,
        complainant=row.complainant,
        authorisation=vault.open(place("authorisation", number), row.authorisation) if row.authorisation else None,
        description=vault.open(place("description", number), row.description),
        outcome=row.outcome,
        evidence=evidence.of(session, number),
        deadlines=_deadlines(session, number),
        history=history.entries(session, vault, number),
    )


def find(session: Session, search: Search, limit: int, offset: int = 0) -> tuple[Summary, ...]:
    """Select up to `limit` tickets after the first `offset`.

    Those due first are at the top, those without a deadline at the end, of these the ones closed last before others.
    """
    columns = [_DUE.get(name, ticket.c.get(name)).label(name) for name in Summary.__annotations__]
    due_at = ticket_deadline.c.due_at
    order = (due_at.is_(None), due_at, ticket.c.closed_at.is_(None), ticket.c.closed_at.desc(), ticket.c.ticket_no)
    query = select(*columns).select_from(_WITH_NEXT).where(*_conditions(search)).order_by(*order)
    return tuple(Summary(**row._mapping) for row in session.execute(query.limit(limit).offset(offset)))


def count(session: Session, search: Search) -> int:
    """Return how many tickets a search finds."""
    query = select(func.count()).select_from(_WITH_NEXT).where(*_conditions(search))
    return int(session.execute(query).scalar_one())


def pressing(session: Session, search: Search, now: datetime) -> Mapping[str, Pressing]:
    """Count the tickets of a search that are late or soon will be, by group; a group without any is not in it."""
    starts_at, due_at = ticket_deadline.c.starts_at, ticket_deadline.c.due_at
    late = func.sum(case((has_passed(starts_at, due_at, 100, now), 1), else_=0))
    rows = session.execute(
        select(ticket.c.group, late.label("late"), func.count().label("all"))
        .select_from(_WITH_NEXT)
        .where(*_conditions(search), has_passed(starts_at, due_at, SOON, now))
        .group_by(ticket.c.group)
    )
    return {row.group: Pressing(late=int(row.late), soon=int(row.all - row.late)) for row in rows}


def place(column: str, ticket_no: str) -> str:
    """Return what a sealed column of a ticket is bound to."""
    return f"ticket.{column}|{ticket_no}"


def _answer(session: Session, vault: Vault, ticket: Told) -> Optional[Answer]:
    if ticket.state not in SETTLED:
        return None
    answers = [each for each in history.entries(session, vault, ticket.ticket_no) if each.event == "answered"]
    return Answer(answers[-1].texts["reply"], answers[-1].detail["remedies"]) if answers else None


def _conditions(search: Search) -> list[Any]:
    same = ("ticket_no", "customer_id", "conversation_id", "owner_id", "kind")
    wanted = [ticket.c[name] == value for name in same if (value := getattr(search, name)) is not None]
    if search.part is not None:
        wanted.append(ticket.c.ticket_no.contains(search.part, autoescape=True))
    if search.unowned:
        wanted.append(ticket.c.owner_id.is_(None))
    if search.groups is not None:
        wanted.append(ticket.c.group.in_(search.groups))
    if search.states:
        wanted.append(ticket.c.state.in_(search.states))
    if search.passed is not None:
        percent, now = search.passed
        wanted.append(has_passed(ticket_deadline.c.starts_at, ticket_deadline.c.due_at, percent, now))
    return wanted


def _deadlines(session: Session, ticket_no: str) -> tuple[Deadline, ...]:
    columns = [ticket_deadline.c[name] for name in Deadline.__annotations__]
    rows: Sequence[Row] = session.execute(
        select(*columns).where(ticket_deadline.c.ticket_no == ticket_no).order_by(ticket_deadline.c.number)
    ).all()
    return tuple(Deadline(**row._mapping) for row in rows)
