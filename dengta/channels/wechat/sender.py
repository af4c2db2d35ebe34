"""Finds what was not answered passively and has it sent, one piece after the other in each conversation.

Every process has a sender and any of them may take any conversation; the claim of a piece keeps the others away.
"""
import asyncio
import logging
import time
from typing import Optional

from dengta.channels.wechat.outbox import Outbox
from dengta.channels.wechat.postman import Postman
from dengta.database import DatabaseUnavailable
from dengta.logs import where
from dengta.tasks import end

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
TIDY_SECONDS = 60.0
AT_ONCE = 50  # conversations
_REST_SECONDS = 30.0  # after something nobody foresaw


class Sender:
    """The sender of this process."""

    def __init__(self, outbox: Outbox, postman: Postman) -> None:
        self._outbox = outbox
        self._postman = postman
        self._workers: dict[str, asyncio.Task[None]] = {}
        self._watch: Optional[asyncio.Task[None]] = None
        self._stopping = False
        self._tidy_at = 0.0

    def start(self) -> None:
        """Begin to look."""
        self._watch = asyncio.create_task(self._look())

    async def stop(self, seconds: float) -> None:
        """Claim nothing more, and give calls that are under way `seconds` to end."""
        self._stopping = True
        tasks = [*self._workers.values(), *([self._watch] if self._watch else [])]
        if self._watch is not None:
            self._watch.cancel()
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=seconds)
            await end(*late)

    async def _look(self) -> None:
        while not self._stopping:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self._tidy()
                due = () if self._postman.passive_only else await self._outbox.due()
            except DatabaseUnavailable as error:
                log.warning("what is to be sent could not be looked up: %s", error.cause)
                continue
            idle = [] if self._stopping else [talk for talk in due if talk not in self._workers]
            for conversation_id in idle[: AT_ONCE - len(self._workers)]:
                self._workers[conversation_id] = asyncio.create_task(self._work(conversation_id))

    async def _tidy(self) -> None:
        if time.monotonic() >= self._tidy_at:
            await self._outbox.tidy()
            self._tidy_at = time.monotonic() + TIDY_SECONDS

    async def _work(self, conversation_id: str) -> None:
        try:
            while not self._stopping and not self._postman.passive_only:
                errand = await self._outbox.claim_next(conversation_id)
                if errand is None:
                    break
                await self._postman.bring(errand)
        except DatabaseUnavailable as error:
            log.warning("a message could not be sent: %s", error.cause)
        except Exception as error:  # noqa: BLE001  the other conversations must go on
            log.error("a message could not be sent: %s", where(error))
            await asyncio.sleep(_REST_SECONDS)
        finally:
            del self._workers[conversation_id]
