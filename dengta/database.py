"""One way to reach a SQL database: engines, reading and writing sessions, migrations, calls off the event loop.

SQLite and PostgreSQL behave alike behind these functions. On SQLite a writing session starts with BEGIN IMMEDIATE, so
that a transaction which reads first and writes later waits for its turn instead of failing half-way; a reading session
sees one snapshot. Both only hold when the driver's own transaction handling is switched off
(https://docs.sqlalchemy.org/en/14/dialects/sqlite.html#pysqlite-serializable).
"""
import asyncio
import logging
import sqlite3
import threading
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager, nullcontext
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Any, ContextManager, Optional, TypeVar

from alembic import command, context
from alembic.config import Config
from sqlalchemy import DateTime, MetaData, Table, create_engine, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool
from sqlalchemy.types import TypeDecorator

from dengta.clock import SHANGHAI

T = TypeVar("T")
log = logging.getLogger(__name__)

_MIGRATION_LOCK = 0x44454E47  # any fixed number: all Dengta processes ask PostgreSQL for the same one
_ONE_MIGRATION = threading.Lock()  # Alembic keeps its context in a global
_WRITERS: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
_INSERT = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
_MIGRATION_WAIT = 60.0  # seconds one process waits while another one migrates
CALL_TIMEOUT = 5.0  # seconds
FIRST_RETRY_SECONDS = 0.5
LAST_RETRY_SECONDS = 8.0


class DatabaseUnavailable(Exception):
    """A call could not be answered; `cause` is `timeout` or the class of the driver's error, never customer data."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


def connect(url: str, timeout: float) -> Engine:
    """Return an engine whose connections give up after `timeout` seconds of waiting; nothing is opened yet.

    `url` names a SQLite file (`sqlite:///path`) or a PostgreSQL database (`postgresql://…`). A SQLite database in
    memory cannot be shared between threads and is not supported.
    """
    build = partial(create_engine, url, future=True, poolclass=QueuePool, pool_timeout=timeout, hide_parameters=True)
    if make_url(url).get_backend_name() == "sqlite":
        engine = build(connect_args={"check_same_thread": False, "timeout": timeout})
        event.listen(engine, "connect", partial(_prepare_sqlite, timeout))
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    milliseconds = int(timeout * 1000)
    limits = f"-c statement_timeout={milliseconds} -c lock_timeout={milliseconds}"
    return build(pool_pre_ping=True, connect_args={"connect_timeout": max(2, int(timeout)), "options": limits})


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """Open a session for reading only; whatever it changes is rolled back."""
    with Session(engine, future=True) as session:
        yield session


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """Open a session that commits at the end of the block and rolls back if the block raises.

    On SQLite there is one writer at a time from the first statement on; on PostgreSQL lock the rows that decide with
    `with_for_update()`.
    """
    with _turn(engine), Session(engine.execution_options(dengta_writes=True), future=True) as session, session.begin():
        yield session


def insertion(session: Session, table: Table) -> Any:
    """Return an INSERT that can be told what to do `on_conflict`, which each database says in its own way."""
    return _INSERT[session.get_bind().dialect.name](table)


def _turn(engine: Engine) -> ContextManager[object]:
    """Queue up the writers of this process for SQLite's only write lock, for which it would have them poll."""
    return _WRITERS[str(engine.url)] if engine.dialect.name == "sqlite" else nullcontext()


class Moment(TypeDecorator):
    """An aware datetime: kept in UTC, read back in Asia/Shanghai, the same on SQLite and PostgreSQL."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: Optional[datetime], dialect: Any) -> Optional[datetime]:
        """Turn an aware datetime into UTC; a naive one is an error."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value.astimezone(timezone.utc)

    def process_result_value(self, value: Optional[datetime], dialect: Any) -> Optional[datetime]:
        """Turn what the database returned into an aware datetime in Asia/Shanghai."""
        if value is None:
            return None
        aware = value if value.tzinfo else value.replace(tzinfo=timezone.utc)
        return aware.astimezone(SHANGHAI)


