"""Engines, sessions, migrations and timed calls behave alike on SQLite and PostgreSQL."""
import asyncio
import subprocess
import sys
import threading
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Iterator, Optional

import pytest
from sqlalchemy import text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError, OperationalError

from dengta.database import DatabaseUnavailable, connect, migrate, reading, run, writing
from dengta.settings import ROOT
from tests.databases import empty_database


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with empty_database(request.param, tmp_path / "new" / "folder") as address:
        yield address


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    migrate(url, "dengta.backends")
    engine = connect(url, 10.0)
    with writing(engine) as session:
        session.execute(text("CREATE TABLE counter (id INTEGER PRIMARY KEY, value INTEGER NOT NULL)"))
        session.execute(text("INSERT INTO counter VALUES (1, 0)"))
    yield engine
    engine.dispose()


class _Finished(Executor):
    """Has done its work before it was given."""

    def __init__(self, outcome: Optional[Exception]) -> None:
        self._outcome = outcome

    def submit(self, *_: object, **__: object) -> Future:  # type: ignore[override]
        future: Future = Future()
        future.set_result(None) if self._outcome is None else future.set_exception(self._outcome)
        return future


def _value(engine: Engine) -> int:
    with reading(engine) as session:
        return session.execute(text("SELECT value FROM counter WHERE id = 1")).scalar_one()


def test_writers_that_read_first_take_turns(engine: Engine) -> None:
    lock = " FOR UPDATE" if engine.dialect.name == "postgresql" else ""

    def count(_turn: int) -> None:
        with writing(engine) as session:
            value = session.execute(text(f"SELECT value FROM counter WHERE id = 1{lock}")).scalar_one()
            session.execute(text("UPDATE counter SET value = :value"), {"value": value + 1})

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(count, range(40)))
    assert _value(engine) == 40


def test_a_block_that_raises_leaves_nothing_behind(engine: Engine) -> None:
    with pytest.raises(RuntimeError), writing(engine) as session:
        session.execute(text("UPDATE counter SET value = 7"))
        raise RuntimeError
    assert _value(engine) == 0


def test_a_reading_session_keeps_nothing(engine: Engine) -> None:
    with reading(engine) as session:
        session.execute(text("UPDATE counter SET value = 7"))
    assert _value(engine) == 0


def test_foreign_keys_are_enforced(engine: Engine) -> None:
    with pytest.raises(IntegrityError), writing(engine) as session:
        session.execute(
            text("INSERT INTO bank_cards VALUES ('1', 'nobody', 'bank', '1234', :yes, :yes)"), {"yes": True}
        )


def test_errors_do_not_show_parameters(engine: Engine) -> None:
    with pytest.raises(IntegrityError) as caught, writing(engine) as session:
        change = text("UPDATE counter SET value = NULL WHERE id = :id OR value <> :secret")
        session.execute(change, {"id": 1, "secret": 990000008})
    assert "990000008" not in str(caught.value)


async def test_a_call_that_takes_too_long_is_given_up() -> None:
    released = threading.Event()
    with pytest.raises(DatabaseUnavailable) as caught:
        await run(lambda: released.wait(20), 0.05)
    released.set()
    assert caught.value.cause == "timeout"


@pytest.mark.parametrize("outcome", [None, OperationalError("", {}, Exception())], ids=["answered", "failed"])
async def test_a_cancellation_is_never_lost_however_late_it_comes(outcome: Optional[Exception]) -> None:
    came_too_late = False
    steps = 0
    while not came_too_late:
        task = asyncio.create_task(run(lambda: None, 5.0, _Finished(outcome)))
        for _ in range(steps):
            await asyncio.sleep(0)
        came_too_late = not task.cancel()
        ended = (await asyncio.gather(task, return_exceptions=True))[0]
        assert came_too_late or isinstance(ended, asyncio.CancelledError), f"lost after {steps} steps"
        steps += 1
    assert steps > 1


async def test_a_failing_call_names_the_error_and_nothing_else(engine: Engine) -> None:
    def fail() -> None:
        with reading(engine) as session:
            session.execute(text("SELECT * FROM nowhere WHERE phone = :phone"), {"phone": "19900000008"})

    with pytest.raises(DatabaseUnavailable) as caught:
        await run(fail, 5.0)
    assert caught.value.cause in ("OperationalError", "UndefinedTable")


def test_processes_may_migrate_at_the_same_time(url: str) -> None:
    program = "import sys; from dengta.database import migrate; migrate(sys.argv[1], 'dengta.backends')"
    started = [
        subprocess.Popen([sys.executable, "-c", program, url], cwd=ROOT, stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    for process in started:
        _, errors = process.communicate(timeout=120)
        assert (process.returncode, errors) == (0, "")


OPEN = """
import sys
from sqlalchemy import text
from dengta.database import connect, reading
engine = connect(sys.argv[1], 30.0)
print("ready", flush=True)
sys.stdin.read()
with reading(engine) as session:
    session.execute(text("SELECT 1"))
"""


def test_processes_may_open_a_new_database_at_the_same_moment(tmp_path: Path) -> None:
    for attempt in range(5):
        command = [sys.executable, "-c", OPEN, f"sqlite:///{tmp_path / str(attempt)}.db"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        started = [subprocess.Popen(command, cwd=ROOT, text=True, **pipes) for _ in range(6)]
        for process in started:
            assert process.stdout and process.stdout.readline() == "ready\n"
        for process in started:
            assert process.stdin
            process.stdin.close()
        for process in started:
            process.stdin = None
            _, errors = process.communicate(timeout=120)
            assert (process.returncode, errors) == (0, "")


def test_threads_may_migrate_different_databases(tmp_path: Path) -> None:
    urls = [f"sqlite:///{tmp_path / str(number)}.db" for number in range(4)]
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda address: migrate(address, "dengta.backends"), urls))
    for address in urls:
        engine = connect(address, 10.0)
        with reading(engine) as session:
            assert session.execute(text("SELECT version_num FROM alembic_version_backends")).scalar_one() == "0001"
        engine.dispose()
