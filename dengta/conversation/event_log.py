"""What happens where people work, in the order in which it was committed: the agents' desk follows it by number.

An event says that something changed, with ids and numbers, never with what a customer said; who hears of it reads the
record. Kinds: `message` (message_seq, author) of a conversation the bot does not own, `owner` (state, epoch, owner_id,
group) of every change of owner, `presence` of an agent, `ticket` (ticket_no, state, group, owner_id, was_with) of every
change, `deadline` (ticket_no, goal, percent, group, owner_id) of a ticket when so much of the time has passed, `note`,
`rating`.
"""
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Mapping, Optional

from sqlalchemy import BigInteger, Column, Integer, String, Table, Text, delete, func, insert, select, text
from sqlalchemy.orm import Session

from dengta import clock
from dengta.conversation.tables import metadata
from dengta.database import Moment

_LOCK = 0x4556454E  # any fixed number: all writers of one database ask PostgreSQL for the same one

event_log = Table(
    "event_log",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("conversation_id", String(64)),
    Column("data", Text, nullable=False),  # JSON of ids and numbers
    sqlite_autoincrement=True,  # who follows remembers the last number: one that was deleted is never given again
)


@dataclass(frozen=True)
class Event:
    """One event; `seq` rises, with holes where a transaction was rolled back."""

    seq: int
    at: datetime
    kind: str
    conversation_id: Optional[str]
    data: Mapping[str, Any]


def note(session: Session, kind: str, conversation_id: Optional[str], **data: Any) -> None:
    """Add an event inside the caller's writing transaction; it is there if and only if that commits.

    Whoever notes something on PostgreSQL keeps all others from it until the transaction ends, so that nobody who has
    read number n can miss a lower one: note as late in the transaction as possible.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    session.execute(
        insert(event_log).values(
            at=clock.now(), kind=kind, conversation_id=conversation_id, data=json.dumps(data, ensure_ascii=False)
        )
    )


def since(session: Session, seq: int, limit: int) -> tuple[Event, ...]:
    """Select up to `limit` events with a number above `seq`, in order."""
    rows = session.execute(select(event_log).where(event_log.c.seq > seq).order_by(event_log.c.seq).limit(limit))
    return tuple(Event(row.seq, row.at, row.kind, row.conversation_id, json.loads(row.data)) for row in rows)


def touched(session: Session, after: Optional[int]) -> tuple[int, set[str]]:
    """Select the number of the newest event, and the conversations with events above `after`; none without it."""
    if after is None:
        return last(session), set()
    rows = session.execute(select(event_log.c.seq, event_log.c.conversation_id).where(event_log.c.seq > after)).all()
    return max([after, *(row.seq for row in rows)]), {row.conversation_id for row in rows} - {None}


def last(session: Session) -> int:
    """Return the number of the newest event, 0 if there is none."""
    return session.execute(select(func.max(event_log.c.seq))).scalar() or 0


def oldest(session: Session) -> int:
    """Return the number of the oldest event that is kept, 0 if there is none."""
    return session.execute(select(func.min(event_log.c.seq))).scalar() or 0


def forget(session: Session, before: datetime) -> None:
    """Delete the events from before a moment; who has not read them by then has to load everything anew."""
    session.execute(delete(event_log).where(event_log.c.at < before))
