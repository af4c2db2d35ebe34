"""Answering: one turn at a time per conversation, in order, whatever happens to clients, processes or the database.

A turn is claimed from the log, answered, and the answer is stored; only then comes the next one. Bubbles that follow
each other within the gathering pause are answered together. A turn that fails ends with the apology, so that the
customer is told the truth and the conversation goes on. Any process may answer any conversation: the lease of a turn
says whose it is, and what a dead process left is found by the sweep of the others.
"""
import asyncio
import logging
from contextlib import suppress
from typing import Awaitable, Callable, Optional, Sequence

from sqlalchemy.orm import Session

from dengta.conversation.feed import Feed
from dengta.conversation.log import Alongside, MessageLog
from dengta.conversation.messages import Afterwards, Answered, Body, Inbound, Received
from dengta.conversation.turn_records import LEASE
from dengta.database import DatabaseUnavailable, stubbornly
from dengta.logs import where

log = logging.getLogger(__name__)

TURN_SECONDS = 45.0
ATTEMPTS = 3
SWEEP_SECONDS = 1.0
RELEASE_SECONDS = 5.0  # for giving unfinished turns back when the process stops
RENEW_SECONDS = LEASE.total_seconds() / 4
LONGEST_GATHERING = 6.0  # seconds: who never stops typing is answered all the same

Answer = Callable[[str, Inbound], Awaitable[Answered]]
Pause = Callable[[str], float]
Heard = Callable[[Session, str, Body], object]


class TurnFailedError(BaseException):
    """The turn cannot be answered. Not an `Exception`: Rasa swallows those and goes on as if the action had worked."""


