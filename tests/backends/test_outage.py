"""A book that is gone, locked or slow is `Unavailable`, never "no records", and heals by itself."""
import logging
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from dengta.backends import Backends
from dengta.backends.loan import LoanStatus
from dengta.backends.outcomes import Found, Unavailable
from dengta.backends.sql import build
from dengta.database import connect, writing
from tests.backends.books import BUSINESS_DATE, customer, found, note, opened, remove
from tests.databases import empty_database

PHONE = "19900000008"


def _calls(backends: Backends) -> tuple[Any, ...]:
    return (
        lambda: backends.customer.by_phone(PHONE),
        lambda: backends.customer.get("C000008"),
        lambda: backends.customer.bank_cards("C000008"),
        lambda: backends.loan.products(),
        lambda: backends.loan.notes("C000008"),
        lambda: backends.loan.schedule("C000008", "JD972393374038"),
        lambda: backends.limit.limit("C000008"),
        lambda: backends.repayment.repayments("C000008"),
        lambda: backends.repayment.debit_attempts("C000008"),
        lambda: backends.repayment.quote_settlement("C000008", "JD972393374038", BUSINESS_DATE),
        lambda: backends.repayment.settle("C000008", "JD972393374038", Decimal("8248.21"), "key-1"),
        lambda: backends.application.applications("C000008"),
        lambda: backends.application.disbursements("C000008"),
        lambda: backends.coupon.coupons("C000008"),
        lambda: backends.coupon.preview_redeem("C000008", "LBH4TRN92M"),
        lambda: backends.coupon.redeem("C000008", "LBH4TRN92M", "key-1"),
    )


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_a_book_without_tables_is_unavailable(kind: str, tmp_path: Path) -> None:
    with empty_database(kind, tmp_path) as url, opened(url) as backends:
        for call in _calls(backends):
            assert isinstance(await call(), Unavailable)


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    with opened("postgresql://postgres@127.0.0.1:1/postgres") as backends:
        for call in _calls(backends):
            assert await call() == Unavailable("OperationalError")


async def test_a_book_that_disappears_is_unavailable_and_no_customer_data_is_logged(
    book_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    remove(book_url)
    with opened(book_url) as backends:
        for call in _calls(backends):
            assert isinstance(await call(), Unavailable)
    assert "database call failed" in caplog.text
    for secret in (PHONE, "C000008", "JD972393374038", "LBH4TRN92M"):
        assert secret not in caplog.text


async def test_reads_go_on_beside_a_writer_and_changes_give_up(book_url: str) -> None:
    blocker = connect(book_url, 10.0)
    with opened(book_url, timeout=0.5) as backends:
        customer_id = await customer(backends, "current")
        with writing(blocker) as session:
            session.execute(text("UPDATE loan_notes SET under_review = under_review"))
            loan = await note(backends, customer_id)
            quote = found(await backends.repayment.quote_settlement(customer_id, loan.loan_no, BUSINESS_DATE))
            refused = await backends.repayment.settle(customer_id, loan.loan_no, quote.total, "key-1")
            assert isinstance(refused, Unavailable)
        assert (await note(backends, customer_id)).status is LoanStatus.CURRENT
        assert isinstance(await backends.repayment.settle(customer_id, loan.loan_no, quote.total, "key-1"), Found)
    blocker.dispose()


async def test_a_slow_book_is_unavailable_after_the_timeout_and_answers_again(read_url: str) -> None:
    with _Gated(read_url, "SELECT") as (backends, gate):
        gate.clear()
        assert await backends.customer.by_phone(PHONE) == Unavailable("timeout")
        gate.set()
        assert found(await backends.customer.by_phone(PHONE)).name == "王海青"


async def test_a_change_that_comes_too_late_is_not_made(book_url: str) -> None:
    with _Gated(book_url, "INSERT") as (backends, gate), opened(book_url) as witness:
        customer_id = await customer(witness, "current")
        loan = await note(witness, customer_id)
        quote = found(await witness.repayment.quote_settlement(customer_id, loan.loan_no, BUSINESS_DATE))
        gate.clear()
        late = await backends.repayment.settle(customer_id, loan.loan_no, quote.total, "key-1")
        assert late == Unavailable("timeout")
        gate.set()
        # A writer gets its turn only after the late transaction has ended, one way or the other.
        engine = connect(book_url, 10.0)
        with writing(engine) as session:
            session.execute(text("UPDATE loan_notes SET under_review = under_review"))
        engine.dispose()
        assert (await note(witness, customer_id)).status is LoanStatus.CURRENT


class _Gated:
    """Adapters whose statements of one kind wait until a gate is opened; they time out after 0.3 seconds."""

    def __init__(self, url: str, kind: str) -> None:
        self._backends = build(url, 0.3)
        self._kind = kind
        self._gate = threading.Event()
        self._gate.set()

    def __enter__(self) -> tuple[Backends, threading.Event]:
        engine = self._backends.customer.book.engine
        event.listen(engine, "before_cursor_execute", self._wait)
        return self._backends, self._gate

    def __exit__(self, *_error: object) -> None:
        self._gate.set()
        self._backends.customer.book.engine.dispose()

    def _wait(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith(self._kind):
            self._gate.wait(20)
