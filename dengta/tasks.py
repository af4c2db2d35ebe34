"""Tasks that belong together, their end, and waiting for events that may not come."""
import asyncio
from typing import Any, Coroutine

_ENDS_WITHIN = 0.2


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
