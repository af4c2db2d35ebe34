"""Who waits, what an agent has, and whether they are there."""
from dataclasses import asdict
from typing import Any, Literal

from msgspec import Struct

from dengta.desk import agents, talks
from dengta.desk.agents import Agent
from dengta.desk.desk import Desk
from dengta.desk.dispatch import Call
from dengta.desk.roles import EVERY_GROUP
from dengta.handoff.rules import rules
from dengta.handoff.tickets.models import Pressing, Search

_NONE = Pressing(late=0, soon=0)


class Presence(Struct, forbid_unknown_fields=True):
    """What an agent does now."""

    status: Literal["online", "break", "offline"]


class Heartbeat(Struct, forbid_unknown_fields=True):
    """A sign of life of the page; `active` if the agent moved a hand since the last one."""

    active: bool


async def waiting(call: Call) -> Any:
    """Return who waits for the agent's groups and which conversations the agent has."""
    mine = await call.desk.database.read(lambda session: talks.owned_by(session, call.agent.id))
    waits = await call.desk.queue.waiting(_groups(call.agent))
    return {"waiting": waits, "mine": [talks.shown(talk) for talk in mine]}


async def set_presence(call: Call) -> None:
    """Note what the agent does now; only who is online is given conversations."""
    agent = call.agent
    await call.desk.queue.presence(agent.id, call.body.status, agent.capacity, agent.groups)


async def heartbeat(call: Call) -> None:
    """Note that the page is open; it keeps the login open only while somebody sits in front of it."""
    await call.desk.queue.heartbeat(call.agent.id)
    if call.body.active:
        await call.desk.sessions.saw(call.login)


async def colleagues(call: Call) -> Any:
    """Return who is online, with their load, to pass conversations on to."""
    return {"agents": await _online(call.desk)}


async def wall(call: Call) -> Any:
    """Return how the skill groups of a lead do, and who is online in them; others see all groups."""
    groups = _groups(call.agent)
    pressing = await call.desk.tickets.pressing(Search(groups=groups))
    names = await call.desk.database.read(agents.names)
    return {
        "groups": [
            {
                "group": each.group,
                "name": each.name,
                "waiting": each.waiting,
                "longest_seconds": int(each.longest.total_seconds()),
                "online": each.online,
                "load": each.load,
                "capacity": each.capacity,
                "late_tickets": pressing.get(each.group, _NONE).late,
                "soon_tickets": pressing.get(each.group, _NONE).soon,
            }
            for each in await call.desk.queue.wall()
            if each.group in groups
        ],
        "agents": [each for each in await _online(call.desk) if groups.intersection(each["groups"])],
        "unanswered": [
            {**asdict(each), "agent_name": names.get(each.agent_id, each.agent_id)}
            for each in await call.desk.queue.unanswered()
            if each.group in groups
        ],
    }


def _groups(agent: Agent) -> frozenset[str]:
    return frozenset(rules().groups if agent.role in EVERY_GROUP else agent.groups)


async def _online(desk: Desk) -> list[dict[str, Any]]:
    names = await desk.database.read(agents.names)
    return [
        {
            "id": each.agent_id,
            "name": names.get(each.agent_id, each.agent_id),
            "groups": each.groups,
            "load": each.load,
            "capacity": each.capacity,
        }
        for each in await desk.queue.online()
    ]
