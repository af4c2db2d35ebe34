"""How often somebody may do something: at most `count` times in any `seconds`, counted in this process."""
import math
import time
from collections import deque
from typing import Callable

from dengta.channels.errors import RefusedError


class RateLimit:
    """A sliding window per key, such as a conversation id or an address."""

    def __init__(self, count: int, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self._count = count
        self._seconds = seconds
        self._now = now
        self._uses: dict[str, deque[float]] = {}
        self._next_sweep = 0.0

    def use(self, key: str) -> None:
        """Count one use.

        Raises:
            RefusedError: `rate_limited`, with the seconds after which the next use is allowed.
        """
        now = self._now()
        self._sweep(now)
        uses = self._uses.setdefault(key, deque())
        while uses and uses[0] <= now - self._seconds:
            uses.popleft()
        if len(uses) >= self._count:
            raise RefusedError("rate_limited", retry_after=math.ceil(uses[0] + self._seconds - now))
        uses.append(now)

    def _sweep(self, now: float) -> None:
        if now < self._next_sweep:
            return
        self._next_sweep = now + self._seconds
        self._uses = {key: uses for key, uses in self._uses.items() if uses and uses[-1] > now - self._seconds}
