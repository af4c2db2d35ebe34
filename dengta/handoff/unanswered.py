"""Customers whose person is there and says nothing: who they are, and from when on it counts."""
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Optional

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dengta import clock
from dengta.conversation.tables import conversation, message
from dengta.data import read_data
from dengta.handoff.tables import queue_entry


@dataclass(frozen=True)
class Patience:
    """How long customers wait for an answer until their lead is shown, and until they are queued again."""

    shown_after: timedelta
    queued_after: timedelta


@dataclass(frozen=True)
class Unanswered:
    """Somebody who waits for an answer of `agent_id` since a moment."""

    conversation_id: str
    agent_id: str
    group: str
    since: datetime


@lru_cache(maxsize=1)
def patience() -> Patience:
    """Return the rule of `data/handoff/unanswered.yml`."""
    content = read_data("handoff/unanswered")
    return Patience(timedelta(minutes=content["shown_after"]), timedelta(minutes=content["queued_after"]))


def find(
    session: Session, after: timedelta, now: datetime, conversation_id: Optional[str] = None
) -> tuple[Unanswered, ...]:
    """Select who waits for an answer for longer than this, the longest first; or only this conversation.

    `now` is real time, by which people take customers; messages are dated by business time.
    """
    said = message.alias()
    here = said.c.conversation_id == conversation.c.id
    answered = select(func.max(said.c.seq)).where(here, said.c.author_kind.in_(("agent", "bot"))).scalar_subquery()
    first = (
        select(func.min(message.c.created_at))
        .where(
            message.c.conversation_id == conversation.c.id,
            message.c.author_kind == "customer",
            message.c.seq > func.coalesce(answered, 0),
        )
        .correlate(conversation)
        .scalar_subquery()
    )
    query = (
        select(
            conversation.c.id, conversation.c.owner_id, queue_entry.c.group, queue_entry.c.taken_at, first.label("at")
        )
        .join(queue_entry, queue_entry.c.conversation_id == conversation.c.id)
        .where(
            conversation.c.state.in_(("HUMAN", "WRAPUP")),
            queue_entry.c.left_at.is_(None),
            queue_entry.c.taken_at < now - after,
            first < clock.now() - after,
        )
    )
    if conversation_id is not None:
        query = query.where(conversation.c.id == conversation_id)
    found = [Unanswered(row.id, row.owner_id, row.group, max(row.taken_at, row.at)) for row in session.execute(query)]
    return tuple(sorted(found, key=lambda each: each.since))