async def run(call: Callable[[], T], timeout: Optional[float] = None, executor: Optional[Executor] = None) -> T:
    """Run a blocking database call in a thread, one of the event loop's if no `executor` is given; return its result.

    It may take `timeout` seconds, `CALL_TIMEOUT` if none is given. After that the thread may still finish and commit,
    so repeat a change only under the same idempotency key.

    Raises:
        DatabaseUnavailable: no answer in time, or the database failed.
    """
    answer = asyncio.get_running_loop().run_in_executor(executor, call)
    answer.add_done_callback(_take_notice)
    try:
        # asyncio.wait_for would lose a cancellation that comes when the answer is just there (bpo-37658)
        await asyncio.wait({answer}, timeout=CALL_TIMEOUT if timeout is None else timeout)
        if answer.done():
            return answer.result()
        cause = "timeout"
    except SQLAlchemyError as error:
        cause = type(getattr(error, "orig", None) or error).__name__
    finally:
        answer.cancel()
    log.warning("database call failed: %s", cause)
    raise DatabaseUnavailable(cause)


def _take_notice(answer: "asyncio.Future[Any]") -> None:
    """Keep asyncio from logging the error of a call that nobody waits for any more."""
    if not answer.cancelled():
        answer.exception()


class Transactions:
    """A database as a store sees it: each piece of work is one transaction, off the event loop.

    Both raise DatabaseUnavailable when there is no answer within `timeout` seconds, `CALL_TIMEOUT` if none is given.
    """

    def __init__(self, engine: Engine, timeout: Optional[float] = None) -> None:
        self.engine = engine
        self._timeout = timeout

    async def read(self, work: Callable[[Session], T]) -> T:
        """Return what `work` returns on a reading session."""

        def call() -> T:
            with reading(self.engine) as session:
                return work(session)

        return await run(call, self._timeout)

    async def write(self, work: Callable[[Session], T]) -> T:
        """Return what `work` returns on a session that commits at its end, or changes nothing if it raises."""

        def call() -> T:
            with writing(self.engine) as session:
                return work(session)

        return await run(call, self._timeout)


async def stubbornly(call: Callable[[], Awaitable[T]]) -> T:
    """Repeat a database call until it is answered; for what is safe to repeat and must not be given up."""
    delay = FIRST_RETRY_SECONDS
    while True:
        try:
            return await call()
        except DatabaseUnavailable as error:
            log.warning("database unavailable (%s), next try in %.1f s", error.cause, delay)
        await asyncio.sleep(delay)
        delay = min(2 * delay, LAST_RETRY_SECONDS)


def migrate(url: str, package: str) -> None:
    """Bring a database to the newest revision of `<package>/migrations`; create its directory and file if needed.

    Safe to call from several processes or threads at once: the first works, the others wait and find nothing to do.
    `package` is a dotted name, such as `dengta.backends`; its `migrations/env.py` calls `run_migrations`.
    """
    logging.getLogger("alembic").setLevel(logging.WARNING)
    file = make_url(url).database if url.startswith("sqlite") else None
    if file:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
    engine = connect(url, _MIGRATION_WAIT)
    try:
        with _ONE_MIGRATION, engine.execution_options(dengta_writes=True).begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
            command.upgrade(migration_config(package, connection), "head")
    finally:
        engine.dispose()


def migration_config(package: str, connection: Connection) -> Config:
    """Return Alembic's configuration for the migrations of a package on an open connection."""
    config = Config()
    config.set_main_option("script_location", f"{package}:migrations")
    config.attributes["connection"] = connection
    config.attributes["version_table"] = version_table(package)
    return config


def version_table(package: str) -> str:
    """Return the table in which a package keeps its revision, so that several packages may share a database."""
    return f"alembic_version_{package.rpartition('.')[2]}"


def run_migrations(metadata: MetaData) -> None:
    """Run the revisions on the connection of `migrate`, inside its transaction; the whole body of an `env.py`."""
    connection: Connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=metadata,
        transactional_ddl=True,
        version_table=context.config.attributes["version_table"],
    )
    context.run_migrations()


def _prepare_sqlite(timeout: float, connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")
    _write_ahead(connection, time.monotonic() + timeout)


def _write_ahead(connection: sqlite3.Connection, deadline: float) -> None:
    # While another process makes the same switch, SQLite refuses this one at once instead of waiting.
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("dengta_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
