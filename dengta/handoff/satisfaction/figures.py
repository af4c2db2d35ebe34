"""What the ratings of some days say: counted in SQL, and silent where so few answered that it would tell who did."""
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Optional

from sqlalchemy import case, func, select, true
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from dengta.handoff.satisfaction import answers
from dengta.handoff.satisfaction.rules import BAD, GOOD, SCORES, rules
from dengta.handoff.satisfaction.tables import rating, rating_agent, rating_reason
from dengta.privacy.vault import Vault

_POOR_SHOWN, _AT_RISK_SHOWN = 50, 5
_PROMOTES_FROM, _DETRACTS_TO = 9, 6


@dataclass(frozen=True)
class Scope:
    """Whose ratings: of the days `since` to `until`, both included; of these groups, or of one agent, None for all."""

    since: date
    until: date
    groups: Optional[Collection[str]] = None
    agent_id: Optional[str] = None


@dataclass(frozen=True)
class Figures:
    """How many were invited and rated, and what they said; None where fewer than `shown_from` answered.

    `average` of scores 1 to 5, `satisfied` the share of 4 and 5, `response` that of the invited who rated, all shares 0
    to 1. `nps` is the net promoter score, −100 to 100: the share of those who answered 9 or 10 to whether they would
    recommend us, less that of those who answered 0 to 6, in points (F. Reichheld, The One Number You Need to Grow,
    Harvard Business Review, December 2003).
    """

    invited: int
    rated: int
    response: Optional[float]
    average: Optional[float]
    satisfied: Optional[float]
    recommended: int
    nps: Optional[float]


@dataclass(frozen=True)
class Split:
    """The figures of one channel, group, agent or day."""

    id: str
    figures: Figures


@dataclass(frozen=True)
class Reason:
    """How often a reason was chosen, on the side of `good` or `bad` scores."""

    id: str
    title: str
    side: str
    count: int


@dataclass(frozen=True)
class Poor:
    """A rating of few points: the conversation it is about, who spoke, and what the customer wrote, unmasked."""

    conversation_id: str
    rated_at: datetime
    channel: str
    group: str
    agents: Sequence[str]
    score: int
    reasons: Sequence[str]
    words: str
    complaint_risk: bool


@dataclass(frozen=True)
class AtRisk:
    """A rating that may become a complaint, or is one already."""

    conversation_id: str
    rated_at: datetime
    score: int
    reasons: Sequence[str]


@dataclass(frozen=True)
class Overview:
    """Everything about a scope. `scores` counts 1 to 5 points; it and `reasons` are empty where few answered."""

    all: Figures
    channels: Sequence[Split]
    groups: Sequence[Split]
    agents: Sequence[Split]
    days: Sequence[Split]
    scores: Sequence[int]
    reasons: Sequence[Reason]


def overview(session: Session, scope: Scope) -> Overview:
    """Return the figures of a scope."""
    everything = _figures(session.execute(_counted(scope)).one())
    is_shown = everything.rated >= rules().shown_from
    return Overview(
        all=everything,
        channels=_split(session, scope, rating.c.channel),
        groups=_split(session, scope, rating.c.group),
        agents=_split(session, scope, rating_agent.c.agent_id),
        days=_split(session, scope, rating.c.day),
        scores=_scores(session, scope) if is_shown else (),
        reasons=_reasons(session, scope) if is_shown else (),
    )


def poor(session: Session, vault: Vault, scope: Scope) -> tuple[Poor, ...]:
    """Return the newest ratings of few points, with what the customers wrote."""
    rows = session.execute(
        select(rating)
        .where(_in(scope), rating.c.score <= rules().poor_up_to)
        .order_by(rating.c.rated_at.desc(), rating.c.id)
        .limit(_POOR_SHOWN)
    ).all()
    people = _lists(session, rating_agent.c.agent_id, rows)
    reasons = _lists(session, rating_reason.c.reason, rows)
    return tuple(
        Poor(
            conversation_id=row.conversation_id,
            rated_at=row.rated_at,
            channel=row.channel,
            group=row.group,
            agents=people[row.id],
            score=row.score,
            reasons=[rules().title(reason) for reason in reasons[row.id]],
            words=answers.words_of(vault, row),
            complaint_risk=row.complaint_risk,
        )
        for row in rows
    )


