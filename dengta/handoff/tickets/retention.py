"""What the erasure of a customer or a conversation leaves of tickets; `data/lexicon/retention.yml` says how long."""
from collections.abc import Collection
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from dengta import clock
from dengta.conversation.erasure import kept
from dengta.handoff.tickets.tables import ticket, ticket_deadline, ticket_evidence, ticket_history


class TicketCases:
    """Tickets as `dengta.conversation.erasure.Cases`."""

    def wait(self, session: Session, conversation_id: str) -> bool:
        """Tell whether a ticket that is not closed was opened in the conversation or has evidence in it."""
        unfinished = select(ticket.c.ticket_no).where(_belongs_to(conversation_id), ticket.c.closed_at.is_(None))
        return session.execute(unfinished.limit(1)).first() is not None

    def evidence(self, session: Session, conversation_id: str) -> Collection[int]:
        """Return the numbers of the messages that are evidence of a ticket."""
        here = ticket_evidence.c.conversation_id == conversation_id
        return set(session.execute(select(ticket_evidence.c.seq).where(here)).scalars())

    def forget_conversation(self, session: Session, conversation_id: str) -> int:
        """Delete the tickets of a conversation that were closed long enough ago; return how many."""
        return _forget(session, _belongs_to(conversation_id))

    def forget_customer(self, session: Session, customer_id: str) -> int:
        """Delete the tickets of a customer that were closed long enough ago; return how many."""
        return _forget(session, ticket.c.customer_id == customer_id)


def _belongs_to(conversation_id: str) -> Any:
    evidence = select(ticket_evidence.c.ticket_no).where(ticket_evidence.c.conversation_id == conversation_id)
    return or_(ticket.c.conversation_id == conversation_id, ticket.c.ticket_no.in_(evidence))


def _forget(session: Session, whose: Any) -> int:
    long_ago = clock.now() - timedelta(days=365 * kept()["tickets"]["years"])
    old = select(ticket.c.ticket_no).where(whose, ticket.c.closed_at < long_ago)
    numbers = session.execute(old.with_for_update()).scalars().all()
    for table in (ticket_evidence, ticket_history, ticket_deadline, ticket):
        session.execute(delete(table).where(table.c.ticket_no.in_(numbers)))
    return len(numbers)
