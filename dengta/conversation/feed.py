"""Who is listening to which conversation, and how they learn that something new was stored.

Messages of this process wake their listeners at once. What another process stores is found by asking the log for the
pulse of the listened-to conversations: at once of those that other processes told `News` about; within a tenth of a
second of those that people have, because the event log names them (one short query, however many listen); and of all of
them, in one query, twice a second.
"""
import asyncio
import logging
from typing import Optional

from dengta.conversation.log import MessageLog
from dengta.conversation.messages import Pulse
from dengta.conversation.news import News
from dengta.database import DatabaseUnavailable
from dengta.tasks import is_set_within

log = logging.getLogger(__name__)

POLL_SECONDS = 0.5
LOOK_SECONDS = 0.1
LISTENERS_PER_CONVERSATION = 6


class Listener:
    """One open stream. Wait for `news`, clear it, then read the log and `Feed.typing`; stop when `closed`."""

    def __init__(self, conversation_id: str) -> None:
        self.conversation_id = conversation_id
        self.news = asyncio.Event()
        self.closed = False


class Feed:
    """The listeners of this process and the conversations in which the bot is typing."""

    def __init__(self, messages: MessageLog) -> None:
        self._messages = messages
        self._listeners: dict[str, list[Listener]] = {}
        self._typing: set[str] = set()
        self._seen: dict[str, Pulse] = {}
        self._poller: Optional[asyncio.Task[None]] = None
        self._news: Optional[News] = None
        self._heard_of: set[str] = set()
        self._hears = asyncio.Event()

    def connect(self, news: News) -> None:
        """Wake the listeners of other processes too, and be woken by these."""
        self._news = news
        news.start(self._hear)

    def join(self, conversation_id: str) -> Listener:
        """Start listening; over the limit the conversation's oldest listener is closed."""
        listener = Listener(conversation_id)
        others = self._listeners.setdefault(conversation_id, [])
        if len(others) >= LISTENERS_PER_CONVERSATION:
            _close(others.pop(0))
        others.append(listener)
        if self._poller is None or self._poller.done():
            self._poller = asyncio.create_task(self._poll())
        return listener

    def leave(self, listener: Listener) -> None:
        """Stop listening; harmless when the listener was closed already."""
        others = self._listeners.get(listener.conversation_id, [])
        if listener in others:
            others.remove(listener)
        if not others:
            self._listeners.pop(listener.conversation_id, None)
            self._seen.pop(listener.conversation_id, None)

    def wake(self, conversation_id: str) -> None:
        """Tell the listeners of a conversation that this process stored something or begins or ends to type."""
        self._stir(conversation_id)
        if self._news is not None:
            self._news.tell(conversation_id)

    def typing(self, conversation_id: str) -> bool:
        """Tell whether the bot is working on an answer, in this process or, as of the last look, in another one."""
        pulse = self._seen.get(conversation_id)
        return conversation_id in self._typing or (pulse is not None and pulse.working)

    def set_typing(self, conversation_id: str, on: bool) -> None:
        """Change the typing state of this process and wake the listeners."""
        (self._typing.add if on else self._typing.discard)(conversation_id)
        self._seen.pop(conversation_id, None)
        self.wake(conversation_id)

    def close(self, conversation_id: str) -> None:
        """End every stream of a conversation."""
        for listener in self._listeners.pop(conversation_id, []):
            _close(listener)

    def close_all(self) -> None:
        """End every stream, at shutdown."""
        for conversation_id in list(self._listeners):
            self.close(conversation_id)

    def _stir(self, conversation_id: str) -> None:
        for listener in self._listeners.get(conversation_id, []):
            listener.news.set()

    def _hear(self, conversation_id: str) -> None:
        if conversation_id in self._listeners:
            self._heard_of.add(conversation_id)
            self._hears.set()

    async def _poll(self) -> None:
        clock = asyncio.get_running_loop().time
        look_at_all = clock()
        followed = None
        while self._listeners:
            is_told = await is_set_within(self._hears, min(LOOK_SECONDS, look_at_all - clock()))
            self._hears.clear()
            touched, self._heard_of = self._heard_of, set()
            try:
                if not is_told:
                    followed, touched = await self._messages.touched(followed)
                if clock() >= look_at_all:
                    look_at_all = clock() + POLL_SECONDS
                    touched = set(self._listeners)
                await self._look_at(touched & self._listeners.keys())
            except DatabaseUnavailable as error:
                log.warning("new messages could not be looked up: %s", error.cause)
                look_at_all = clock() + POLL_SECONDS

    async def _look_at(self, asked: set[str]) -> None:
        pulses = await self._messages.pulses(list(asked)) if asked else {}
        for conversation_id, pulse in pulses.items():
            if self._seen.get(conversation_id) != pulse:
                self._seen[conversation_id] = pulse
                self._stir(conversation_id)


def _close(listener: Listener) -> None:
    listener.closed = True
    listener.news.set()
