"""Answering: one turn at a time per conversation, in order, whatever happens to the client's connection.

A message is claimed from the log, answered, and the answer is stored; only then comes the next one. A turn that fails
ends with the apology, so that the customer is told the truth and the conversation goes on. What a stopped process left
unanswered is taken up again at the next start.
"""
import asyncio
import logging
from typing import Awaitable, Callable, Sequence, TypeVar

from dengta.conversation.feed import Feed
from dengta.conversation.log import MessageLog
from dengta.conversation.messages import Body, Inbound, Received
from dengta.database import DatabaseUnavailable
from dengta.logs import where

log = logging.getLogger(__name__)

TURN_SECONDS = 45.0  # below the 60 s after which Rasa's own conversation lock expires
ATTEMPTS = 3
FIRST_RETRY_SECONDS = 0.5
LAST_RETRY_SECONDS = 8.0

T = TypeVar("T")
Answer = Callable[[str, Inbound], Awaitable[Sequence[Body]]]


class TurnFailedError(BaseException):
    """The turn cannot be answered. Not an `Exception`: Rasa swallows those and goes on as if the action had worked."""


class Turns:
    """The bot's side of all conversations of this process."""

    def __init__(self, messages: MessageLog, feed: Feed, answer: Answer, apology: Body) -> None:
        """`answer` maps a conversation id and an inbound message to what the bot says; saying nothing is a failure."""
        self._messages = messages
        self._feed = feed
        self._answer = answer
        self._apology = apology
        self._waiting: set[str] = set()
        self._workers: dict[str, asyncio.Task[None]] = {}
        self._arrivals: set[asyncio.Task[Received]] = set()
        self._draining = False

    async def resume(self) -> None:
        """Take up what was left unanswered when the process stopped."""
        for conversation_id in await self._messages.unanswered():
            self.wake(conversation_id)

    async def receive(self, conversation_id: str, client_msg_id: str, body: Body) -> Received:
        """Store a customer's message and answer it, even if the caller is cancelled because the client went away.

        Raises:
            ConversationClosedError: there is no such open conversation.
        """
        arrival = asyncio.create_task(self._arrive(conversation_id, client_msg_id, body))
        self._arrivals.add(arrival)
        arrival.add_done_callback(self._arrivals.discard)
        return await asyncio.shield(arrival)

    def wake(self, conversation_id: str) -> None:
        """Answer whatever is new in this conversation, after the turn that may be running."""
        if self._draining:
            return
        self._waiting.add(conversation_id)
        if conversation_id not in self._workers:
            self._workers[conversation_id] = asyncio.create_task(self._work(conversation_id))

    async def drain(self, seconds: float) -> None:
        """Start no more turns and give the running ones `seconds` to finish; the rest is resumed at the next start."""
        self._draining = True
        if self._workers:
            _, late = await asyncio.wait(self._workers.values(), timeout=seconds)
            for worker in late:
                worker.cancel()

    async def _arrive(self, conversation_id: str, client_msg_id: str, body: Body) -> Received:
        received = await self._messages.receive(conversation_id, client_msg_id, body)
        self._feed.wake(conversation_id)
        self.wake(conversation_id)
        return received

    async def _work(self, conversation_id: str) -> None:
        try:
            while conversation_id in self._waiting and not self._draining:
                self._waiting.discard(conversation_id)
                await self._answer_all(conversation_id)
        finally:
            del self._workers[conversation_id]

    async def _answer_all(self, conversation_id: str) -> None:
        while not self._draining:
            inbound = await _stubbornly(lambda: self._messages.claim(conversation_id))
            if inbound is None:
                return
            self._feed.set_typing(conversation_id, True)
            try:
                await self._turn(conversation_id, inbound)
            finally:
                self._feed.set_typing(conversation_id, False)

    async def _turn(self, conversation_id: str, inbound: Inbound) -> None:
        said = await self._say(conversation_id, inbound)
        await _stubbornly(
            lambda: self._messages.reply(
                conversation_id, inbound.epoch, inbound.seq, said or [self._apology], failed=not said
            )
        )

    async def _say(self, conversation_id: str, inbound: Inbound) -> Sequence[Body]:
        if inbound.attempt > ATTEMPTS:
            log.error("turn given up after %d attempts", ATTEMPTS)
            return []
        try:
            return await asyncio.wait_for(self._answer(conversation_id, inbound), TURN_SECONDS)
        except asyncio.TimeoutError:
            log.error("turn took more than %.0f s", TURN_SECONDS)
        except TurnFailedError as error:
            log.error("turn failed: %s", error)
        except Exception as error:  # noqa: BLE001  the customer must be told, whatever broke
            log.error("turn failed: %s", where(error))
        return []


async def _stubbornly(call: Callable[[], Awaitable[T]]) -> T:
    """Repeat a database call until it is answered; it is safe to repeat, and giving up would lose a message."""
    delay = FIRST_RETRY_SECONDS
    while True:
        try:
            return await call()
        except DatabaseUnavailable as error:
            log.warning("message log unavailable (%s), next try in %.1f s", error.cause, delay)
        await asyncio.sleep(delay)
        delay = min(2 * delay, LAST_RETRY_SECONDS)
