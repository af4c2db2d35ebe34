"""What agents make of proposals, and how often they take them."""
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Optional

from sqlalchemy import func, insert, select, true, update
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from dengta.clock import SHANGHAI
from dengta.conversation.tables import message
from dengta.database import Transactions
from dengta.handoff.copilot.suggestions import UnknownMessageError
from dengta.handoff.copilot.tables import copilot_use

ACCEPTED, EDITED, REJECTED = "accepted", "edited", "rejected"


@dataclass(frozen=True)
class Use:
    """A proposal for the message `message_seq`, understood as `reading`, and what the agent sent, None if nothing.

    `proposed` is compared with what was sent and not kept.
    """

    conversation_id: str
    message_seq: int
    agent_id: str
    reading: str
    proposed: str
    sent: Optional[str]

    @property
    def outcome(self) -> str:
        """What became of the proposal; other spaces and line ends are no edit."""
        if self.sent is None:
            return REJECTED
        return ACCEPTED if self.sent.split() == self.proposed.split() else EDITED


@dataclass(frozen=True)
class Acceptance:
    """What became of the proposals for one reading on one day of Asia/Shanghai."""

    day: date
    reading: str
    accepted: int
    edited: int
    rejected: int

    @property
    def rate(self) -> float:
        """Share of the proposals that were sent as they were, 0 to 1."""
        return self.accepted / (self.accepted + self.edited + self.rejected)


class Uses:
    """Records and counts. Every call raises DatabaseUnavailable when there is no answer within 5 seconds."""

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self._database = Transactions(engine)
        self._now = now

    async def record(self, use: Use) -> None:
        """Record what became of a proposal; a second one for the same message replaces the first.

        Raises:
            UnknownMessageError: there is no such message of a customer; nothing was recorded.
        """
        await self._database.write(lambda session: _record(session, use, self._now()))

    async def acceptance(
        self, since: date, until: date, agents: Optional[Collection[str]] = None
    ) -> tuple[Acceptance, ...]:
        """Return what `agents`, or all, made of proposals of the days `since` to `until`, by day and reading."""
        return await self._database.read(lambda session: _acceptance(session, since, until, agents))


def _record(session: Session, use: Use, now: datetime) -> None:
    theirs = (message.c.conversation_id == use.conversation_id) & (message.c.seq == use.message_seq)
    said = select(message.c.id).where(theirs, message.c.author_kind == "customer").with_for_update()
    if session.execute(said).first() is None:
        raise UnknownMessageError()
    values = {
        "agent_id": use.agent_id,
        "reading": use.reading,
        "outcome": use.outcome,
        "day": now.astimezone(SHANGHAI).date(),
        "at": now,
    }
    place = {"conversation_id": use.conversation_id, "message_seq": use.message_seq}
    known = [copilot_use.c[name] == value for name, value in place.items()]
    if session.execute(update(copilot_use).where(*known).values(**values)).rowcount == 0:
        session.execute(insert(copilot_use).values(**place, **values))


def _acceptance(
    session: Session, since: date, until: date, agents: Optional[Collection[str]]
) -> tuple[Acceptance, ...]:
    counted = func.count().label("count")
    columns = (copilot_use.c.day, copilot_use.c.reading, copilot_use.c.outcome)
    theirs = true() if agents is None else copilot_use.c.agent_id.in_(list(agents))
    rows = session.execute(
        select(*columns, counted).where(copilot_use.c.day.between(since, until), theirs).group_by(*columns)
    ).all()
    counts: dict[tuple[date, str], Counter[str]] = {}
    for row in rows:
        counts.setdefault((row.day, row.reading), Counter())[row.outcome] = row.count
    return tuple(
        Acceptance(day, reading, outcomes[ACCEPTED], outcomes[EDITED], outcomes[REJECTED])
        for (day, reading), outcomes in sorted(counts.items())
    )
