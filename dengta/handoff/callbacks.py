"""Promises to call back: a ticket with a deadline inside service hours, once as long as it is open."""
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Optional

from sqlalchemy import select
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from dengta.conversation import bindings
from dengta.handoff.hours import ServiceHours
from dengta.handoff.tickets.models import SETTLED, NewTicket
from dengta.handoff.tickets.records import open_ticket
from dengta.handoff.tickets.tables import ticket, ticket_deadline
from dengta.privacy.vault import Vault

KIND = "callback"


@dataclass(frozen=True)
class Callback:
    """A promise to call back by a moment; `repeated` if it had been given before."""

    ticket_no: str
    promised_at: datetime
    due_at: datetime
    repeated: bool


def promise(
    session: Session,
    vault: Vault,
    hours: ServiceHours,
    talk: Row,
    group: str,
    words: str,
    now: datetime,
    within: Optional[timedelta] = None,
) -> Callback:
    """Promise to call back the customer of a conversation the caller holds, or repeat a promise that holds as soon.

    `group` is the skill group that calls; `words` are what the customer wrote last, which are kept sealed; `within` is
    that of `ServiceHours.deadline`.
    """
    bound, due_at, before = bindings.present(session, talk.id), hours.deadline(now, within), present(session, talk.id)
    if before is not None and before.due_at <= due_at:
        return before
    opened = open_ticket(
        session,
        vault,
        NewTicket(
            key=f"{KIND}|{talk.id}|{talk.last_seq}",
            kind=KIND,
            cause="busy" if hours.is_open(now) else "closed",
            channel=talk.channel,
            description=words,
            by="bot",
            conversation_id=talk.id,
            customer_id=bound.customer_id if bound is not None else None,
            verified=bound is not None and bound.verified_at is not None,
            group=group,
            callback_by=due_at,
        ),
        now,
    )
    return Callback(opened.ticket.ticket_no, now, due_at, repeated=False)


def present(session: Session, conversation_id: str) -> Optional[Callback]:
    """Return the promise of a conversation that is to be kept next."""
    mine = (ticket.c.conversation_id == conversation_id) & (ticket.c.kind == KIND)
    row = session.execute(
        select(ticket.c.ticket_no, ticket.c.received_at, ticket_deadline.c.due_at)
        .join(ticket_deadline, ticket_deadline.c.ticket_no == ticket.c.ticket_no)
        .where(mine, ticket.c.state.not_in(SETTLED), ticket_deadline.c.state == "running")
        .order_by(ticket_deadline.c.due_at)
        .limit(1)
    ).first()
    return Callback(row.ticket_no, row.received_at, row.due_at, repeated=True) if row is not None else None
