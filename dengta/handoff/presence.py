"""Which people are there, for which skill groups, and how much room they have, on a session the caller commits.

Somebody is there who is online and gave a sign of life within `GRACE`. All moments are real time.
"""
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Optional

from sqlalchemy import func, select, update
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from dengta.conversation import event_log
from dengta.conversation.tables import conversation
from dengta.database import insertion
from dengta.handoff.rules import Rules
from dengta.handoff.tables import agent_presence

GRACE = timedelta(seconds=60)
ONLINE, BREAK, OFFLINE = "online", "break", "offline"


@dataclass(frozen=True)
class Agent:
    """A person at the desk; `load` of the `capacity` conversations at a time are taken."""

    agent_id: str
    status: str
    groups: tuple[str, ...]
    capacity: int
    load: int

    @property
    def room(self) -> int:
        """How many more conversations they can take."""
        return max(0, self.capacity - self.load)


def arrive(
    session: Session, agent_id: str, status: str, capacity: int, groups: Collection[str], now: datetime
) -> None:
    """Note what somebody at the desk does now: `online`, on a `break`, or `offline`."""
    values = {"status": status, "capacity": capacity, "groups": json.dumps(sorted(groups)), "seen_at": now}
    arrival = insertion(session, agent_presence).values(agent_id=agent_id, **values)
    session.execute(arrival.on_conflict_do_update(index_elements=["agent_id"], set_=values))
    event_log.note(session, "presence", None, agent_id=agent_id, status=status)


def status(session: Session, agent_id: str) -> str:
    """Return what somebody said last that they do: `online`, `break` or `offline`."""
    said = select(agent_presence.c.status).where(agent_presence.c.agent_id == agent_id)
    return session.execute(said).scalar() or OFFLINE


def returns(session: Session, agent_id: str, now: datetime) -> None:
    """Note that somebody begins to work: who was away for longer than `GRACE` is `offline` until they say otherwise."""
    mine = (agent_presence.c.agent_id == agent_id) & (agent_presence.c.status != OFFLINE)
    gone = mine & (agent_presence.c.seen_at < now - GRACE)
    if session.execute(update(agent_presence).where(gone).values(status=OFFLINE)).rowcount:
        event_log.note(session, "presence", None, agent_id=agent_id, status=OFFLINE)


def adapt(session: Session, agent_id: str, capacity: int, groups: Collection[str]) -> None:
    """Note that somebody at the desk serves other groups now, or another number of customers."""
    values = {"capacity": capacity, "groups": json.dumps(sorted(groups))}
    session.execute(update(agent_presence).where(agent_presence.c.agent_id == agent_id).values(**values))


def dismiss(session: Session, agent_id: str) -> None:
    """Send somebody home who may not serve any more: their customers wait again after `GRACE`."""
    here = (agent_presence.c.agent_id == agent_id) & (agent_presence.c.status != OFFLINE)
    if session.execute(update(agent_presence).where(here).values(status=OFFLINE)).rowcount:
        event_log.note(session, "presence", None, agent_id=agent_id, status=OFFLINE)


def seen(session: Session, agent_id: str, now: datetime) -> None:
    """Note a sign of life; of somebody who left it means nothing."""
    here = (agent_presence.c.agent_id == agent_id) & (agent_presence.c.status != OFFLINE)
    session.execute(update(agent_presence).where(here).values(seen_at=now))


def hold(session: Session, agent_id: str, now: datetime) -> Optional[Agent]:
    """Return somebody who is there, and keep everybody else from giving them work meanwhile."""
    mine = select(agent_presence).where(agent_presence.c.agent_id == agent_id, *_there(now))
    row = session.execute(mine.with_for_update()).one_or_none()
    return _agent(row, _loads(session, [agent_id])) if row is not None else None


def online(session: Session, now: datetime) -> tuple[Agent, ...]:
    """Return everybody who is there."""
    rows = session.execute(select(agent_presence).where(*_there(now)).order_by(agent_presence.c.agent_id)).all()
    loads = _loads(session, [row.agent_id for row in rows])
    return tuple(_agent(row, loads) for row in rows)


def others(session: Session, group: str, agent_id: str, now: datetime) -> bool:
    """Tell whether anybody of a group is there but this one."""
    return any(group in agent.groups and agent.agent_id != agent_id for agent in online(session, now))


def staffed(session: Session, rules: Rules, group: str, now: datetime) -> Optional[str]:
    """Return the group, or else its first fallback, in which somebody is there; None if nobody is."""
    there = {each for agent in online(session, now) for each in agent.groups}
    return next((each for each in (group, *rules.groups[group].fallback) if each in there), None)


def left_behind(session: Session, now: datetime) -> tuple[str, ...]:
    """Select the conversations of people who gave no sign of life for longer than `GRACE`."""
    gone = (
        select(conversation.c.id)
        .join(agent_presence, agent_presence.c.agent_id == conversation.c.owner_id)
        .where(conversation.c.state.in_(("HUMAN", "WRAPUP")), agent_presence.c.seen_at < now - GRACE)
        .order_by(conversation.c.id)
    )
    return tuple(session.execute(gone).scalars())


def _there(now: datetime) -> tuple[object, ...]:
    return (agent_presence.c.status == ONLINE, agent_presence.c.seen_at >= now - GRACE)


def _loads(session: Session, agent_ids: Sequence[str]) -> dict[str, int]:
    rows = session.execute(
        select(conversation.c.owner_id, func.count().label("load"))
        .where(conversation.c.state == "HUMAN", conversation.c.owner_id.in_(agent_ids))
        .group_by(conversation.c.owner_id)
    )
    return {row.owner_id: row.load for row in rows}


def _agent(row: Row, loads: dict[str, int]) -> Agent:
    groups = tuple(json.loads(row.groups))
    return Agent(row.agent_id, row.status, groups, row.capacity, loads.get(row.agent_id, 0))
