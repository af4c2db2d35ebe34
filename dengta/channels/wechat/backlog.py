"""Bringing stored pushes into their conversations: those of a sender one after the other, all senders side by side."""
import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Optional, Union

from dengta.channels.wechat.inbox import Inbox, Pushed
from dengta.channels.wechat.waiting import Push
from dengta.database import DatabaseUnavailable, stubbornly
from dengta.logs import where
from dengta.tasks import end

log = logging.getLogger(__name__)

AT_ONCE = 4  # more would only keep arrivals waiting
ARRIVALS_GO_FIRST_SECONDS = 1.0
KEEP_SECONDS = 2.0
TIDY_SECONDS = 3600.0
LOOK_AGAIN = 0.2

Outcome = Union[Push, str, None]


@dataclass(eq=False)
class Taken:
    """A push that this process is to bring.

    `outcome` is what that led to, once it `is_brought`. `requests` wait for that; with each goes the moment of
    `time.monotonic` at which it arrived.
    """

    pushed: Pushed
    requests: dict[asyncio.Event, float] = field(default_factory=dict)
    is_next: bool = False
    is_brought: bool = False
    outcome: Outcome = None

    @contextmanager
    def awaited_by(self, request: asyncio.Event, arrived: float) -> Iterator[None]:
        """Let a request wait for the block; it is set when the push is brought."""
        self.requests[request] = arrived
        try:
            yield
        finally:
            del self.requests[request]

    def end(self, outcome: Outcome) -> None:
        """Tell the requests what it led to."""
        self.is_brought, self.outcome = True, outcome
        for request in self.requests:
            request.set()


class Backlog:
    """What this process has stored and not yet brought."""

    def __init__(self, inbox: Inbox, bring: Callable[[Taken], Awaitable[Outcome]]) -> None:
        """`bring` takes a push into its conversation; doing that twice must do no harm."""
        self._inbox = inbox
        self._bring = bring
        self._taken: dict[str, Taken] = {}
        self._storing: dict[str, asyncio.Task[None]] = {}
        self._queues: dict[str, deque[Taken]] = {}
        self._workers: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._keeper: Optional[asyncio.Task[None]] = None
        self._stopping = False

    def start(self) -> None:
        """Begin to look for what other processes have left."""
        self._keeper = asyncio.create_task(self._keep())

    async def stop(self, seconds: float) -> None:
        """Begin nothing more, give what is under way `seconds` to end, and leave the rest to other processes."""
        self._stopping = True
        if self._keeper is not None:
            await end(self._keeper)
        if self._workers:
            _, late = await asyncio.wait(self._workers, timeout=seconds)
            await end(*late)
        for taken in self._taken.values():
            taken.end(None)
        try:
            await self._inbox.release()
        except DatabaseUnavailable as error:
            log.warning("the inbox could not be left to other processes at once: %s", error.cause)
        self._inbox.close()

    async def take(self, pushed: Pushed) -> Taken:
        """Store a push and see that it is brought; a repetition of one that is still here leads to the same.

        Raises:
            DatabaseUnavailable: it may not have been stored.
        """
        taken = self._taken.get(pushed.key)
        if taken is None:
            taken = self._taken[pushed.key] = Taken(pushed)
            self._storing[pushed.key] = asyncio.create_task(self._store(taken))
        if storing := self._storing.get(pushed.key):
            await asyncio.shield(storing)
        return taken

    async def _store(self, taken: Taken) -> None:
        try:
            taken.is_next = await self._inbox.put(taken.pushed)
        except DatabaseUnavailable:
            del self._taken[taken.pushed.key]
            raise
        finally:
            del self._storing[taken.pushed.key]
        self._queue_up(taken)

    def _queue_up(self, taken: Taken) -> None:
        sender = taken.pushed.sender
        if sender in self._queues:
            self._queues[sender].append(taken)
            return
        self._queues[sender] = deque([taken])
        self._begin(self._work(sender))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        worker = asyncio.create_task(work)
        self._workers.add(worker)
        worker.add_done_callback(self._workers.discard)

    async def _work(self, sender: str) -> None:
        queue = self._queues[sender]
        try:
            while queue and not self._stopping:
                await self._bring_one(queue[0])
                queue.popleft()
        finally:
            del self._queues[sender]

    async def _bring_one(self, taken: Taken) -> None:
        try:
            outcome = await stubbornly(lambda: self._in_order(taken))
        except Exception as error:  # noqa: BLE001  the sender's other messages must be brought, whatever this one broke
            log.error("a push could not be brought and stays in the inbox: %s", where(error))
            await stubbornly(lambda: self._inbox.put_back(taken.pushed))
            outcome = None
        else:  # a reply that gets lost is given to the retry, which must not find the push here
            await stubbornly(lambda: self._inbox.remove(taken.pushed))
        taken.end(outcome)
        del self._taken[taken.pushed.key]

    async def _in_order(self, taken: Taken) -> Outcome:
        while not (taken.is_next or await self._inbox.is_next(taken.pushed)):  # noqa: ASYNC110  another process
            await asyncio.sleep(LOOK_AGAIN)
        await self._let_arrivals_go_first()
        async with self._slots:
            return await self._bring(taken)

    async def _let_arrivals_go_first(self) -> None:
        until = time.monotonic() + ARRIVALS_GO_FIRST_SECONDS
        while self._storing and (left := until - time.monotonic()) > 0:
            await asyncio.wait(self._storing.values(), timeout=left)

    async def _keep(self) -> None:
        tidy_at = 0.0
        while True:
            await asyncio.sleep(KEEP_SECONDS)
            try:
                if time.monotonic() >= tidy_at:
                    await self._inbox.tidy()
                    tidy_at = time.monotonic() + TIDY_SECONDS
                if self._taken:
                    await self._inbox.renew()
                for pushed in await self._inbox.adopt():
                    if pushed.key not in self._taken:
                        self._taken[pushed.key] = Taken(pushed)
                        self._begin(self._bring_one(self._taken[pushed.key]))  # what is queued up is newer
            except DatabaseUnavailable as error:
                log.warning("the inbox could not be looked through: %s", error.cause)
