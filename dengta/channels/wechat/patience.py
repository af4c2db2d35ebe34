"""How long a push waits for its answer: WeChat gives five seconds, but hears from us within one while many wait."""
import asyncio
import time
from collections.abc import Callable

LONG = 4.0  # seconds, of the five
SHORT = 0.5
CROWD = 20  # pushes that wait at the same time
CALM_AFTER = 10.0


class Patience:
    """Shared by all pushes of a process. In a crowd, turns are slow anyway, and open requests help nobody."""

    def __init__(
        self,
        long: float = LONG,
        short: float = SHORT,
        crowd: int = CROWD,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._long = long
        self._short = short
        self._crowd = crowd
        self._now = now
        self._waiting: set[asyncio.Event] = set()
        self._crowded_until = -1.0

    def left(self, arrived: float) -> float:
        """Return how many seconds a push that arrived at a moment of the clock may still wait, 0 or less for none."""
        return arrived + (self._short if self._is_crowded() else self._long) - self._now()

    def begin(self, stirred: asyncio.Event) -> None:
        """Count somebody who waits; `stirred` is set when their patience changes."""
        self._waiting.add(stirred)
        if len(self._waiting) <= self._crowd:
            return
        was_calm, self._crowded_until = not self._is_crowded(), self._now() + CALM_AFTER
        if was_calm:
            for other in self._waiting:
                other.set()

    def end(self, stirred: asyncio.Event) -> None:
        """Count them no more."""
        self._waiting.discard(stirred)

    def _is_crowded(self) -> bool:
        return self._now() < self._crowded_until
