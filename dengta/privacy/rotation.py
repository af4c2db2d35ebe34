"""Changing data keys under running processes: a new key, everything sealed anew with it, the old key destroyed.

A rotation goes through the tables in short transactions and can be killed at any time: the next `rotate` goes on with
the same new key. Rows are locked while their values are replaced, and rows that somebody else holds are left for the
second pass, so no writer waits for long and none loses a change.
"""
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Optional

from sqlalchemy import Column, MetaData, String, Table, and_, func, literal, select, tuple_, update
from sqlalchemy.engine import Engine, Row
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement, Select

from dengta.clock import SHANGHAI
from dengta.database import reading, writing
from dengta.privacy import audit
from dengta.privacy.boxes import Unreadable
from dengta.privacy.keys import DataKeys, add_key, lock_keys, unwrap, wrap
from dengta.privacy.master import master
from dengta.privacy.tables import data_key
from dengta.privacy.vault import Vault

BATCH = 100  # rows replaced in one transaction: milliseconds, for which the other writers of SQLite wait
BREATHER = 0.05  # seconds between transactions, so that they get their turn
TAKEN_UP_AFTER = timedelta(seconds=90)  # every process rereads the keys within 60 s, and no call takes 30 s
RETIRED_AFTER = timedelta(minutes=5)


class KeyInUse(Exception):
    """A data key cannot be retired; the message is one sentence for the operator."""


@dataclass(frozen=True)
class SealedColumn:
    """A column whose values are sealed: `key_columns` identify a row, `place` tells from a row where it was sealed."""

    table: Table
    key_columns: Sequence[Column]
    column: Column
    place: Callable[[Row], str]


@dataclass(frozen=True)
class Batch:
    """What one transaction did to a column: how many values it sealed anew."""

    column: SealedColumn
    resealed: int


def rotate(
    engine: Engine, columns: Sequence[SealedColumn], pause: Callable[[float], None] = time.sleep
) -> Iterator[Batch]:
    """Make a new data key, or take up the last rotation if it was interrupted, and seal every value with it.

    Processes seal with the old key for up to a minute more, so there is a second pass once they all know the new one;
    `pause` waits the seconds until then. Values that cannot be read stay as they are.

    Raises:
        KeyFileError, SQLAlchemyError: run it again when the reason is gone.
    """
    keys = DataKeys(engine, master())
    key_id, made_at = _begin(engine)
    keys.get(key_id)  # from now on it is known here, and seals
    vault = Vault(keys, master().index)
    yield from _pass(engine, vault, columns, key_id)
    pause(max(0.0, (made_at + TAKEN_UP_AFTER - _now()).total_seconds()))
    yield from _pass(engine, vault, columns, key_id)
    with writing(engine) as session:
        session.execute(update(data_key).where(data_key.c.id == key_id).values(resealed_at=_now()))
        audit.record(session, "keys_rotated", "operator", f"data_key {key_id}", {})


def retire(engine: Engine, key_id: int) -> None:
    """Destroy a data key that seals nothing any more in any table of the database, known to this program or not.

    Raises:
        KeyInUse: it is the newest, was replaced moments ago, still seals values, or does not exist.
        KeyFileError, SQLAlchemyError.
    """
    with reading(engine) as session:
        keys = {row.id: row for row in session.execute(select(data_key))}
        if key_id not in keys or keys[key_id].retired_at:
            raise KeyInUse(f"There is no data key {key_id}, or no longer.")
        if key_id == max(keys):
            raise KeyInUse(f"Data key {key_id} is the newest and seals what is written now; rotate first.")
        if _now() - keys[key_id + 1].created_at < RETIRED_AFTER:
            raise KeyInUse(f"Data key {key_id} was replaced moments ago; wait five minutes until no process uses it.")
        for column in _texts(session):
            if left := _count(session, column.table, _sealed_with(column, key_id)):
                raise KeyInUse(f"Data key {key_id} still seals {left} values of {column}; rotate again.")
    with writing(engine) as session:
        session.execute(update(data_key).where(data_key.c.id == key_id).values(wrapped=None, retired_at=_now()))
        audit.record(session, "key_retired", "operator", f"data_key {key_id}", {})


