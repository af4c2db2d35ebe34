"""Conversations as the desk sees them: who has them now, and whom they concern. On a session the caller closes."""
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Optional

from sqlalchemy import select
from sqlalchemy.orm import Session

from dengta.conversation.tables import binding, conversation
from dengta.desk.agents import Agent
from dengta.handoff.tables import queue_entry

_COLUMNS = ("id", "channel", "state", "owner_id", "owner_epoch", "last_seq", "created_at", "ended_at")


@dataclass(frozen=True)
class Talk:
    """A conversation. `group` is the skill group it was last given to, `before` those and the agents it was with.

    `customer_id` is who it is bound to now, and `verified` whether they proved it in this conversation.
    """

    id: str
    channel: str
    state: str
    owner_id: Optional[str]
    owner_epoch: int
    last_seq: int
    created_at: datetime
    ended_at: Optional[datetime]
    group: Optional[str]
    before: frozenset[str]
    customer_id: Optional[str]
    verified: bool

    def concerns(self, agent: Agent) -> bool:
        """Tell whether an agent may see it: it is theirs, or with their group, or was never given to a group."""
        return self.owner_id == agent.id or agent.serves(self.group)

    def concerned(self, agent: Agent) -> bool:
        """Tell whether an agent has to hear of a new owner, because it was theirs or with their group before."""
        return agent.id in self.before or not self.before.isdisjoint(agent.groups)


def shown(talk: Talk) -> dict[str, Any]:
    """Return a conversation as the desk shows it."""
    return {field.name: getattr(talk, field.name) for field in fields(talk) if field.name != "before"}


def find(session: Session, conversation_id: str) -> Optional[Talk]:
    """Select one conversation."""
    return by_id(session, [conversation_id]).get(conversation_id)


def by_id(session: Session, ids: Collection[str]) -> Mapping[str, Talk]:
    """Select these conversations, those that exist."""
    return _select(session, conversation.c.id.in_(list(ids)))


def owned_by(session: Session, agent_id: str) -> tuple[Talk, ...]:
    """Select the conversations an agent has, the oldest first."""
    theirs = _select(session, (conversation.c.owner_id == agent_id) & conversation.c.ended_at.is_(None))
    return tuple(sorted(theirs.values(), key=lambda talk: talk.created_at))


def _select(session: Session, condition: Any) -> dict[str, Talk]:
    bound = (binding.c.conversation_id == conversation.c.id) & binding.c.ended_at.is_(None)
    columns = [conversation.c[name] for name in _COLUMNS]
    rows = session.execute(
        select(*columns, binding.c.customer_id, binding.c.verified_at).outerjoin(binding, bound).where(condition)
    ).all()
    stretches = session.execute(
        select(queue_entry.c.conversation_id, queue_entry.c.group, queue_entry.c.taken_by)
        .where(queue_entry.c.conversation_id.in_([row.id for row in rows]))
        .order_by(queue_entry.c.id)
    ).all()
    group: dict[str, str] = {}
    before: dict[str, set[str]] = {}
    for stretch in stretches:
        group[stretch.conversation_id] = stretch.group
        before.setdefault(stretch.conversation_id, set()).update({stretch.group, stretch.taken_by} - {None})
    return {
        row.id: Talk(
            **{name: row[name] for name in _COLUMNS},
            group=group.get(row.id),
            before=frozenset(before.get(row.id, ())),
            customer_id=row.customer_id,
            verified=row.verified_at is not None,
        )
        for row in rows
    }
