"""The platform's clock: it stands still in tests until somebody advances it, and runs in the demo."""
import time


class Clock:
    """Seconds since 1970, starting at the real moment; quotas, tokens and sessions are measured by it.

    On a clock that stands still every act of a person takes `act_takes` seconds, since connectors tell events apart by
    the second.
    """

    def __init__(self, running: bool, act_takes: float = 1.0) -> None:
        self._start = None if running else time.time()
        self._ahead = 0.0
        self.act_takes = 0.0 if running else act_takes

    def now(self) -> float:
        """Return the platform's present moment."""
        return (time.time() if self._start is None else self._start) + self._ahead

    def act(self) -> float:
        """Return the moment of an act of a person."""
        self._ahead += self.act_takes
        return self.now()

    def advance(self, seconds: float) -> None:
        """Move the clock forward.

        Raises:
            ValueError: time does not run backwards.
        """
        if seconds < 0:
            raise ValueError("the clock can only be advanced")
        self._ahead += seconds
