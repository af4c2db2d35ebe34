"""The event log, live: one reader for all the streams of this process, and to each only what concerns its agent.

A stream remembers the last number it saw. What came after that lies in memory, or is read from the log if it is longer
ago, so a browser that comes back misses nothing and one that does not read holds nothing up.
"""
import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Optional

from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from dengta.conversation import event_log
from dengta.conversation.event_log import Event
from dengta.conversation.news import News
from dengta.database import DatabaseUnavailable, Transactions
from dengta.desk import talks
from dengta.desk.agents import Agent
from dengta.desk.roles import EVERY_GROUP, TICKETS, VIEW, may
from dengta.desk.sessions import Login, Sessions
from dengta.desk.talks import Talk
from dengta.tasks import end, is_set_within

log = logging.getLogger(__name__)

POLL_SECONDS = 0.1
CHECK_SECONDS = 5.0  # how often it is looked whether the logins of the streams are still valid
BATCH = 200
REMEMBERED = 2000  # events
REPLAYED = 5000  # events; a browser that missed more loads everything anew
STREAMS_PER_LOGIN = 6
_OF_TICKETS = ("ticket", "deadline")


@dataclass(frozen=True)
class Told:
    """An event and the conversation it is about, as that was when the event was read."""

    event: Event
    talk: Optional[Talk]

    def concerns(self, login: Login) -> bool:
        """Tell whether an agent hears of it; who is there is everybody's business."""
        if self.event.kind in _OF_TICKETS and self._is_ticket_of(login.agent):
            return True
        if self.event.conversation_id is None:
            return self.event.kind not in _OF_TICKETS
        if self.talk is None or not may(login.agent.role, VIEW):
            return False
        left = self.event.kind == "owner" and self.talk.concerned(login.agent)
        return left or self.talk.concerns(login.agent)

    def _is_ticket_of(self, agent: Agent) -> bool:
        """Tell whether an agent works on a ticket, or did before this event."""
        if not may(agent.role, TICKETS):
            return False
        data = self.event.data
        held = {data.get("group"), data.get("owner_id"), *data.get("was_with", ())}
        return agent.role in EVERY_GROUP or agent.id in held or not held.isdisjoint(agent.groups)


class Listener:
    """One open stream, which has seen everything up to `seq`. Wait for `news`, clear it, read; stop when `closed`."""

    def __init__(self, login: Login) -> None:
        self.login = login
        self.seq = 0
        self.news = asyncio.Event()
        self.closed = False

    def close(self) -> None:
        """End the stream."""
        self.closed = True
        self.news.set()


class Events:
    """The streams of this process. Calls raise DatabaseUnavailable when the database does not answer."""

    def __init__(self, engine: Engine, sessions: Sessions) -> None:
        self._database = Transactions(engine)
        self._sessions = sessions
        self._listeners: list[Listener] = []
        self._recent: deque[Told] = deque(maxlen=REMEMBERED)
        self._known_from = 0  # everything after this and up to `_known_to` is in `_recent`
        self._known_to = 0
        self._stirred = asyncio.Event()
        self._starting = asyncio.Lock()
        self._reader: Optional[asyncio.Task[None]] = None
        self._news: Optional[News] = None

    def connect(self, news: News) -> None:
        """Hear at once what other processes store, and let them hear of what this one does."""
        self._news = news
        news.start(lambda _conversation_id: self._stirred.set())

    async def join(self, login: Login, last_seen: Optional[int]) -> tuple[Listener, bool]:
        """Open a stream; False with it if what came after `last_seen` is not to be had any more.

        Over the limit the oldest stream of the login is closed.
        """
        oldest, newest = await self._database.read(_bounds)
        async with self._starting:
            if self._reader is None or self._reader.done():
                self._recent.clear()
                self._known_from = self._known_to = newest
                self._reader = asyncio.create_task(self._follow())
        complete = last_seen is None or (oldest - 1 <= last_seen <= newest and newest - last_seen <= REPLAYED)
        listener = Listener(login)
        listener.seq = last_seen if last_seen is not None and complete else newest
        listener.news.set()
        same = [other for other in self._listeners if other.login.key == login.key]
        if len(same) >= STREAMS_PER_LOGIN:
            self.leave(same[0])
        self._listeners.append(listener)
        return listener, complete

    def leave(self, listener: Listener) -> None:
        """Close a stream; harmless when it was closed already."""
        listener.close()
        if listener in self._listeners:
            self._listeners.remove(listener)

    async def next(self, listener: Listener) -> Sequence[Event]:
        """Return what a stream has not seen and concerns its agent, and count it as seen; nothing, if it is up to date.

        It is not all there is if a browser was away for long: ask until the stream's `seq` does not rise any more.
        """
        if listener.seq >= self._known_from:
            newest_first = takewhile(lambda told: told.event.seq > listener.seq, reversed(self._recent))
            unseen: Sequence[Told] = list(newest_first)[::-1]
        else:
            unseen = await self._database.read(lambda session: _since(session, listener.seq))
        if unseen:
            listener.seq = unseen[-1].event.seq
        return [told.event for told in unseen if told.concerns(listener.login)]

    def changed(self, conversation_id: Optional[str]) -> None:
        """Look at the log at once, because this process has changed something; other processes hear of it too."""
        self._stirred.set()
        if self._news is not None and conversation_id is not None:
            self._news.tell(conversation_id)

    def end(self, login: Login) -> None:
        """Close the streams of a login."""
        for listener in [each for each in self._listeners if each.login.key == login.key]:
            self.leave(listener)

    def hang_up(self) -> None:
        """Close all streams."""
        for listener in list(self._listeners):
            self.leave(listener)

    async def stop(self) -> None:
        """Close all streams and follow the log no more."""
        self.hang_up()
        if self._reader is not None:
            await end(self._reader)
        if self._news is not None:
            await self._news.stop()

    async def _follow(self) -> None:
        clock = asyncio.get_running_loop().time
        check_at = clock() + CHECK_SECONDS
        while self._listeners:
            await is_set_within(self._stirred, POLL_SECONDS)
            self._stirred.clear()
            try:
                await self._look()
                if clock() >= check_at:
                    check_at = clock() + CHECK_SECONDS
                    await self._check()
            except DatabaseUnavailable as error:
                log.warning("the event log could not be read: %s", error.cause)

    async def _look(self) -> None:
        news = await self._database.read(lambda session: _since(session, self._known_to))
        if not news:
            return
        lost = len(self._recent) + len(news) - REMEMBERED
        if lost > 0:
            self._known_from = self._recent[lost - 1].event.seq
        self._recent.extend(news)
        self._known_to = news[-1].event.seq
        for listener in self._listeners:
            listener.news.set()

    async def _check(self) -> None:
        valid = await self._sessions.valid({listener.login.key for listener in self._listeners})
        for listener in list(self._listeners):
            if listener.login.key in valid:
                listener.login = valid[listener.login.key]
            else:
                self.leave(listener)


def _bounds(session: Session) -> tuple[int, int]:
    return event_log.oldest(session), event_log.last(session)


def _since(session: Session, seq: int) -> tuple[Told, ...]:
    events = event_log.since(session, seq, BATCH)
    about = talks.by_id(session, {event.conversation_id for event in events if event.conversation_id is not None})
    return tuple(Told(event, about.get(event.conversation_id or "")) for event in events)
