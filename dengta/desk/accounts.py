"""What is done to agents' accounts, each time on record in the audit trail, on a session the caller commits.

`by` is the agent who does it, or `operator` for the command line. Sessions and streams of who loses a right end.
"""
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dengta.desk import agents
from dengta.desk.agents import Agent, AgentRefused
from dengta.desk.roles import SERVE, may
from dengta.desk.tables import agent
from dengta.handoff import presence
from dengta.privacy import audit

OPERATOR = "operator"
_ADMIN = "admin"


def add(session: Session, new: Agent, password: str, by: str) -> None:
    """Insert an agent that was checked, with a password they have to change.

    Raises:
        AgentRefused: the id is taken.
    """
    agents.add(session, new, password, must_change=True)
    _record(session, "agent_added", by, new.id, **_rights(new))


def change(session: Session, new: Agent, by: str) -> None:
    """Give an agent, who was checked, another name, role, skill groups or capacity; they hold from their next request.

    Raises:
        AgentRefused: there is no such agent; they would take their own admin rights, or those of the last admin.
    """
    if new.role != _ADMIN:
        _spare_admins(session, new.id, by)
    agents.change(session, new)
    if may(new.role, SERVE):
        presence.adapt(session, new.id, new.capacity, new.groups)
    else:
        presence.dismiss(session, new.id)
    _record(session, "agent_changed", by, new.id, **_rights(new))


def reset(session: Session, agent_id: str, password: str, by: str) -> None:
    """Give an agent a password they have to change, end a lock, and log them out everywhere.

    Raises:
        AgentRefused: there is no such agent; it is their own, which they change with the old one.
    """
    if agent_id == by:
        raise AgentRefused("own_account", "One's own password is changed, not reset")
    agents.set_password(session, agent_id, password, must_change=True)
    _record(session, "password_reset", by, agent_id)


def disable(session: Session, agent_id: str, by: str) -> None:
    """Keep an agent from logging in, and log them out everywhere; what they did stays on record.

    Raises:
        AgentRefused: there is no such agent; it is themselves, or the last admin.
    """
    _spare_admins(session, agent_id, by)
    agents.disable(session, agent_id)
    presence.dismiss(session, agent_id)
    _record(session, "agent_disabled", by, agent_id)


def enable(session: Session, agent_id: str, by: str) -> None:
    """Let an agent log in again, with the password they had.

    Raises:
        AgentRefused: there is no such agent.
    """
    agents.enable(session, agent_id)
    _record(session, "agent_enabled", by, agent_id)


def changed_password(session: Session, agent_id: str, password: str, keeps: str) -> None:
    """Give an agent the password they chose; their sessions but the one with the key `keeps` end."""
    agents.set_password(session, agent_id, password, must_change=False, keeps=keeps)
    _record(session, "password_changed", agent_id, agent_id)


def _spare_admins(session: Session, agent_id: str, by: str) -> None:
    """See that who is to lose their rights is neither who does it nor the last admin; all admins are held meanwhile."""
    if agent_id == by:
        raise AgentRefused("own_account", "Nobody can take their own rights")
    working = select(agent.c.id).where(agent.c.role == _ADMIN, agent.c.disabled_at.is_(None)).order_by(agent.c.id)
    admins = list(session.execute(working.with_for_update()).scalars())
    if admins == [agent_id]:
        raise AgentRefused("last_admin", f"{agent_id} is the last admin")


def _rights(of: Agent) -> dict[str, Any]:
    return {"role": of.role, "groups": list(of.groups), "capacity": of.capacity}


def _record(session: Session, event: str, by: str, agent_id: str, **detail: Any) -> None:
    audit.record(session, event, by, f"agent {agent_id}", detail)
