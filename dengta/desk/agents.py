"""The agents of the desk, on a session the caller commits."""
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Optional

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from dengta import clock
from dengta.desk.passwords import hashed
from dengta.desk.roles import EVERY_GROUP, ROLES
from dengta.desk.tables import agent, desk_session

MOST_AT_ONCE = 50
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")


class AgentRefused(Exception):
    """An agent cannot be added or changed like this.

    The message is one sentence for the operator, `code` the one of the desk's protocol.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Agent:
    """Somebody who works at the desk; `capacity` is how many conversations they have at the same time."""

    id: str
    name: str
    role: str
    groups: tuple[str, ...]
    capacity: int

    def serves(self, group: Optional[str]) -> bool:
        """Tell whether conversations of a group concern this agent; those of no group concern everybody."""
        return group is None or self.role in EVERY_GROUP or group in self.groups


def is_id(agent_id: str) -> bool:
    """Tell whether an agent could be called this; what else somebody sends is not even looked up."""
    return _ID.fullmatch(agent_id) is not None


def check(new: Agent, known_groups: Collection[str]) -> None:
    """See that an agent can be added.

    Raises:
        AgentRefused: something about them makes no sense.
    """
    if not is_id(new.id):
        raise AgentRefused(
            "agent_id", "The id must be 2 to 32 lower-case letters, digits, dots or hyphens, a letter or digit first"
        )
    if not 1 <= len(new.name.strip()) <= 32 or not new.name.isprintable():
        raise AgentRefused("agent_name", "The name must have 1 to 32 characters")
    if new.role not in ROLES:
        raise AgentRefused("agent_role", f"The role must be one of {', '.join(ROLES)}")
    if unknown := set(new.groups) - set(known_groups):
        raise AgentRefused(
            "unknown_group", f"There is no skill group {min(unknown)}; there are {', '.join(known_groups)}"
        )
    if not new.groups and new.role not in EVERY_GROUP:
        raise AgentRefused("agent_groups", f"The role {new.role} needs at least one skill group")
    if not 1 <= new.capacity <= MOST_AT_ONCE:
        raise AgentRefused("agent_capacity", f"The capacity must be 1 to {MOST_AT_ONCE} conversations")


def add(session: Session, new: Agent, password: str, demo: bool = False, must_change: bool = False) -> None:
    """Insert an agent that was checked; `demo` agents can log in in demo mode only.

    With `must_change` the password lets them in only to choose another one.

    Raises:
        AgentRefused: the id is taken.
    """
    if find(session, new.id) is not None:
        raise AgentRefused("agent_exists", f"There is an agent {new.id} already")
    session.execute(
        insert(agent).values(
            id=new.id,
            name=new.name.strip(),
            role=new.role,
            groups=list(new.groups),
            capacity=new.capacity,
            password_hash=hashed(password),
            must_change=must_change,
            demo=demo,
            failed=0,
            created_at=clock.now(),
        )
    )


def change(session: Session, new: Agent) -> None:
    """Give an agent that was checked another name, role, skill groups and capacity.

    Raises:
        AgentRefused: there is no such agent.
    """
    _change(
        session, new.id, name=new.name.strip(), role=new.role, groups=list(new.groups), capacity=new.capacity
    )


def set_password(
    session: Session, agent_id: str, password: str, must_change: bool = False, keeps: Optional[str] = None
) -> None:
    """Give an agent another password, end a lock, and log them out everywhere but in the session `keeps`.

    Raises:
        AgentRefused: there is no such agent.
    """
    kept = {"password_hash": hashed(password), "must_change": must_change}
    _change(session, agent_id, **kept, failed=0, locked_until=None)
    _log_out(session, agent_id, keeps)


def disable(session: Session, agent_id: str) -> None:
    """Keep an agent from logging in, and log them out everywhere.

    Raises:
        AgentRefused: there is no such agent.
    """
    _change(session, agent_id, disabled_at=clock.now())
    _log_out(session, agent_id)


def enable(session: Session, agent_id: str) -> None:
    """Let an agent log in again, and end a lock.

    Raises:
        AgentRefused: there is no such agent.
    """
    _change(session, agent_id, disabled_at=None, failed=0, locked_until=None)


def everyone(session: Session) -> list[Row]:
    """Select all agents by id."""
    return list(session.execute(select(agent).order_by(agent.c.id)).all())


def names(session: Session) -> dict[str, str]:
    """Return the names of all agents by id."""
    return {row.id: row.name for row in session.execute(select(agent.c.id, agent.c.name))}


def find(session: Session, agent_id: str) -> Optional[Agent]:
    """Select one agent, whether or not they may log in."""
    row = session.execute(select(agent).where(agent.c.id == agent_id)).one_or_none()
    return of(row) if row else None


def of(row: Row) -> Agent:
    """Return the agent of a row of `agent`."""
    return Agent(row.id, row.name, row.role, tuple(row.groups), row.capacity)


def _change(session: Session, agent_id: str, **values: Any) -> None:
    if not session.execute(update(agent).where(agent.c.id == agent_id).values(**values)).rowcount:
        raise AgentRefused("not_found", f"There is no agent {agent_id}")


def _log_out(session: Session, agent_id: str, keeps: Optional[str] = None) -> None:
    theirs = (desk_session.c.agent_id == agent_id) & desk_session.c.revoked_at.is_(None)
    others = theirs & (desk_session.c.key != keeps) if keeps is not None else theirs
    session.execute(update(desk_session).where(others).values(revoked_at=clock.now()))
