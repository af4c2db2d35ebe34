"""How long a push waits for its answer: WeChat gives five seconds, but is answered at once while many wait."""
import asyncio
import time
from collections.abc import Callable

SECONDS = 4.0  # of the five
CROWD = 20  # pushes that wait at the same time
CALM_AFTER = 10.0


class Patience:
    """Shared by all pushes of a process. In a crowd, turns are slow anyway, and open requests help nobody."""

    def __init__(
        self, seconds: float = SECONDS, crowd: int = CROWD, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._seconds = seconds
        self._crowd = crowd
        self._now = now
        self._waiting: set[asyncio.Event] = set()
        self._crowded_until = -1.0

    def left(self, arrived: float) -> float:
        """Return how many seconds a push that arrived at a moment of the clock may still wait, 0 or less for none."""
        return 0.0 if self._now() < self._crowded_until else arrived + self._seconds - self._now()

    def begin(self, stirred: asyncio.Event) -> None:
        """Count somebody who waits; `stirred` is set when their patience ends early."""
        self._waiting.add(stirred)
        if len(self._waiting) <= self._crowd:
            return
        self._crowded_until = self._now() + CALM_AFTER
        for other in self._waiting:
            other.set()

    def end(self, stirred: asyncio.Event) -> None:
        """Count them no more."""
        self._waiting.discard(stirred)
