"""What a summary is made from: the recent part of a conversation that belongs to whoever speaks in it now."""
from dataclasses import dataclass
from typing import Optional

from sqlalchemy import select
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from dengta.conversation import bindings
from dengta.conversation.bodies import Bodies
from dengta.conversation.tables import conversation, message
from dengta.handoff import entries
from dengta.handoff.summary.rules import Rules
from dengta.handoff.tickets import evidence, lookup
from dengta.handoff.tickets.models import Search, Summary

_AUTHORS = ("customer", "bot", "agent")
_UNFINISHED = ("open", "accepted", "in_progress", "waiting_customer", "reopened")
_TICKETS = 20


@dataclass(frozen=True)
class Said:
    """One message; `turn` is the bot's turn it belongs to, None for what is said between people."""

    seq: int
    author: str
    text: str
    turn: Optional[int]
    reading: Optional[str]
    failed: bool


@dataclass(frozen=True)
class OpenTicket:
    """A ticket of the customer that is not answered yet; `seqs` are its evidence in this conversation."""

    ticket: Summary
    seqs: tuple[int, ...]


@dataclass(frozen=True)
class Record:
    """A conversation as far as its present customer is concerned.

    `verified` tells whether the customer proved who they are here, or only on another account of theirs; `reason` is
    the cause for which people have the conversation, None if they do not.
    """

    conversation_id: str
    channel: str
    last_seq: int
    customer_id: Optional[str]
    verified: bool
    reason: Optional[str]
    tickets: tuple[OpenTicket, ...]
    said: tuple[Said, ...]

    def by(self, author: str) -> tuple[Said, ...]:
        """Return what one kind of author said."""
        return tuple(each for each in self.said if each.author == author)


def read(session: Session, bodies: Bodies, rules: Rules, conversation_id: str) -> Optional[Record]:
    """Read a conversation, None if there is no such one.

    Raises:
        Unreadable: a message was changed, or its key is gone.
    """
    talk = session.execute(select(conversation).where(conversation.c.id == conversation_id)).one_or_none()
    if talk is None:
        return None
    bound = bindings.present(session, conversation_id)
    stretch = entries.present(session, conversation_id)
    rows = _messages(session, rules, conversation_id, _first_seq(session, conversation_id, bound))
    return Record(
        conversation_id=conversation_id,
        channel=talk.channel,
        last_seq=talk.last_seq,
        customer_id=bound.customer_id if bound is not None else None,
        verified=bound is not None and bound.verified_at is not None,
        reason=stretch.reason if stretch is not None else None,
        tickets=_tickets(session, conversation_id, bound.customer_id if bound is not None else None),
        said=tuple(_said(bodies, row) for row in rows),
    )


def _first_seq(session: Session, conversation_id: str, bound: Optional[Row]) -> int:
    """Return where the part of whoever speaks now begins: nobody else's words are theirs."""
    return int(bound.from_seq) if bound is not None else bindings.unbound_since(session, conversation_id)


def _messages(session: Session, rules: Rules, conversation_id: str, first_seq: int) -> list[Row]:
    theirs = select(message).where(
        message.c.conversation_id == conversation_id,
        message.c.seq >= first_seq,
        message.c.author_kind.in_(_AUTHORS),
    )
    newest = session.execute(theirs.order_by(message.c.seq.desc()).limit(rules.messages)).all()
    return [row for row in reversed(newest) if row.created_at >= newest[0].created_at - rules.reach]


def _tickets(session: Session, conversation_id: str, customer_id: Optional[str]) -> tuple[OpenTicket, ...]:
    searches = [Search(conversation_id=conversation_id, states=_UNFINISHED)]
    if customer_id is not None:
        searches.append(Search(customer_id=customer_id, states=_UNFINISHED))
    found = {each.ticket_no: each for search in searches for each in lookup.find(session, search, _TICKETS)}
    theirs = [each for each in found.values() if each.customer_id in (None, customer_id)]
    return tuple(OpenTicket(each, _evidence(session, each.ticket_no, conversation_id)) for each in theirs)


def _evidence(session: Session, ticket_no: str, conversation_id: str) -> tuple[int, ...]:
    kept = evidence.of(session, ticket_no)
    return tuple(each.seq for each in kept if each.conversation_id == conversation_id)


def _said(bodies: Bodies, row: Row) -> Said:
    text = bodies.read(row).get("text", "")
    return Said(row.seq, row.author_kind, text, row.turn, row.reading, row.status == "failed")
