"""Tickets as the desk shows them: whom they concern, what may be done next, and what people wrote, masked."""
import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Optional

from sqlalchemy.orm import Session

from dengta.desk import agents, customers, talks, transcript
from dengta.desk.agents import Agent
from dengta.desk.desk import Desk
from dengta.desk.roles import EVERY_GROUP, TICKETS, VIEW, may
from dengta.handoff.rules import rules as handoff_rules
from dengta.handoff.tickets.models import Deadline, Evidence, Summary, Ticket
from dengta.handoff.tickets.rules import rules
from dengta.privacy.masking import mask

FINAL = "closed"


def concerns(summary: Summary, agent: Agent) -> bool:
    """Tell whether an agent may work on a ticket: it is theirs, or with a group of theirs."""
    return summary.owner_id == agent.id or agent.serves(summary.group)


def reach(agent: Agent) -> Optional[Collection[str]]:
    """Return the groups whose tickets concern an agent, None for those of all groups."""
    return None if agent.role in EVERY_GROUP else agent.groups


def unfinished() -> Sequence[str]:
    """Return the states in which something is left to do."""
    return sorted({state for kind in rules().kinds.values() for state in kind.flow} - {FINAL})


def people(session: Session) -> list[dict[str, Any]]:
    """Return all agents by id, with the groups of which they may be given tickets; none for who left."""
    return [
        {"id": row.id, "name": row.name, "groups": _given(agents.of(row)) if row.disabled_at is None else []}
        for row in agents.everyone(session)
    ]


def may_have(session: Session, agent_id: str, group: str) -> bool:
    """Tell whether an agent may be given tickets of a group."""
    return any(each["id"] == agent_id and group in each["groups"] for each in people(session))


async def shown(desk: Desk, ticket: Ticket, reader: Agent, now: datetime) -> dict[str, Any]:
    """Return all there is about a ticket, as of now; `moves` are the states it may go to."""
    summary = ticket.summary
    kind = rules().kinds[summary.kind]
    masked, customer, evidence, conversation = await asyncio.gather(
        asyncio.to_thread(_masked, ticket),
        _customer(desk, summary.customer_id),
        _evidence(desk, ticket.evidence, reader),
        _conversation(desk, summary.conversation_id, reader),
    )
    return {
        "now": now,
        "summary": summary,
        "verified": ticket.verified,
        "complainant": ticket.complainant,
        "authorisation": masked.authorisation,
        "description": masked.description,
        "outcome": ticket.outcome,
        "customer": customer,
        "conversation": conversation,
        "evidence": evidence,
        "deadlines": [_deadline(each, now) for each in ticket.deadlines],
        "history": masked.history,
        "moves": kind.flow[summary.state],
        "remedies": sorted(kind.remedies),
        "extension": _extension(ticket.deadlines, now),
    }


def _given(agent: Agent) -> list[str]:
    may_work = may(agent.role, TICKETS)
    return [group for group in handoff_rules().groups if may_work and agent.serves(group)]


async def _customer(desk: Desk, customer_id: Optional[str]) -> Optional[dict[str, Any]]:
    return await customers.basics(desk.backends, customer_id) if customer_id is not None else None


async def _evidence(desk: Desk, evidence: Sequence[Evidence], reader: Agent) -> list[dict[str, Any]]:
    messages = await asyncio.gather(
        *(transcript.masked(desk, reader, each.conversation_id, each.seq - 1, 1) for each in evidence)
    )
    return [{"conversation_id": each.conversation_id, **said[0]} for each, said in zip(evidence, messages) if said]


async def _conversation(desk: Desk, conversation_id: Optional[str], reader: Agent) -> Optional[dict[str, Any]]:
    """Return where it was complained; `open` tells whether the reader may look at it."""
    if conversation_id is None:
        return None
    talk = await desk.database.read(lambda session: talks.find(session, conversation_id))
    return {"id": conversation_id, "open": talk is not None and may(reader.role, VIEW) and talk.concerns(reader)}


def _deadline(deadline: Deadline, now: datetime) -> dict[str, Any]:
    """Return a deadline with the rule behind it, in the version it began with."""
    clock = rules().clock(deadline.clock, deadline.clock_version)
    return {
        "number": deadline.number,
        "goal": deadline.goal,
        "days": deadline.days,
        "starts_at": deadline.starts_at,
        "due_at": deadline.due_at,
        "state": deadline.state,
        "ended_at": deadline.ended_at,
        "missed": deadline.is_missed(now),
        "clock": deadline.clock,
        "version": deadline.clock_version,
        "source": clock.source,
        "status": clock.status,
    }


def _masked(ticket: Ticket) -> Ticket:
    return replace(
        ticket,
        description=mask(ticket.description),
        authorisation=mask(ticket.authorisation) if ticket.authorisation else None,
        history=[
            replace(entry, texts={name: mask(text) for name, text in entry.texts.items()}) for entry in ticket.history
        ],
    )


def _extension(deadlines: Sequence[Deadline], now: datetime) -> Optional[Mapping[str, Any]]:
    """Return the next step by which the answer may take longer, and who may approve it; None if there is none."""
    for deadline in deadlines:
        if deadline.goal == "answered" and deadline.state == "running" and now <= deadline.due_at:
            for step in rules().clock(deadline.clock, deadline.clock_version).extensions:
                if step.days > (deadline.days or 0):
                    return {"days": step.days, "approvers": step.approvers}
    return None
