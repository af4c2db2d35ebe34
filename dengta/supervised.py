"""Run a module so that it never outlives its supervisor: `python -m dengta.supervised <module> [argument …]`.

Standard input is a pipe whose other end the supervisor holds. However the supervisor dies, the kernel closes that end,
and the whole process group is stopped.
"""
import logging
import os
import runpy
import signal
import sys
import threading
import time

GRACE = 10.0  # seconds between asking a process group to stop and ending it


def main() -> None:
    """Watch the pipe in the background and become the module named on the command line."""
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").addFilter(_concerns_us)
    threading.Thread(target=_stop_with_supervisor, daemon=True).start()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


def _concerns_us(record: logging.LogRecord) -> bool:
    """Leave out what libraries deprecate among each other; they reset PYTHONWARNINGS on import."""
    return "DeprecationWarning" not in record.getMessage()


def _stop_with_supervisor() -> None:
    while os.read(0, 1024):
        pass
    os.killpg(0, signal.SIGTERM)
    time.sleep(GRACE)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