def at_risk(session: Session, customer_id: str) -> tuple[AtRisk, ...]:
    """Return the ratings that the next person who talks to a customer has to know of, the newest first."""
    rows = session.execute(
        select(rating)
        .where(rating.c.customer_id == customer_id, rating.c.complaint_risk.is_(True))
        .order_by(rating.c.rated_at.desc(), rating.c.id)
        .limit(_AT_RISK_SHOWN)
    ).all()
    reasons = _lists(session, rating_reason.c.reason, rows)
    return tuple(
        AtRisk(row.conversation_id, row.rated_at, row.score, [rules().title(reason) for reason in reasons[row.id]])
        for row in rows
    )


def _split(session: Session, scope: Scope, by: ColumnElement) -> tuple[Split, ...]:
    rows = session.execute(_counted(scope, by).group_by(by).order_by(by))
    return tuple(Split(str(row.by), _figures(row)) for row in rows)


def _counted(scope: Scope, by: Optional[ColumnElement] = None) -> Any:
    columns = [
        func.count().label("invited"),
        func.count(rating.c.score).label("rated"),
        func.avg(rating.c.score).label("average"),
        _how_many(rating.c.score >= rules().satisfied_from).label("satisfied"),
        func.count(rating.c.nps).label("recommended"),
        _how_many(rating.c.nps >= _PROMOTES_FROM).label("promoters"),
        _how_many(rating.c.nps <= _DETRACTS_TO).label("detractors"),
    ]
    query = select(*columns, *([by.label("by")] if by is not None else [])).select_from(rating).where(_in(scope))
    if by is not rating_agent.c.agent_id:
        return query
    mine = rating_agent.c.agent_id == scope.agent_id if scope.agent_id is not None else true()
    return query.join(rating_agent).where(mine)


def _how_many(condition: ColumnElement) -> ColumnElement:
    return func.count(case((condition, 1)))


def _figures(row: Row) -> Figures:
    enough, told = row.rated >= rules().shown_from, row.recommended >= rules().shown_from
    return Figures(
        invited=row.invited,
        rated=row.rated,
        response=row.rated / row.invited if row.invited else None,
        average=float(row.average) if enough else None,
        satisfied=row.satisfied / row.rated if enough else None,
        recommended=row.recommended,
        nps=100 * (row.promoters - row.detractors) / row.recommended if told else None,
    )


def _scores(session: Session, scope: Scope) -> tuple[int, ...]:
    counts: dict[int, int] = dict(
        session.execute(select(rating.c.score, func.count()).where(_in(scope)).group_by(rating.c.score)).all()
    )
    return tuple(counts.get(score, 0) for score in SCORES)


def _reasons(session: Session, scope: Scope) -> tuple[Reason, ...]:
    number = func.count().label("number")
    rows = session.execute(
        select(rating_reason.c.reason, number)
        .join(rating)
        .where(_in(scope))
        .group_by(rating_reason.c.reason)
        .order_by(number.desc(), rating_reason.c.reason)
    )
    return tuple(Reason(reason, rules().title(reason), _side(reason), count) for reason, count in rows)


def _side(reason: str) -> str:
    return GOOD if reason in rules().reasons[GOOD] else BAD


def _lists(session: Session, column: ColumnElement, rows: Sequence[Row]) -> dict[str, list[str]]:
    """Select what several rows of another table say about each of these ratings."""
    found: dict[str, list[str]] = {row.id: [] for row in rows}
    rating_id = column.table.c.rating_id
    for owner, value in session.execute(select(rating_id, column).where(rating_id.in_(list(found))).order_by(column)):
        found[owner].append(value)
    return found


def _in(scope: Scope) -> Any:
    inside = rating.c.day.between(scope.since, scope.until)
    if scope.groups is not None:
        inside &= rating.c.group.in_(sorted(scope.groups))
    if scope.agent_id is not None:
        theirs = select(rating_agent.c.rating_id).where(rating_agent.c.agent_id == scope.agent_id)
        inside &= rating.c.id.in_(theirs)
    return inside
