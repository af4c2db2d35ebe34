"""The platform's clock: it stands still in tests until somebody advances it, and runs in the demo."""
import time


class Clock:
    """Seconds since 1970, starting at the real moment; quotas, tokens and sessions are measured by it."""

    def __init__(self, running: bool) -> None:
        self._start = None if running else time.time()
        self._ahead = 0.0

    def now(self) -> float:
        """Return the platform's present moment."""
        return (time.time() if self._start is None else self._start) + self._ahead

    def advance(self, seconds: float) -> None:
        """Move the clock forward.

        Raises:
            ValueError: time does not run backwards.
        """
        if seconds < 0:
            raise ValueError("the clock can only be advanced")
        self._ahead += seconds
