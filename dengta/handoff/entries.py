"""The stretches of conversations with people, from entering the queue to leaving a person, on the caller's session."""
import math
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Optional

from sqlalchemy import and_, func, insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from dengta.conversation import bindings
from dengta.conversation.tables import conversation, customer_profile
from dengta.dialogue.names import TONE_STANDARD
from dengta.handoff.presence import online
from dengta.handoff.rules import Place
from dengta.handoff.tables import queue_entry
from dengta.privacy.vault import Vault

_PACE_WINDOW = timedelta(minutes=30)
_PACE_FROM = 3  # customers taken in that time; fewer tell nothing about the next one
_IS_OPEN = queue_entry.c.left_at.is_(None)
_WAITS = and_(_IS_OPEN, queue_entry.c.taken_at.is_(None), conversation.c.state == "QUEUED")


@dataclass(frozen=True)
class Waiting:
    """Somebody who waits; `position` counts from 1 within the group. `entered_at` is real time."""

    conversation_id: str
    customer_id: Optional[str]
    channel: str
    group: str
    priority: int
    reason: str
    entered_at: datetime
    epoch: int
    position: int


@dataclass(frozen=True)
class Outlook:
    """What can honestly be told to somebody who waits: whole `minutes`, 0 for at once, None if nobody can know."""

    position: int
    minutes: Optional[int]


def enter(
    session: Session,
    talk: Row,
    place: Place,
    reason: str,
    tone: str,
    now: datetime,
    note: Optional[str] = None,
) -> None:
    """Begin a stretch of a conversation that is about to change hands.

    `note` is what `sealed_note` made of the words for whoever takes it.
    """
    bound = bindings.present(session, talk.id)
    session.execute(
        insert(queue_entry).values(
            conversation_id=talk.id,
            customer_id=bound.customer_id if bound is not None else None,
            group=place.group,
            priority=place.priority,
            reason=reason,
            tone=tone,
            note=note,
            entered_at=now,
            epoch=talk.owner_epoch + 1,
        )
    )


def present(session: Session, conversation_id: str) -> Optional[Row]:
    """Return the stretch a conversation is in, None if it is with no person and waits for none."""
    mine = select(queue_entry).where(queue_entry.c.conversation_id == conversation_id, _IS_OPEN)
    return session.execute(mine).one_or_none()


def take(session: Session, conversation_id: str, agent_id: str, now: datetime) -> None:
    """Note who has the conversation now."""
    _change(session, conversation_id, taken_at=now, taken_by=agent_id)


def move(session: Session, conversation_id: str, group: str) -> None:
    """Let somebody wait for another group, at the place their waiting time gives them."""
    _change(session, conversation_id, group=group)


def leave(session: Session, conversation_id: str, why: str, now: datetime) -> None:
    """End the stretch, if there is one; `why` as listed in `tables.py`."""
    _change(session, conversation_id, left_at=now, why_left=why)


def waiting(session: Session, groups: Optional[Collection[str]] = None) -> tuple[Waiting, ...]:
    """Return who waits for these groups, or for any, in the order in which they are to be taken."""
    position = func.row_number().over(partition_by=queue_entry.c.group, order_by=_ORDER).label("position")
    columns = [queue_entry.c[name] for name in _SHOWN]
    query = _joined(*columns, conversation.c.channel, position).where(_WAITS).order_by(*_ORDER)
    if groups is not None:
        query = query.where(queue_entry.c.group.in_(list(groups)))
    return tuple(Waiting(**row._mapping) for row in session.execute(query))


def outlook(session: Session, place: Place, now: datetime) -> Outlook:
    """Return what somebody can be told who enters now: who is ahead, and how fast the group took people lately."""
    ahead = _joined(func.count()).where(
        _WAITS, queue_entry.c.group == place.group, queue_entry.c.priority <= place.priority
    )
    position = int(session.execute(ahead).scalar_one()) + 1
    if position <= sum(agent.room for agent in online(session, now) if place.group in agent.groups):
        return Outlook(position, 0)
    lately = select(func.count()).where(
        queue_entry.c.group == place.group,
        queue_entry.c.taken_at >= now - _PACE_WINDOW,
        queue_entry.c.taken_at > queue_entry.c.entered_at,  # not taken over: they waited
    )
    taken = session.execute(lately).scalar_one()
    if taken < _PACE_FROM:
        return Outlook(position, None)
    return Outlook(position, math.ceil(position * _PACE_WINDOW / timedelta(minutes=1) / taken))


def tone(session: Session, conversation_id: str) -> str:
    """Return the tone of the last stretch, or else of the customer, for notices that no bot's turn goes before."""
    last = select(queue_entry.c.tone).where(queue_entry.c.conversation_id == conversation_id)
    spoken: Optional[str] = session.execute(last.order_by(queue_entry.c.id.desc()).limit(1)).scalar()
    if spoken is not None:
        return spoken
    bound = bindings.present(session, conversation_id)
    chosen = select(customer_profile.c.tone).where(
        customer_profile.c.customer_id == (bound.customer_id if bound is not None else None)
    )
    return session.execute(chosen).scalar() or TONE_STANDARD


def astray(session: Session) -> tuple[str, ...]:
    """Select the conversations whose stretch is still open although no person has them any more."""
    query = _joined(queue_entry.c.conversation_id).where(_IS_OPEN, conversation.c.state.in_(("BOT", "CLOSED")))
    return tuple(session.execute(query.order_by(queue_entry.c.id)).scalars())


def sealed_note(vault: Vault, conversation_id: str, epoch: int, text: str) -> str:
    """Seal what one person says to the next about a conversation that changes hands into `epoch`."""
    return vault.seal(note_place(conversation_id, epoch), text)


def read_note(vault: Vault, entry: Row) -> Optional[str]:
    """Open the note of a stretch, None if there is none.

    Raises:
        Unreadable: it was changed, or its key is gone.
    """
    return vault.open(note_place(entry.conversation_id, entry.epoch), entry.note) if entry.note else None


def note_place(conversation_id: str, epoch: int) -> str:
    """Return what a sealed note is bound to."""
    return f"queue_entry.note|{conversation_id}|{epoch}"


_ORDER = (queue_entry.c.priority, queue_entry.c.entered_at, queue_entry.c.id)
_SHOWN = ("conversation_id", "customer_id", "group", "priority", "reason", "entered_at", "epoch")


def _joined(*columns: Any) -> Any:
    return select(*columns).select_from(queue_entry).join(
        conversation, conversation.c.id == queue_entry.c.conversation_id
    )


def _change(session: Session, conversation_id: str, **values: Any) -> None:
    mine = and_(queue_entry.c.conversation_id == conversation_id, _IS_OPEN)
    session.execute(update(queue_entry).where(mine).values(**values))
