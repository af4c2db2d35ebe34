"""Many small pieces of work in few transactions: what comes while one is under way goes together into the next."""
import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Generic, Optional, TypeVar

from dengta.database import DatabaseUnavailable, run

Item = TypeVar("Item")
Result = TypeVar("Result")

MOST = 500  # items of one transaction


class Batches(Generic[Item, Result]):
    """Does items in the order in which they came, in a thread of its own, so that nothing else keeps them waiting."""

    def __init__(self, work: Callable[[Sequence[Item]], Sequence[Result]]) -> None:
        """`work` is one transaction; it returns a result for each item."""
        self._work = work
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._runner: Optional[asyncio.Task[None]] = None
        self._thread = ThreadPoolExecutor(1)

    async def do(self, item: Item) -> Result:
        """Return the result of an item once its transaction has been committed.

        Raises:
            DatabaseUnavailable: the database did not answer; the transaction may still be committed.
        """
        done: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, done))
        if self._runner is None or self._runner.done():
            self._runner = asyncio.create_task(self._run())
        return await done

    def close(self) -> None:
        """Take nothing more."""
        self._thread.shutdown(wait=False)

    async def _run(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            items = [item for item, _ in batch]
            try:
                results = await run(partial(self._work, items), executor=self._thread)
            except DatabaseUnavailable as error:
                for _, done in batch:
                    _fail(done, error)
            else:
                for (_, done), result in zip(batch, results):
                    if not done.done():
                        done.set_result(result)


def _fail(done: "asyncio.Future[Result]", error: DatabaseUnavailable) -> None:
    if not done.done():
        done.set_exception(DatabaseUnavailable(error.cause))
