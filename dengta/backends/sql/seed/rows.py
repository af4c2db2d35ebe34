"""The rows of a book under construction, and the moments they carry."""
from collections import defaultdict
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Table, insert
from sqlalchemy.orm import Session

from dengta.backends.sql.tables import metadata
from dengta.clock import SHANGHAI


class Rows:
    """Rows per table, in the order they were added."""

    def __init__(self) -> None:
        self._rows: dict[str, list[dict[str, Any]]] = defaultdict(list)

    def add(self, table: Table, **values: Any) -> None:
        """Add a row; columns that are not named are NULL."""
        names = [column.name for column in table.columns]
        unknown = values.keys() - set(names)
        if unknown:
            raise TypeError(f"{table.name} has no column {sorted(unknown)}")
        self._rows[table.name].append({name: values.get(name) for name in names})

    def write(self, session: Session) -> None:
        """Insert everything, referred-to tables first."""
        for table in metadata.sorted_tables:
            if self._rows[table.name]:
                session.execute(insert(table), self._rows[table.name])


def moment(day: date, hour: int, minute: int) -> datetime:
    """Return a moment of a day in Shanghai."""
    return datetime.combine(day, time(hour, minute), SHANGHAI)


def days_after(day: date, days: int) -> date:
    """Return the date `days` later (earlier if negative)."""
    return day + timedelta(days=days)
