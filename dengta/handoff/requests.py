"""Requests for a person: recorded once per conversation, with a call-back deadline inside service hours."""
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Optional

from sqlalchemy import select
from sqlalchemy.engine import Engine

from dengta.conversation.tables import conversation, handoff
from dengta.database import run, writing

_CALL_TIMEOUT = 3.0
_WAITING = "waiting"


@dataclass(frozen=True)
class HandoffRequest:
    """A request for a person; `repeated` if the conversation had an open one already."""

    ticket_no: str
    created_at: datetime
    callback_by: datetime
    repeated: bool


@dataclass(frozen=True)
class ServiceHours:
    """When people work, every day, in Asia/Shanghai, and within how many service hours they promise to call back."""

    opens: time
    closes: time
    promise: timedelta

    def is_open(self, moment: datetime) -> bool:
        """Tell whether people are at work."""
        return self.opens <= moment.time() < self.closes

    def deadline(self, moment: datetime) -> datetime:
        """Return the moment by which a request made at `moment` is answered: the promise, moved into service hours."""
        due = max(moment, self._next_opening(moment)) + self.promise
        return due if self.is_open(due) else self._next_opening(due)

    def _next_opening(self, moment: datetime) -> datetime:
        if self.is_open(moment):
            return moment
        today = datetime.combine(moment.date(), self.opens, moment.tzinfo)
        return today if moment < today else today + timedelta(days=1)


class HandoffRequests:
    """The list of conversations that wait for a person. Calls raise DatabaseUnavailable when it cannot be reached."""

    def __init__(self, engine: Engine, hours: ServiceHours, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._hours = hours
        self._now = now

    async def add(self, conversation_id: str, customer_id: Optional[str], reason: str) -> HandoffRequest:
        """Record a request, or return the open one of this conversation. `reason` is an intent id."""
        return await run(lambda: self._add(conversation_id, customer_id, reason), _CALL_TIMEOUT)

    def _add(self, conversation_id: str, customer_id: Optional[str], reason: str) -> HandoffRequest:
        now = self._now()
        with writing(self._engine) as session:
            session.execute(select(conversation.c.id).where(conversation.c.id == conversation_id).with_for_update())
            if row := session.execute(_open_request(conversation_id)).first():
                return HandoffRequest(row.ticket_no, row.created_at, row.callback_by, repeated=True)
            request = HandoffRequest(_ticket_no(now), now, self._hours.deadline(now), repeated=False)
            session.execute(
                handoff.insert().values(
                    ticket_no=request.ticket_no,
                    conversation_id=conversation_id,
                    customer_id=customer_id,
                    reason=reason,
                    state=_WAITING,
                    created_at=now,
                    callback_by=request.callback_by,
                )
            )
            return request


def _open_request(conversation_id: str) -> Any:
    return (
        select(handoff)
        .where(handoff.c.conversation_id == conversation_id, handoff.c.state == _WAITING)
        .order_by(handoff.c.created_at)
    )


def _ticket_no(moment: datetime) -> str:
    return f"RG{moment:%y}{secrets.randbelow(10**10):010d}"
