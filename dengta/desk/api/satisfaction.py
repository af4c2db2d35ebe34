"""What customers think of the help they had: an agent's own figures, those of a lead's groups, or all of them."""
import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from dengta import clock
from dengta.clock import SHANGHAI
from dengta.desk import agents
from dengta.desk.agents import Agent
from dengta.desk.dispatch import Call
from dengta.desk.errors import RefusedError
from dengta.desk.parameters import whole
from dengta.desk.roles import EVERY_GROUP, VIEW, WALL, may
from dengta.handoff.rules import rules as triage_rules
from dengta.handoff.satisfaction import figures
from dengta.handoff.satisfaction.figures import Overview, Poor, Scope, Split
from dengta.handoff.satisfaction.rules import rules
from dengta.privacy.masking import mask

PERIODS = (1, 7, 30)  # days up to today, today included


async def show(call: Call) -> Any:
    """Return the figures of the last `days`; who may see the wall and conversations gets the poor ratings with them."""
    days = whole(call.request.query_params.get("days", "7"))
    if days not in PERIODS:
        raise RefusedError("invalid_request", detail=f"Expected days to be one of {PERIODS}")
    scope = _scope(call.agent, days)
    sees_poor = may(call.agent.role, WALL) and may(call.agent.role, VIEW)

    def work(session: Session) -> tuple[Overview, Sequence[Poor], dict[str, str]]:
        poor = figures.poor(session, call.desk.vault, scope) if sees_poor else ()
        return figures.overview(session, scope), poor, agents.names(session)

    overview, poor, names = await call.desk.database.read(work)
    groups = {group.id: group.name for group in triage_rules().groups.values()}
    return {
        "since": scope.since,
        "until": scope.until,
        "own": scope.agent_id is not None,
        "shown_from": rules().shown_from,
        "all": overview.all,
        "channels": _named(overview.channels, {}),
        "groups": _named(overview.groups, groups),
        "agents": _named(overview.agents, names),
        "days": _named(overview.days, {}),
        "scores": overview.scores,
        "reasons": overview.reasons,
        "poor": await asyncio.to_thread(lambda: [_shown(each, groups, names) for each in poor]),
    }


def _scope(agent: Agent, days: int) -> Scope:
    until = clock.now().astimezone(SHANGHAI).date()
    since = until - timedelta(days=days - 1)
    if not may(agent.role, WALL):
        return Scope(since, until, agent_id=agent.id)
    return Scope(since, until, groups=None if agent.role in EVERY_GROUP else agent.groups)


def _named(splits: Sequence[Split], names: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"id": each.id, "name": names.get(each.id, each.id), **asdict(each.figures)} for each in splits]


def _shown(poor: Poor, groups: Mapping[str, str], names: Mapping[str, str]) -> dict[str, Any]:
    return {
        **asdict(poor),
        "group": groups.get(poor.group, poor.group),
        "agents": [names.get(agent, agent) for agent in poor.agents],
        "words": mask(poor.words),
    }
