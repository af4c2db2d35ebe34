"""The real action server with a switch at its outer edge: `python -m tests.scenarios.action_server`.

While a file `<database>.outage` stands beside a SQLite file, every statement to that database fails (`down`) or takes
longer than any call may (`slow`). Adapters, timeouts and dialogue are the real ones.
"""

import sqlite3
import sys
import time
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import OperationalError

from dengta import action_server

SLOW_SECONDS = 4.0  # above DENGTA_BACKEND_TIMEOUT


def outage_file(database: Path) -> Path:
    """Return the file whose content, `down` or `slow`, disturbs this database."""
    return database.with_name(f"{database.name}.outage")


def _disturb(connection: Connection, _cursor: Any, statement: str, *_rest: Any) -> None:
    switch = outage_file(Path(connection.engine.url.database))
    disturbance = switch.read_text(encoding="ascii") if switch.exists() else ""
    if disturbance == "slow":
        time.sleep(SLOW_SECONDS)
    elif disturbance == "down":
        raise OperationalError(statement, None, sqlite3.OperationalError("switched off by a scenario"))


if __name__ == "__main__":
    event.listen(Engine, "before_cursor_execute", _disturb)
    sys.exit(action_server.main())
