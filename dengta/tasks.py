"""Tasks that belong together, their end, and waiting for events that may not come."""
import asyncio
import logging
from typing import Any, Coroutine

from dengta.database import DatabaseUnavailable

log = logging.getLogger(__name__)

_ENDS_WITHIN = 0.5  # seconds


class Chores:
    """Small work on the side that nobody waits for, and that is left undone when the database does not answer."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Do some work later."""
        task = asyncio.create_task(_quietly(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self, seconds: float) -> None:
        """Wait so long for what is under way, and give up the rest."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=seconds)
            for task in late:
                task.cancel()


async def together(*work: Coroutine[Any, Any, None]) -> None:
    """Run coroutines side by side; when one fails, or the caller is cancelled, end all the others and raise that."""
    tasks = [asyncio.ensure_future(each) for each in work]
    try:
        await asyncio.gather(*tasks)
    finally:
        await end(*tasks)
        await asyncio.gather(*tasks, return_exceptions=True)


async def end(*tasks: "asyncio.Task[Any]") -> None:
    """Cancel tasks until they have ended: drivers that are connecting swallow a cancellation."""
    while running := [task for task in tasks if not task.done()]:
        for task in running:
            task.cancel()
        await asyncio.wait(running, timeout=_ENDS_WITHIN)


async def is_set_within(event: asyncio.Event, seconds: float) -> bool:
    """Wait for an event, but not longer than this; tell whether it came."""
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except asyncio.TimeoutError:
        return False
    return True


async def _quietly(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except DatabaseUnavailable as error:
        log.warning("a chore was left undone: %s", error.cause)
