"""Every sum a customer may be told: what the book holds about them, today's settlement quotes, sums over both."""

import asyncio
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

from dengta import clock
from dengta.backends import Backends, bills
from dengta.backends.loan import Instalment
from dengta.backends.sql import build
from dengta.clock import SHANGHAI

_YUAN = re.compile(r"([\d,]+\.\d\d) 元")


def unknown(text: str, book: Path, phone: str, now: str) -> set[str]:
    """Return the sums in a text that the book, as of the moment `now`, has nothing to do with."""
    return set(_YUAN.findall(text)) - _figures(book, phone, datetime.fromisoformat(now).replace(tzinfo=SHANGHAI))


@cache
def _figures(book: Path, phone: str, now: datetime) -> set[str]:
    with closing(sqlite3.connect(book)) as connection:
        rules = connection.execute("SELECT value, min_amount FROM coupon_rules").fetchall()
    terms = {Decimal(str(value)) for value, _ in rules} | {Decimal(amount) / 100 for _, amount in rules}
    with patch("dengta.clock.now", return_value=now):
        sums = asyncio.run(_sums(build(f"sqlite:///{book}", 10.0), phone))
    return {f"{amount:,.2f}" for amount in sums | terms | {Decimal(0)}}


async def _sums(backends: Backends, phone: str) -> set[Decimal]:
    customer_id = (await backends.customer.by_phone(phone)).value.customer_id
    notes = (await backends.loan.notes(customer_id)).value
    open_notes = [note for note in notes if note.status.is_open]
    schedules = [(await backends.loan.schedule(customer_id, note.loan_no)).value for note in open_notes]
    quotes = [await backends.repayment.quote_settlement(customer_id, n.loan_no, clock.today()) for n in open_notes]
    answers: list[Any] = [
        notes,
        schedules,
        quotes,
        await backends.loan.products(),
        await backends.limit.limit(customer_id),
        await backends.repayment.repayments(customer_id),
        await backends.repayment.debit_attempts(customer_id),
        await backends.application.applications(customer_id),
        await backends.application.disbursements(customer_id),
    ]
    return set(_decimals(answers)) | set(_totals(schedules))


def _totals(schedules: Sequence[Sequence[Instalment]]) -> Iterator[Decimal]:
    yield bills.owed(i for schedule in schedules for i in bills.overdue(schedule))
    current = [bills.current(schedule) for schedule in schedules]
    yield bills.owed(i for i in current if i is not None)


def _decimals(value: Any) -> Iterator[Decimal]:
    """Walk through outcomes, lists and dataclasses with their computed sums."""
    if isinstance(value, Decimal):
        yield value
    elif is_dataclass(value):
        computed = [name for name, member in vars(type(value)).items() if isinstance(member, property)]
        names = [*(field.name for field in fields(value)), *computed]
        yield from (found for name in names for found in _decimals(getattr(value, name)))
    elif isinstance(value, (list, tuple)):
        yield from (found for item in value for found in _decimals(item))
