"""How much of the time of a deadline has passed, in SQL."""
from datetime import datetime
from typing import Any

from sqlalchemy import Float, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from dengta.database import Moment


class _Seconds(FunctionElement):
    """A moment as a number of seconds, to be calculated with; each database has its own word for it."""

    name = "seconds"
    type = Float()
    inherit_cache = True


@compiles(_Seconds, "sqlite")
def _sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return f"(julianday({compiler.process(element.clauses, **options)}) * 86400)"


@compiles(_Seconds, "postgresql")
def _postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return f"extract(epoch from {compiler.process(element.clauses, **options)})"


def has_passed(starts_at: Any, due_at: Any, percent: int, now: datetime) -> Any:
    """Return the condition that by now so many percent of the time between two columns have passed."""
    if percent == 100:
        return due_at <= now
    start, end = _Seconds(starts_at), _Seconds(due_at)
    return (_Seconds(literal(now, Moment)) - start) * 100 >= (end - start) * percent
