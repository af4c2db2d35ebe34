"""Databases for tests, each test with its own: empty, a copy of another, or one with the tables of conversations."""
import atexit
import os
import shutil
import sqlite3
import tempfile
import uuid
from contextlib import ExitStack, closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Iterator

import psycopg2
from sqlalchemy.engine import make_url

from dengta.database import migrate

POSTGRES = os.environ.get("DENGTA_TEST_POSTGRES_URL") or "postgresql://postgres@127.0.0.1:5432/postgres"

_TEMPLATES = ExitStack()
atexit.register(_TEMPLATES.close)


@contextmanager
def empty_database(kind: str, folder: Path) -> Iterator[str]:
    """Yield the URL of a database without tables; `kind` is `sqlite` or `postgresql`."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'empty.db'}"
        return
    name = _new_name()
    with _created(name, f"CREATE DATABASE {name}") as url:
        yield url


@contextmanager
def copy_of(url: str, folder: Path) -> Iterator[str]:
    """Yield the URL of a private copy of a database."""
    if url.startswith("sqlite"):
        target = folder / "copy.db"
        with closing(sqlite3.connect(make_url(url).database)) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
        yield f"sqlite:///{target}"
        return
    name = _new_name()
    with _created(name, f"CREATE DATABASE {name} TEMPLATE {make_url(url).database}") as copy_url:
        yield copy_url


@contextmanager
def conversations(kind: str, folder: Path) -> Iterator[str]:
    """Yield the URL of a migrated database of conversations, as `dengta up` leaves it; migrated once per run."""
    if kind == "sqlite":
        shutil.copyfile(make_url(_migrated(kind)).database, folder / "dengta.db")
        yield f"sqlite:///{folder / 'dengta.db'}"
        return
    with copy_of(_migrated(kind), folder) as url:
        yield url


@cache
def _migrated(kind: str) -> str:
    folder = _TEMPLATES.enter_context(tempfile.TemporaryDirectory())
    url = _TEMPLATES.enter_context(empty_database(kind, Path(folder)))
    for package in ("dengta.conversation", "dengta.privacy"):
        migrate(url, package)
    return url


def drop(url: str) -> None:
    """Make a PostgreSQL database disappear while it is in use."""
    _administer(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")


def _new_name() -> str:
    return f"dengta_test_{uuid.uuid4().hex[:12]}"


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
