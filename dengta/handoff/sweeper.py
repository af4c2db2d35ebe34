"""Nobody waits unseen: who lost their agent, waits for nobody, or has no answer, and whose ticket is due.

One process at a time does it; what it does to a conversation is one transaction, which looks again before it acts.
"""
import asyncio
import logging
import secrets
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Optional

from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from dengta import clock
from dengta.conversation import event_log, job_leases, records, turn_records
from dengta.database import DatabaseUnavailable, reading, run, writing
from dengta.handoff import entries, presence, unanswered
from dengta.handoff.moves import Moves
from dengta.handoff.reception import Reception
from dengta.handoff.rules import Rules
from dengta.handoff.tickets import reminders
from dengta.privacy.vault import Vault
from dengta.tasks import end

log = logging.getLogger(__name__)

SWEEP_SECONDS = 5.0
STUCK_AFTER = timedelta(seconds=90)  # a turn of the bot ends by itself before that
EVENTS_KEPT = timedelta(days=7)
_JOB = "handoff"
_LEASE = timedelta(seconds=30)
_TIMEOUT = 20.0


class Sweeper:
    """Looks after the customers of all conversations that a person should have, or has no more."""

    def __init__(
        self,
        engine: Engine,
        vault: Vault,
        rules: Rules,
        reception: Reception,
        real_time: Callable[[], datetime] = clock.real_time,
    ) -> None:
        self._engine = engine
        self._moves = Moves(vault, rules)
        self._rules = rules
        self._reception = reception
        self._real_time = real_time
        self._me = secrets.token_hex(16)
        self._work: Optional[asyncio.Task[None]] = None

    def start(self) -> None:
        """Begin, and go on through outages of the database."""
        self._work = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End; another process may begin as soon as the lease has run out."""
        if self._work is not None:
            await end(self._work)

    def sweep(self) -> None:
        """Look after everybody once, unless another process does.

        Raises:
            SQLAlchemyError: the database failed; what was done is done.
        """
        now = self._real_time()
        with writing(self._engine) as session:
            if not job_leases.hold(session, _JOB, self._me, now, _LEASE):
                return
            event_log.forget(session, clock.now() - EVENTS_KEPT)
            reminders.warn(session, clock.now())
        self._each(self._gone(now), partial(self._moves.left_behind, now=now))
        self._each(self._unanswered(now), partial(self._moves.unanswered, now=now))
        self._each(self._astray(), partial(_end_astray, now=now))
        self._each(self._waiting(), self._look_after)
        self._each(self._stuck(), self._reception.rescue)

    async def _run(self) -> None:
        while True:
            try:
                await run(self.sweep, _TIMEOUT)
            except DatabaseUnavailable as error:
                log.warning("who waits for people could not be looked up: %s", error.cause)
            await asyncio.sleep(SWEEP_SECONDS)

    def _each(self, conversation_ids: Iterable[str], work: Callable[[Session, str], object]) -> None:
        for conversation_id in conversation_ids:
            with writing(self._engine) as session:
                work(session, conversation_id)

    def _look_after(self, session: Session, conversation_id: str) -> None:
        entry = entries.present(session, conversation_id)
        if entry is None:
            return
        staffed = presence.staffed(session, self._rules, entry.group, self._real_time())
        if staffed is None:
            self._reception.give_up(session, conversation_id)
        elif staffed != entry.group:
            entries.move(session, conversation_id, staffed)

    def _gone(self, now: datetime) -> tuple[str, ...]:
        with reading(self._engine) as session:
            return presence.left_behind(session, now)

    def _unanswered(self, now: datetime) -> tuple[str, ...]:
        with reading(self._engine) as session:
            waits = unanswered.find(session, unanswered.patience().queued_after, now)
        return tuple(each.conversation_id for each in waits)

    def _astray(self) -> tuple[str, ...]:
        with reading(self._engine) as session:
            return entries.astray(session)

    def _waiting(self) -> tuple[str, ...]:
        with reading(self._engine) as session:
            return tuple(each.conversation_id for each in entries.waiting(session))

    def _stuck(self) -> tuple[str, ...]:
        with reading(self._engine) as session:
            return turn_records.stuck(session, clock.now() - STUCK_AFTER)


def _end_astray(session: Session, conversation_id: str, now: datetime) -> None:
    talk = records.locked(session, conversation_id)
    if talk is not None and talk.state in ("BOT", "CLOSED"):
        entries.leave(session, conversation_id, "ended", now)
