"""Tickets that the bot opens, in the transaction that tells the customer of it, with their own words as evidence."""
from collections.abc import Sequence
from datetime import datetime
from typing import Optional

from sqlalchemy import select
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from dengta.conversation import bindings
from dengta.conversation.bodies import Bodies
from dengta.conversation.tables import message
from dengta.handoff.tickets import lookup
from dengta.handoff.tickets.models import SETTLED, NewTicket, Opened, Search
from dengta.handoff.tickets.records import open_ticket
from dengta.handoff.tickets.rules import rules
from dengta.privacy.vault import Vault

_MESSAGES = 5


def register(session: Session, vault: Vault, talk: Row, kind: str, cause: str, now: datetime) -> Opened:
    """Open a ticket for the customer of a conversation the caller holds, or find the one that is not answered yet."""
    bound = bindings.present(session, talk.id)
    customer_id = bound.customer_id if bound is not None else None
    known = _known(session, talk.id, customer_id, kind, cause)
    if known is not None:
        return Opened(lookup.told(session, known), repeated=True)
    said = _said(session, Bodies(vault), talk.id, bound)
    title = f"{rules().kinds[kind].title}：{rules().kinds[kind].causes[cause]}"
    new = NewTicket(
        key=f"chat|{talk.id}|{talk.last_seq}",
        kind=kind,
        cause=cause,
        channel=talk.channel,
        description="\n".join([title, *(text for _, text in said)]),
        by="bot",
        conversation_id=talk.id,
        customer_id=customer_id,
        verified=bound is not None and bound.verified_at is not None,
        evidence=[seq for seq, _ in said],
    )
    return open_ticket(session, vault, new, now)


def _known(
    session: Session, conversation_id: str, customer_id: Optional[str], kind: str, cause: str
) -> Optional[str]:
    """Return a ticket of this customer, or of this conversation as long as nobody is verified in it."""
    here = conversation_id if customer_id is None else None
    found = lookup.find(session, Search(kind=kind, customer_id=customer_id, conversation_id=here), limit=100)
    same = (each for each in found if each.cause == cause and each.customer_id == customer_id)
    return next((each.ticket_no for each in same if each.state not in SETTLED), None)


def _said(session: Session, bodies: Bodies, conversation_id: str, bound: Optional[Row]) -> Sequence[tuple[int, str]]:
    """Return the customer's last words with their numbers; a phone number or a code alone is none."""
    theirs = select(message).where(
        message.c.conversation_id == conversation_id,
        message.c.author_kind == "customer",
        message.c.seq >= (bound.from_seq if bound is not None else bindings.unbound_since(session, conversation_id)),
    )
    rows = session.execute(theirs.order_by(message.c.seq.desc()).limit(_MESSAGES)).all()
    said = [(row.seq, bodies.read(row).get("text", "")) for row in reversed(rows)]
    return [(seq, text) for seq, text in said if any(character.isalpha() for character in text)]
