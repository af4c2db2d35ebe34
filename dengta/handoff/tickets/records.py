"""Opening tickets on a session the caller commits."""
import secrets
from datetime import datetime
from typing import Optional

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from dengta.conversation import event_log
from dengta.conversation.tables import conversation
from dengta.handoff.tickets import deadlines, evidence, history
from dengta.handoff.tickets.errors import InvalidTicketError
from dengta.handoff.tickets.lookup import place, told
from dengta.handoff.tickets.models import NewTicket, Opened
from dengta.handoff.tickets.rules import Kind, check_group, rules
from dengta.handoff.tickets.tables import ticket
from dengta.privacy.vault import Vault


def open_ticket(session: Session, vault: Vault, new: NewTicket, now: datetime) -> Opened:
    """Open a ticket and start its clocks, or find the one that was opened under the same key.

    Call it late in the transaction: the event it notes keeps others from noting theirs until the end.

    Raises:
        InvalidTicketError: something is missing, unknown or too long; nothing was stored.
    """
    known = _known(session, new.key)
    if known is not None:
        return Opened(told(session, known), repeated=True)
    kind = _checked(session, new, now)
    ticket_no = _number(kind, now)
    try:
        with session.begin_nested():
            _insert(session, vault, new, ticket_no, now)
    except IntegrityError:  # a transaction that has committed by now was first with this key, or took this number
        if _known(session, new.key) is None and not _is_taken(session, ticket_no):
            raise
        return open_ticket(session, vault, new, now)
    _start_clocks(session, new, kind, ticket_no, now)
    if new.conversation_id is not None:
        evidence.add(session, ticket_no, new.conversation_id, new.evidence)
    detail = {"cause": new.cause, "owner_id": new.owner_id, "evidence": sorted(set(new.evidence))}
    history.add(session, vault, ticket_no, 1, new.by, "opened", (None, "open"), detail, {}, now)
    event_log.note(
        session,
        "ticket",
        new.conversation_id,
        ticket_no=ticket_no,
        state="open",
        group=new.group or kind.group,
        owner_id=new.owner_id,
    )
    return Opened(told(session, ticket_no), repeated=False)


def _checked(session: Session, new: NewTicket, now: datetime) -> Kind:
    kind = rules().kinds.get(new.kind)
    if kind is None:
        raise InvalidTicketError("kind", "unknown")
    if new.cause not in kind.causes:
        raise InvalidTicketError("cause", "unknown")
    if new.group is not None:
        check_group(new.group)
    history.check_text("description", new.description)
    if new.authorisation is not None:
        history.check_text("authorisation", new.authorisation)
    if new.received_at is not None and new.received_at > now:
        raise InvalidTicketError("received_at", "not_allowed")
    if kind.calls_back != (new.callback_by is not None):
        raise InvalidTicketError("callback_by", "missing" if kind.calls_back else "not_allowed")
    if new.regulator_due is not None:
        deadlines.check_regulator_date(new.regulator_due, now)
    if new.conversation_id is not None:
        _check_conversation(session, new.conversation_id)
        evidence.check(session, new.conversation_id, new.evidence)
    elif new.evidence:
        raise InvalidTicketError("evidence", "not_allowed")
    return kind


def _check_conversation(session: Session, conversation_id: str) -> None:
    if session.execute(select(conversation.c.id).where(conversation.c.id == conversation_id)).first() is None:
        raise InvalidTicketError("conversation_id", "unknown")


def _known(session: Session, key: str) -> Optional[str]:
    ticket_no: Optional[str] = session.execute(select(ticket.c.ticket_no).where(ticket.c.key == key)).scalar()
    return ticket_no


def _is_taken(session: Session, ticket_no: str) -> bool:
    return session.execute(select(ticket.c.key).where(ticket.c.ticket_no == ticket_no)).first() is not None


def _number(kind: Kind, now: datetime) -> str:
    return f"{kind.prefix}{now:%y}{secrets.randbelow(10**10):010d}"


def _insert(session: Session, vault: Vault, new: NewTicket, ticket_no: str, now: datetime) -> None:
    sealed = {
        name: vault.seal(place(name, ticket_no), text)
        for name, text in (("description", new.description), ("authorisation", new.authorisation))
        if text is not None
    }
    session.execute(
        insert(ticket).values(
            ticket_no=ticket_no,
            key=new.key,
            kind=new.kind,
            cause=new.cause,
            state="open",
            version=1,
            channel=new.channel,
            conversation_id=new.conversation_id,
            customer_id=new.customer_id,
            verified=new.verified,
            complainant="self" if new.authorisation is None else "agent",
            group=new.group or rules().kinds[new.kind].group,
            owner_id=new.owner_id,
            received_at=new.received_at or now,
            **sealed,
        )
    )


def _start_clocks(session: Session, new: NewTicket, kind: Kind, ticket_no: str, now: datetime) -> None:
    received_at = new.received_at or now
    for goal, name in kind.goals.items():
        deadlines.start(session, ticket_no, goal, name, received_at, new.callback_by)
    if new.regulator_due is not None:
        deadlines.set_regulator_date(session, ticket_no, received_at, new.regulator_due, None, now)