def rewrap(engine: Engine) -> int:
    """Wrap every data key with the first wrapping key of the master file; return how many there are.

    Raises:
        KeyFileError: none of the file's wrapping keys opens one of them.
        SQLAlchemyError.
    """
    DataKeys(engine, master())  # refuses a foreign master
    with writing(engine) as session:
        lock_keys(session)
        rows = session.execute(select(data_key).where(data_key.c.wrapped.is_not(None))).all()
        for row in rows:
            wrapped = wrap(master(), row.id, unwrap(master(), row.id, row.wrapped))
            session.execute(update(data_key).where(data_key.c.id == row.id).values(wrapped=wrapped))
        audit.record(session, "keys_rewrapped", "operator", "data_key", {"keys": len(rows)})
    return len(rows)


def count(session: Session, column: SealedColumn, key_id: int) -> int:
    """Return how many values of a column a data key seals."""
    return _count(session, column.table, _sealed_with(column.column, key_id))


def count_others(session: Session, column: SealedColumn, key_id: int) -> int:
    """Return how many values of a column another key seals, or none."""
    return _count(session, column.table, _not_sealed_with(column.column, key_id))


def _begin(engine: Engine) -> tuple[int, datetime]:
    newest = select(data_key).order_by(data_key.c.id.desc()).limit(1)
    with writing(engine) as session:
        lock_keys(session)
        if session.execute(newest).one().resealed_at:
            add_key(session, master())
        key = session.execute(newest).one()
        return key.id, key.created_at


def _pass(engine: Engine, vault: Vault, columns: Sequence[SealedColumn], key_id: int) -> Iterator[Batch]:
    """Go once through all columns and seal whatever another key seals, or none; one transaction for each batch."""
    for column in columns:
        after: Optional[Row] = None
        while True:
            with writing(engine) as session:
                rows = session.execute(_next_rows(column, key_id, after)).all()
                resealed = sum(_reseal(session, vault, column, row) for row in rows)
            if not rows:
                break
            after = rows[-1]
            yield Batch(column, resealed)
            time.sleep(BREATHER)


def _next_rows(column: SealedColumn, key_id: int, after: Optional[Row]) -> Select:
    rows = select(column.table).where(_not_sealed_with(column.column, key_id))
    if after is not None:
        passed = [literal(after._mapping[key], key.type) for key in column.key_columns]
        rows = rows.where(tuple_(*column.key_columns) > tuple_(*passed))
    return rows.order_by(*column.key_columns).limit(BATCH).with_for_update(skip_locked=True)


def _reseal(session: Session, vault: Vault, column: SealedColumn, row: Row) -> bool:
    place = column.place(row)
    try:
        text = vault.open(place, row._mapping[column.column])
    except Unreadable:
        return False
    this_row = and_(*(key == row._mapping[key] for key in column.key_columns))
    session.execute(update(column.table).where(this_row).values({column.column: vault.seal(place, text)}))
    return True


def _texts(session: Session) -> list[Column]:
    """Return every column of the database that can hold a sealed value."""
    found = MetaData()
    found.reflect(session.connection())
    return [column for table in found.tables.values() for column in table.c if isinstance(column.type, String)]


def _sealed_with(column: Column, key_id: int) -> ColumnElement:
    return column.like(f"v1.{key_id}.%")


def _not_sealed_with(column: Column, key_id: int) -> ColumnElement:
    return and_(column.is_not(None), column.not_like(f"v1.{key_id}.%"))


def _count(session: Session, table: Table, condition: ColumnElement) -> int:
    return int(session.execute(select(func.count()).select_from(table).where(condition)).scalar_one())


def _now() -> datetime:
    return datetime.now(SHANGHAI)
