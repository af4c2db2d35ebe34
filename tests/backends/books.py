"""Demo books on either database for one test run."""
import os
import shutil
import sqlite3
import uuid
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Iterator

import psycopg2
from sqlalchemy.engine import make_url

from dengta.backends import Backends
from dengta.backends.loan import LoanNote
from dengta.backends.outcomes import Found
from dengta.backends.sql import build
from dengta.backends.sql.seed import personas, seed
from dengta.database import migrate

BUSINESS_DATE = date(2026, 11, 22)
POSTGRES = os.environ.get("DENGTA_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres")


@contextmanager
def pristine_book(kind: str, folder: Path) -> Iterator[str]:
    """Yield the URL of a seeded book that nobody else uses."""
    with empty_database(kind, folder) as url:
        migrate(url, "dengta.backends")
        seed(url, BUSINESS_DATE)
        yield url


@contextmanager
def empty_database(kind: str, folder: Path) -> Iterator[str]:
    """Yield the URL of a database without tables."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'book.db'}"
        return
    name = f"dengta_test_{uuid.uuid4().hex[:12]}"
    with _created(name, f"CREATE DATABASE {name}") as url:
        yield url


@contextmanager
def copy_of(url: str, folder: Path) -> Iterator[str]:
    """Yield the URL of a private copy of a book."""
    if url.startswith("sqlite"):
        target = folder / "copy.db"
        with closing(sqlite3.connect(make_url(url).database)) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
        yield f"sqlite:///{target}"
        return
    name = f"dengta_test_{uuid.uuid4().hex[:12]}"
    with _created(name, f"CREATE DATABASE {name} TEMPLATE {make_url(url).database}") as copy_url:
        yield copy_url


@contextmanager
def opened(url: str, timeout: float = 10.0) -> Iterator[Backends]:
    """Yield the adapters on a book and close their connections afterwards."""
    backends = build(url, timeout)
    try:
        yield backends
    finally:
        backends.customer.book.engine.dispose()


def found(outcome: Any) -> Any:
    """Return the value of an outcome that must be `Found`."""
    assert isinstance(outcome, Found), outcome
    return outcome.value


async def customer(backends: Backends, key: str) -> str:
    """Return the customer id of a persona."""
    phone = next(persona.phone for persona in personas() if persona.key == key)
    return found(await backends.customer.by_phone(phone)).customer_id


async def note(backends: Backends, customer_id: str) -> LoanNote:
    """Return the only note of a customer."""
    (only,) = found(await backends.loan.notes(customer_id))
    return only


def remove(url: str) -> None:
    """Make a book disappear while it is in use."""
    database = make_url(url).database
    if url.startswith("sqlite"):
        for file in Path(database).parent.glob(f"{Path(database).name}*"):
            file.unlink()
        shutil.rmtree(Path(database).parent)
    else:
        _administer(f"DROP DATABASE {database} WITH (FORCE)")


@contextmanager
def _created(name: str, statement: str) -> Iterator[str]:
    _administer(statement)
    try:
        yield make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)
    finally:
        _administer(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _administer(statement: str) -> None:
    try:
        connection = psycopg2.connect(POSTGRES, connect_timeout=5)
    except psycopg2.OperationalError:
        raise AssertionError(
            "these tests need PostgreSQL: start one, or name it in DENGTA_TEST_POSTGRES_URL (postgresql://user@host/db)"
        ) from None
    with closing(connection):
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
