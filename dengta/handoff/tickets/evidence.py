"""Which messages are evidence of a ticket."""
from collections.abc import Sequence

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from dengta.conversation.tables import message
from dengta.handoff.tickets.errors import InvalidTicketError
from dengta.handoff.tickets.models import Evidence
from dengta.handoff.tickets.tables import ticket_evidence


def check(session: Session, conversation_id: str, seqs: Sequence[int]) -> None:
    """Refuse numbers that are no messages of the conversation.

    Raises:
        InvalidTicketError.
    """
    here = select(message.c.seq).where(message.c.conversation_id == conversation_id, message.c.seq.in_(seqs))
    if set(session.execute(here).scalars()) != set(seqs):
        raise InvalidTicketError("evidence", "unknown")


def add(session: Session, ticket_no: str, conversation_id: str, seqs: Sequence[int]) -> None:
    """Note checked messages of a conversation as evidence; those that are noted already stay."""
    noted = select(ticket_evidence.c.seq).where(
        ticket_evidence.c.ticket_no == ticket_no, ticket_evidence.c.conversation_id == conversation_id
    )
    for seq in sorted(set(seqs).difference(session.execute(noted).scalars())):
        session.execute(
            insert(ticket_evidence).values(ticket_no=ticket_no, conversation_id=conversation_id, seq=seq)
        )


def of(session: Session, ticket_no: str) -> tuple[Evidence, ...]:
    """Return the evidence of a ticket, by conversation and in order."""
    rows = session.execute(
        select(ticket_evidence.c.conversation_id, ticket_evidence.c.seq)
        .where(ticket_evidence.c.ticket_no == ticket_no)
        .order_by(ticket_evidence.c.conversation_id, ticket_evidence.c.seq)
    )
    return tuple(Evidence(**row._mapping) for row in rows)