class Turns:
    """The bot's side of all conversations, as far as this process works on them."""

    def __init__(
        self,
        messages: MessageLog,
        feed: Feed,
        answer: Answer,
        apology: Answered,
        pause: Pause,
        heard: Optional[Heard] = None,
    ) -> None:
        """`answer` maps a conversation id and a turn to what the bot says; saying and doing nothing is a failure.

        `apology` is the answer of a turn that failed. `pause` tells how many seconds a text waits for the next one to
        be answered with it. `heard` is done together with storing a message, whoever owns the conversation.
        """
        self._messages = messages
        self._feed = feed
        self._answer = answer
        self._apology = apology
        self._pause = pause
        self._heard = heard
        self._due: dict[str, float] = {}
        self._stirred: dict[str, asyncio.Event] = {}
        self._workers: dict[str, asyncio.Task[None]] = {}
        self._arrivals: set[asyncio.Task[Received]] = set()
        self._sweeper: Optional[asyncio.Task[None]] = None
        self._draining = False

    async def start(self) -> None:
        """Take up what was left unanswered, and keep looking for what other processes leave."""
        for conversation_id in await self._messages.unanswered():
            self.wake(conversation_id)
        self._sweeper = asyncio.create_task(self._sweep())

    async def receive(
        self,
        conversation_id: str,
        client_msg_id: str,
        body: Body,
        answers: Optional[Sequence[Body]] = None,
        alongside: Optional[Alongside] = None,
    ) -> Received:
        """Store a customer's message and answer it, even if the caller is cancelled because the client went away.

        `answers` and `alongside` are those of `MessageLog.receive`; what has answers takes no turn.

        Raises:
            ConversationClosedError: there is no such open conversation.
            TooManyMessages: the customer writes too fast.
        """
        arrival = asyncio.create_task(self._arrive(conversation_id, client_msg_id, body, answers, alongside))
        self._arrivals.add(arrival)
        arrival.add_done_callback(self._arrivals.discard)
        return await asyncio.shield(arrival)

    def wake(self, conversation_id: str, pause: float = 0.0) -> None:
        """Answer whatever is new in this conversation, after the turn that may be running and a `pause` in seconds."""
        if self._draining:
            return
        self._due[conversation_id] = asyncio.get_running_loop().time() + pause
        self._stirred.setdefault(conversation_id, asyncio.Event()).set()
        if conversation_id not in self._workers:
            self._workers[conversation_id] = asyncio.create_task(self._work(conversation_id))

    async def drain(self, seconds: float) -> None:
        """Start no more turns and give the running ones `seconds` to finish; the rest is left to other processes."""
        self._draining = True
        if self._sweeper is not None:
            self._sweeper.cancel()
        for stirred in self._stirred.values():
            stirred.set()
        if self._workers:
            _, late = await asyncio.wait(self._workers.values(), timeout=seconds)
            for worker in late:
                worker.cancel()
            if late:
                await asyncio.wait(late, timeout=RELEASE_SECONDS)

    async def _arrive(
        self,
        conversation_id: str,
        client_msg_id: str,
        body: Body,
        answers: Optional[Sequence[Body]],
        alongside: Optional[Alongside],
    ) -> Received:
        received = await self._messages.receive(
            conversation_id,
            client_msg_id,
            body,
            answers,
            alongside,
            afterwards=self._afterwards(body),
        )
        self._feed.wake(conversation_id)
        if answers is None:
            self.wake(conversation_id, 0.0 if body.get("payload") else self._pause(body.get("text", "")))
        return received

    def _afterwards(self, body: Body) -> Optional[Afterwards]:
        heard = self._heard
        return (lambda session, conversation_id: heard(session, conversation_id, body)) if heard is not None else None

    async def _sweep(self) -> None:
        waiting: dict[str, int] = {}
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                found = await self._messages.unanswered()
            except DatabaseUnavailable as error:
                log.warning("waiting messages could not be looked up: %s", error.cause)
                continue
            for conversation_id in found.keys() - self._workers.keys():
                if waiting.get(conversation_id) == found[conversation_id]:
                    self.wake(conversation_id)
            waiting = found

    async def _work(self, conversation_id: str) -> None:
        try:
            while conversation_id in self._due and not self._draining:
                await self._gather(conversation_id)
                while not self._draining and await self._next_turn(conversation_id):
                    if conversation_id in self._due:
                        break
        finally:
            del self._workers[conversation_id], self._stirred[conversation_id]

    async def _gather(self, conversation_id: str) -> None:
        clock, stirred = asyncio.get_running_loop().time, self._stirred[conversation_id]
        latest = clock() + LONGEST_GATHERING
        while (wait := min(self._due[conversation_id], latest) - clock()) > 0 and not self._draining:
            stirred.clear()
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(stirred.wait(), wait)
        del self._due[conversation_id]

    async def _next_turn(self, conversation_id: str) -> bool:
        inbound = await stubbornly(lambda: self._messages.claim(conversation_id))
        if inbound is None:
            return False
        self._feed.set_typing(conversation_id, True)
        try:
            await self._turn(conversation_id, inbound)
        except asyncio.CancelledError:
            with suppress(DatabaseUnavailable):
                await self._messages.release(conversation_id, inbound)
            raise
        finally:
            self._feed.set_typing(conversation_id, False)
        return True

    async def _turn(self, conversation_id: str, inbound: Inbound) -> None:
        keeper = asyncio.create_task(self._keep(conversation_id, inbound))
        try:
            answered = await self._say(conversation_id, inbound)
            await stubbornly(
                lambda: self._messages.reply(
                    conversation_id, inbound, answered or self._apology, failed=answered is None
                )
            )
        finally:
            keeper.cancel()

    async def _keep(self, conversation_id: str, inbound: Inbound) -> None:
        """Hold the lease while the turn runs. Losing it is no reason to stop: the answer will be refused."""
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            try:
                if not await self._messages.renew(conversation_id, inbound):
                    log.warning("another process took over a turn")
                    return
            except DatabaseUnavailable as error:
                log.warning("a turn's lease could not be renewed: %s", error.cause)

    async def _say(self, conversation_id: str, inbound: Inbound) -> Optional[Answered]:
        if inbound.attempt > ATTEMPTS:
            log.error("turn given up after %d attempts", ATTEMPTS)
            return None
        try:
            answered = await asyncio.wait_for(self._answer(conversation_id, inbound), TURN_SECONDS)
            return answered if answered.bodies or answered.afterwards else None
        except asyncio.TimeoutError:
            log.error("turn took more than %.0f s", TURN_SECONDS)
        except TurnFailedError as error:
            log.error("turn failed: %s", error)
        except Exception as error:  # noqa: BLE001  the customer must be told, whatever broke
            log.error("turn failed: %s", where(error))
        return None
