"""A whole demo book on one date, for tests that compare its parts."""
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, Iterator

from sqlalchemy import select
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from dengta.backends.sql import tables
from dengta.backends.sql.notes import StoredNote, stored_notes
from dengta.backends.sql.seed import seed
from dengta.clock import SHANGHAI
from dengta.database import connect, migrate, reading

DATES = [
    date(2026, 11, 22),
    date(2027, 2, 28),
    date(2027, 3, 1),
    date(2027, 3, 30),
    date(2028, 2, 29),
    date(2028, 12, 31),
    date(2029, 1, 1),
]


class Whole:
    """A whole book on one date."""

    def __init__(self, session: Session, on: date) -> None:
        self.session, self.on = session, on
        self.customers = self.rows(tables.customers)
        self.notes = [note for person in self.customers for note in stored_notes(session, person.customer_id, on)]

    def rows(self, table: Any) -> list[Row]:
        return self.session.execute(select(table)).all()

    def of_note(self, table: Any, note: StoredNote) -> list[Row]:
        return self.session.execute(select(table).filter_by(loan_no=note.row.loan_no)).all()

    @property
    def morning(self) -> datetime:
        return datetime(self.on.year, self.on.month, self.on.day, 0, 10, tzinfo=SHANGHAI)


@contextmanager
def whole_book(folder: Path, on: date) -> Iterator[Whole]:
    """Yield a freshly seeded book."""
    url = f"sqlite:///{folder / 'book.db'}"
    migrate(url, "dengta.backends")
    seed(url, on)
    engine = connect(url, 10.0)
    with reading(engine) as session:
        yield Whole(session, on)
    engine.dispose()
