"""The events that wait for the broker: taken in order by one relay at a time, deleted when the broker has them."""
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Callable, Collection, Sequence, TypeVar

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.engine import Engine, Row
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from dengta import database
from dengta.conversation.sealed import outbox_place
from dengta.conversation.tables import event_outbox, job_lease
from dengta.privacy.vault import Vault

T = TypeVar("T")

LEASE = timedelta(seconds=20)
_JOB = "relay"


@dataclass(frozen=True)
class Event:
    """One of Rasa's events; `data` is JSON, `id` is given once in the life of a database."""

    id: int
    sender_id: str
    data: str
    created_at: datetime

    @property
    def kind(self) -> str:
        """Rasa's name of the event, such as `user` or `slot`."""
        return str(json.loads(self.data)["event"])


class Outbox:
    """The table `event_outbox`, as one relay sees it.

    Every method raises `dengta.database.DatabaseUnavailable` when there is no answer within `timeout` seconds.
    """

    def __init__(self, engine: Engine, vault: Vault, timeout: float = 5.0) -> None:
        self._engine = engine
        self._vault = vault
        self._timeout = timeout
        self._holder = secrets.token_hex(16)

    async def waiting(self) -> int:
        """Count the events that wait."""
        return await self._read(lambda session: session.execute(select(func.count(event_outbox.c.id))).scalar_one())

    async def take(self, limit: int) -> Sequence[Event]:
        """Return the oldest events and keep other relays away for `LEASE`; none while another relay has the lease."""
        if not await self._read(_any_waiting):
            return ()
        return await self._write(lambda session: self._take(session, limit))

    async def forget(self, ids: Collection[int]) -> None:
        """Delete events the broker has confirmed."""
        await self._write(lambda session: session.execute(delete(event_outbox).where(event_outbox.c.id.in_(ids))))

    async def release(self) -> None:
        """Let another relay begin at once."""
        held = (job_lease.c.job == _JOB) & (job_lease.c.holder == self._holder)
        await self._write(lambda session: session.execute(delete(job_lease).where(held)))

    def _take(self, session: Session, limit: int) -> Sequence[Event]:
        if not _hold(session, self._holder, datetime.now(timezone.utc)):
            return ()
        rows = session.execute(select(event_outbox).order_by(event_outbox.c.id).limit(limit))
        return [Event(row.id, row.sender_id, self._opened(row), row.created_at) for row in rows]

    def _opened(self, row: Row) -> str:
        return self._vault.open(outbox_place(row.sender_id), row.data)

    async def _read(self, work: Callable[[Session], T]) -> T:
        def call() -> T:
            with database.reading(self._engine) as session:
                return work(session)

        return await database.run(call, self._timeout)

    async def _write(self, work: Callable[[Session], T]) -> T:
        def call() -> T:
            with database.writing(self._engine) as session:
                return work(session)

        return await database.run(call, self._timeout)


def _any_waiting(session: Session) -> bool:
    return session.execute(select(event_outbox.c.id).limit(1)).first() is not None


def _hold(session: Session, holder: str, now: datetime) -> bool:
    lease = session.execute(select(job_lease).where(job_lease.c.job == _JOB).with_for_update()).first()
    if lease is None:
        try:
            with session.begin_nested():
                session.execute(insert(job_lease).values(job=_JOB, holder=holder, until=now + LEASE))
        except IntegrityError:  # another relay was first
            return False
        return True
    if lease.holder != holder and lease.until > now:
        return False
    session.execute(update(job_lease).where(job_lease.c.job == _JOB).values(holder=holder, until=now + LEASE))
    return True
