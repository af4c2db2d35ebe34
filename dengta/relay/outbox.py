"""The events that wait for the broker: taken in order by one relay at a time, deleted when the broker has them."""
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Collection, Optional, Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.engine import Engine, Row
from sqlalchemy.orm import Session

from dengta import clock
from dengta.conversation import job_leases
from dengta.conversation.sealed import outbox_place
from dengta.conversation.tables import event_outbox
from dengta.database import Transactions
from dengta.privacy.vault import Vault

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

    Every method raises `dengta.database.DatabaseUnavailable` when there is no answer in `timeout` seconds
    (`dengta.database.CALL_TIMEOUT` if none is given).
    """

    def __init__(self, engine: Engine, vault: Vault, timeout: Optional[float] = None) -> None:
        self._database = Transactions(engine, timeout)
        self._vault = vault
        self._holder = secrets.token_hex(16)

    async def waiting(self) -> int:
        """Count the events that wait."""
        return await self._database.read(
            lambda session: session.execute(select(func.count(event_outbox.c.id))).scalar_one()
        )

    async def take(self, limit: int) -> Sequence[Event]:
        """Return the oldest events and keep other relays away for `LEASE`; none while another relay has the lease."""
        if not await self._database.read(_any_waiting):
            return ()
        return await self._database.write(lambda session: self._take(session, limit))

    async def forget(self, ids: Collection[int]) -> None:
        """Delete events the broker has confirmed."""
        await self._database.write(
            lambda session: session.execute(delete(event_outbox).where(event_outbox.c.id.in_(ids)))
        )

    async def release(self) -> None:
        """Let another relay begin at once."""
        await self._database.write(lambda session: job_leases.release(session, _JOB, self._holder))

    def _take(self, session: Session, limit: int) -> Sequence[Event]:
        if not job_leases.hold(session, _JOB, self._holder, clock.real_time(), LEASE):
            return ()
        rows = session.execute(select(event_outbox).order_by(event_outbox.c.id).limit(limit))
        return [Event(row.id, row.sender_id, self._opened(row), row.created_at) for row in rows]

    def _opened(self, row: Row) -> str:
        return self._vault.open(outbox_place(row.sender_id), row.data)


def _any_waiting(session: Session) -> bool:
    return session.execute(select(event_outbox.c.id).limit(1)).first() is not None
