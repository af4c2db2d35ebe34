"""The demo book is the same on the same date, is left alone while it is current, and never replaces a real one."""
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Iterator

import pytest
from sqlalchemy import delete, select

from dengta.backends.outcomes import Found
from dengta.backends.sql.seed import NotADemoBook, seed
from dengta.backends.sql.tables import demo_book, loan_notes, metadata
from dengta.database import connect, migrate, reading, writing
from tests.backends.books import BUSINESS_DATE, customer, found, note, opened
from tests.databases import empty_database


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with empty_database(request.param, tmp_path) as url:
        migrate(url, "dengta.backends")
        yield url


def _content(url: str) -> dict[str, list[Any]]:
    engine = connect(url, 10.0)
    try:
        with reading(engine) as session:
            return {t.name: sorted(map(tuple, session.execute(select(t))), key=repr) for t in metadata.sorted_tables}
    finally:
        engine.dispose()


def test_both_databases_hold_the_same_book(tmp_path: Path, empty_url: str) -> None:
    seed(empty_url, BUSINESS_DATE)
    reference = f"sqlite:///{tmp_path / 'reference.db'}"
    migrate(reference, "dengta.backends")
    seed(reference, BUSINESS_DATE)
    assert _content(empty_url) == _content(reference)


async def test_a_current_book_keeps_what_customers_did(empty_url: str) -> None:
    seed(empty_url, BUSINESS_DATE)
    with opened(empty_url) as backends:
        customer_id = await customer(backends, "redeemer")
        found(await backends.coupon.redeem(customer_id, "LBX8B3Q5K9", "key-1"))
    before = _content(empty_url)
    seed(empty_url, BUSINESS_DATE)
    assert _content(empty_url) == before


async def test_a_book_of_yesterday_is_rebuilt(empty_url: str) -> None:
    seed(empty_url, BUSINESS_DATE - timedelta(days=1))
    seed(empty_url, BUSINESS_DATE)
    with opened(empty_url) as backends:
        customer_id = await customer(backends, "due_today")
        loan = await note(backends, customer_id)
        schedule = found(await backends.loan.schedule(customer_id, loan.loan_no))
        assert schedule[loan.paid_periods].due_date == BUSINESS_DATE


def test_numbers_and_amounts_do_not_change_with_the_date(empty_url: str) -> None:
    def notes() -> list[Any]:
        engine = connect(empty_url, 10.0)
        with reading(engine) as session:
            columns = (loan_notes.c.loan_no, loan_notes.c.customer_id, loan_notes.c.principal)
            rows = [tuple(row) for row in session.execute(select(*columns).order_by(loan_notes.c.loan_no))]
        engine.dispose()
        return rows

    seed(empty_url, BUSINESS_DATE)
    before = notes()
    seed(empty_url, date(2028, 2, 29))
    assert notes() == before


def test_a_real_book_is_never_touched(empty_url: str) -> None:
    seed(empty_url, BUSINESS_DATE)
    engine = connect(empty_url, 10.0)
    with writing(engine) as session:
        session.execute(delete(demo_book))
    engine.dispose()
    before = _content(empty_url)
    with pytest.raises(NotADemoBook):
        seed(empty_url, BUSINESS_DATE + timedelta(days=1))
    assert _content(empty_url) == before


async def test_two_processes_may_seed_at_once(empty_url: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: seed(empty_url, BUSINESS_DATE), range(4)))
    with opened(empty_url) as backends:
        assert isinstance(await backends.customer.by_phone("19900000240"), Found)
