"""What an operator sees while something takes time: one line per step, with the seconds counting on a terminal."""
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def step(title: str) -> Iterator[None]:
    """Show a step as running until the block ends, then how long it took; mark it if the block raises."""
    started, over = time.monotonic(), threading.Event()
    ticker = threading.Thread(target=_tick, args=(title, started, over), daemon=True)
    ticker.start()
    mark = "✗"
    try:
        yield
        mark = "✓"
    finally:
        over.set()
        ticker.join()
        say(f"{_line_start()}{mark} {title} ({time.monotonic() - started:.0f} s)")


def say(line: str = "") -> None:
    """Print one line for the operator at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _tick(title: str, started: float, over: threading.Event) -> None:
    if not sys.stdout.isatty():
        say(f"· {title} …")
        return
    while True:
        sys.stdout.write(f"{_line_start()}· {title} … {time.monotonic() - started:.0f} s")
        sys.stdout.flush()
        if over.wait(0.5):
            return


def _line_start() -> str:
    return "\r\x1b[K" if sys.stdout.isatty() else ""
