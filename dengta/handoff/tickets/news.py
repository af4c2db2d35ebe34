"""Telling customers what became of their tickets, in the transaction of the change: once, whatever crashes."""
from typing import Any, Optional

from sqlalchemy import and_, or_, select
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from dengta.conversation import bindings, records
from dengta.conversation.bodies import Bodies
from dengta.conversation.tables import binding, conversation
from dengta.handoff import entries
from dengta.handoff.tickets import lookup, telling
from dengta.handoff.tickets.models import Answer
from dengta.privacy.vault import Vault

_FIRST_SEQ = 1
_EXTENDED = "extended"
_TOLD = {"moved", "answered", "closed", "reopened", _EXTENDED}


def tell(session: Session, vault: Vault, row: Row, event: str, answer: Optional[Answer] = None) -> None:
    """Say what `event` of the history made of a ticket that the caller holds, in the conversation of its customer.

    What they are answered is said only to who proved, in that conversation, to be the one whose ticket it is. Customers
    without an open conversation are not told; they hear it when they ask.
    """
    talk = _conversation(session, row) if event in _TOLD else None
    if talk is None:
        return
    tone = entries.tone(session, talk.id)
    say = telling.extended if event == _EXTENDED else telling.news
    said = [say(lookup.told(session, row.ticket_no), tone)]
    if answer is not None and _is_proved(session, row, talk):
        said.append(telling.reply(answer, tone))
    notice = {"text": "\n".join(said)}
    records.store(session, Bodies(vault), talk, [notice], author_kind="notice", status="sent")


def _is_proved(session: Session, row: Row, talk: Row) -> bool:
    bound = bindings.present(session, talk.id)
    if bound is None or bound.verified_at is None:
        return False
    return bool(bound.customer_id == row.customer_id)


def _conversation(session: Session, row: Row) -> Optional[Row]:
    """Hold the open conversation the ticket was opened in if it is still its customer's, or else their newest one."""
    for conversation_id in session.execute(_open_to(row)).scalars().all():
        talk = records.locked(session, conversation_id)
        if talk is not None and talk.ended_at is None:
            return talk
    return None


def _open_to(row: Row) -> Any:
    here = conversation.c.id == row.conversation_id
    bound = and_(binding.c.conversation_id == conversation.c.id, binding.c.ended_at.is_(None))
    if row.customer_id is not None:
        theirs: Any = binding.c.customer_id == row.customer_id
    else:  # whoever is known first in a conversation is who spoke in it before
        theirs = and_(here, or_(binding.c.id.is_(None), binding.c.from_seq == _FIRST_SEQ))
    return (
        select(conversation.c.id)
        .outerjoin(binding, bound)
        .where(conversation.c.ended_at.is_(None), theirs)
        .order_by(here.desc(), conversation.c.created_at.desc())
    )
