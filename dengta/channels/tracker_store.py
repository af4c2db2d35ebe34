"""Rasa's working memory in the conversation database: sealed, and never silently lost.

Rasa's own stores answer a failed read with a new conversation and a failed write with a copy in memory that nobody
reads again. Here both stop the turn. Two writers cannot overwrite each other: events are numbered, and a number is
given once. Only the present session is kept; the record of the conversation is the message log.
"""
import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Iterable, Optional, Sequence

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SessionStarted
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.utils.common import all_subclasses
from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from dengta import clock, database
from dengta.channels.events import for_broker, for_tracker
from dengta.conversation.sealed import outbox_place, tracker_place
from dengta.conversation.tables import event_outbox, tracker_event
from dengta.database import DatabaseUnavailable, reading, writing
from dengta.settings import settings
from dengta.stores import stores

_TRIES = 2


class TrackerConflict(Exception):
    """Somebody else continued this conversation since it was read; nothing was stored."""


@dataclass(frozen=True)
class _Saved:
    """How many events of a tracker are stored, and the number of the last one."""

    count: int
    seq: int


class SealedTrackerStore(TrackerStore):
    """Keeps trackers in `tracker_event`, and events for the broker in `event_outbox`, both in one transaction."""

    def __init__(
        self,
        host: Optional[str] = None,
        domain: Optional[Domain] = None,
        event_broker: Optional[EventBroker] = None,
        **_options: Any,
    ) -> None:
        super().__init__(domain)
        self._engine = stores().engine
        self._vault = stores().vault
        self._publishes = settings().amqp_url is not None

    async def retrieve(self, sender_id: str) -> Optional[DialogueStateTracker]:
        """Return the tracker of the present session, None if there never was one.

        Raises:
            DatabaseUnavailable: it could not be read.
        """
        rows = await self._stubbornly(lambda: self._rows(sender_id))
        if not rows:
            return None
        events = [self._opened(sender_id, row) for row in rows]
        tracker = DialogueStateTracker.from_events(sender_id, events, self.domain.slots, self.max_event_history)
        tracker.saved = _Saved(len(tracker.events), rows[-1].seq)
        return tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store what is new since the tracker was read.

        Raises:
            DatabaseUnavailable: it could not be stored.
            TrackerConflict: somebody else continued the conversation meanwhile.
        """
        saved = getattr(tracker, "saved", _Saved(0, 0))
        events = list(tracker.events)[saved.count :]
        if not events:
            return
        await self._stubbornly(lambda: self._append(tracker.sender_id, saved.seq, events))
        tracker.saved = _Saved(saved.count + len(events), saved.seq + len(events))

    async def keys(self) -> Iterable[str]:
        """Return the ids of all conversations with a tracker."""
        return await self._stubbornly(self._senders)

    async def _stubbornly(self, call: Any) -> Any:
        for _ in range(_TRIES - 1):
            try:
                return await database.run(call)
            except DatabaseUnavailable:
                continue
        return await database.run(call)

    def _rows(self, sender_id: str) -> Sequence[Any]:
        started = select(func.max(tracker_event.c.seq)).where(
            tracker_event.c.sender_id == sender_id, tracker_event.c.type_name == SessionStarted.type_name
        )
        with reading(self._engine) as session:
            first = session.execute(started).scalar() or 0
            rows: Sequence[Any] = session.execute(
                select(tracker_event)
                .where(tracker_event.c.sender_id == sender_id, tracker_event.c.seq >= first)
                .order_by(tracker_event.c.seq)
            ).all()
            return rows

    def _opened(self, sender_id: str, row: Any) -> Event:
        data = json.loads(self._vault.open(tracker_place(sender_id, row.seq), row.data))
        return _event_classes()[data["event"]]._from_parameters(data)

    def _sealed(self, sender_id: str, seq: int, event: Event) -> str:
        return self._vault.seal(tracker_place(sender_id, seq), json.dumps(for_tracker(event), ensure_ascii=False))

    def _outgoing(self, sender_id: str, event: Event) -> dict[str, Any]:
        data = json.dumps({"sender_id": sender_id, **for_broker(event)}, ensure_ascii=False)
        sealed = self._vault.seal(outbox_place(sender_id), data)
        return {"sender_id": sender_id, "data": sealed, "created_at": clock.now()}

    def _append(self, sender_id: str, last_seq: int, events: Sequence[Event]) -> None:
        rows = [
            {
                "sender_id": sender_id,
                "seq": seq,
                "type_name": event.type_name,
                "timestamp": event.timestamp,
                "data": self._sealed(sender_id, seq, event),
            }
            for seq, event in enumerate(events, last_seq + 1)
        ]
        outgoing = [self._outgoing(sender_id, event) for event in events] if self._publishes else []
        with writing(self._engine) as session:
            if self._is_stored(session, sender_id, last_seq, rows):
                return
            session.execute(insert(tracker_event), rows)
            if outgoing:
                session.execute(insert(event_outbox), outgoing)
            _forget_earlier_sessions(session, sender_id, rows)

    def _is_stored(self, session: Session, sender_id: str, last_seq: int, rows: Sequence[Any]) -> bool:
        """Tell whether an earlier try stored these rows although its answer was lost."""
        later = session.execute(
            select(tracker_event.c.seq, tracker_event.c.timestamp)
            .where(tracker_event.c.sender_id == sender_id, tracker_event.c.seq > last_seq)
            .order_by(tracker_event.c.seq)
        ).all()
        if not later:
            return False
        if [tuple(row) for row in later] == [(row["seq"], row["timestamp"]) for row in rows]:
            return True
        raise TrackerConflict()

    def _senders(self) -> Sequence[str]:
        with reading(self._engine) as session:
            senders: Sequence[str] = session.execute(select(tracker_event.c.sender_id).distinct()).scalars().all()
            return senders


def _forget_earlier_sessions(session: Session, sender_id: str, rows: Sequence[Any]) -> None:
    starts = [row["seq"] for row in rows if row["type_name"] == SessionStarted.type_name]
    if starts:
        session.execute(
            delete(tracker_event).where(tracker_event.c.sender_id == sender_id, tracker_event.c.seq < starts[-1])
        )


@lru_cache(maxsize=1)
def _event_classes() -> dict[str, Any]:
    """Return Rasa's event classes by name; Rasa itself searches all of them again for every event."""
    return {kind.type_name: kind for kind in reversed(all_subclasses(Event)) if getattr(kind, "type_name", None)}
