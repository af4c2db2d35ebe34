"""How an adapter reaches the book: one session per call, a timeout, and failures turned into `Unavailable`."""
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from dengta.backends.outcomes import Outcome, Unavailable
from dengta.database import DatabaseUnavailable, reading, run, writing

T = TypeVar("T")


@dataclass(frozen=True)
class Book:
    """A loan book in a SQL database; every call ends within `timeout` seconds."""

    engine: Engine
    timeout: float

    async def read(self, work: Callable[[Session], Outcome[T]]) -> Outcome[T]:
        """Run `work` on one snapshot of the book."""
        return await self._outcome(lambda: self._read(work))

    async def change(self, work: Callable[[Session], Outcome[T]]) -> Outcome[T]:
        """Run `work` in one transaction; a change that is ready too late is rolled back, not reported late."""
        deadline = time.monotonic() + self.timeout
        return await self._outcome(lambda: self._change(work, deadline))

    async def _outcome(self, call: Callable[[], Outcome[T]]) -> Outcome[T]:
        try:
            return await run(call, self.timeout)
        except DatabaseUnavailable as failure:
            return Unavailable(failure.cause)

    def _read(self, work: Callable[[Session], Outcome[T]]) -> Outcome[T]:
        with reading(self.engine) as session:
            return work(session)

    def _change(self, work: Callable[[Session], Outcome[T]], deadline: float) -> Outcome[T]:
        with writing(self.engine) as session:
            outcome = work(session)
            if time.monotonic() > deadline:
                raise DatabaseUnavailable("timeout")
            return outcome
