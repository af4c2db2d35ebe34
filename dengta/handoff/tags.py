"""What is known of a customer: tags of `data/handoff/triage.yml`, from our own record and from the lender's book.

A tag is something a system can tell. What somebody may be by the words they use is a risk of the summary instead.
"""
from sqlalchemy import and_, exists, select
from sqlalchemy.orm import Session

from dengta.conversation import bindings
from dengta.handoff import callbacks, entries
from dengta.handoff.rules import Rules
from dengta.handoff.tickets.rules import REGULATOR
from dengta.handoff.tickets.tables import ticket, ticket_deadline

CALLBACK_OPEN = "callback_open"


def of_record(session: Session, rules: Rules, conversation_id: str) -> frozenset[str]:
    """Return the tags that our record tells of the customer of a conversation, known or not: tone and tickets."""
    bound = bindings.present(session, conversation_id)
    theirs = (
        ticket.c.conversation_id == conversation_id if bound is None else ticket.c.customer_id == bound.customer_id
    )
    date_runs = exists().where(
        and_(
            ticket_deadline.c.ticket_no == ticket.c.ticket_no,
            ticket_deadline.c.clock == REGULATOR,
            ticket_deadline.c.state == "running",
        )
    )
    tickets = session.execute(select(ticket.c.kind, ticket.c.state, date_runs.label("date_runs")).where(theirs)).all()
    by_tickets = {
        tag.id
        for tag in rules.tags.values()
        for each in tickets
        if each.kind in tag.tickets
        and (each.state != "closed" or not tag.open)
        and (each.date_runs or not tag.regulator)
    }
    called = {CALLBACK_OPEN} if callbacks.present(session, conversation_id) is not None else set()
    return frozenset({entries.tone(session, conversation_id)} & rules.tags.keys() | called | by_tickets)


def of_book(rules: Rules, overdue_days: int, is_frozen: bool) -> frozenset[str]:
    """Return the tags that the lender's book tells: of the most days any loan is late, and of a frozen account."""
    late = [tag.id for tag in rules.tags.values() if tag.overdue is not None and overdue_days >= tag.overdue]
    return frozenset({*late[-1:], *(tag.id for tag in rules.tags.values() if tag.frozen and is_frozen)})
