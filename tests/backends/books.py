"""Demo books on either database for one test run."""
import shutil
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Iterator

from sqlalchemy.engine import make_url

from dengta.backends import Backends
from dengta.backends.loan import LoanNote
from dengta.backends.outcomes import Found
from dengta.backends.sql import build
from dengta.backends.sql.seed import personas, seed
from dengta.database import migrate
from tests.databases import drop, empty_database

BUSINESS_DATE = date(2026, 11, 22)


@contextmanager
def pristine_book(kind: str, folder: Path) -> Iterator[str]:
    """Yield the URL of a seeded book that nobody else uses."""
    with empty_database(kind, folder) as url:
        migrate(url, "dengta.backends")
        seed(url, BUSINESS_DATE)
        yield url


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
        drop(url)
