"""The demo book: at least 200 synthetic customers in every state a real book has, the same ones on the same date."""
import hashlib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from sqlalchemy import delete, insert, select, text
from sqlalchemy.orm import Session

from dengta.backends.sql.seed.customers import add_customer
from dengta.backends.sql.seed.plan import catalogue, persona_plans
from dengta.backends.sql.seed.rows import Rows
from dengta.backends.sql.seed.variations import generated_plans
from dengta.backends.sql.tables import coupon_rules, customers, demo_book, metadata, products
from dengta.database import connect, writing

_PATIENCE = 60.0  # seconds to wait for another process that writes the book


class NotADemoBook(Exception):
    """The database holds customers that this package did not put there; nothing has been changed."""


@dataclass(frozen=True)
class Persona:
    """A demo customer somebody can log in as; `about` is one line of Chinese."""

    key: str
    name: str
    phone: str
    about: str


def personas() -> tuple[Persona, ...]:
    """Return the demo customers written by hand."""
    return tuple(Persona(plan.key, plan.name, plan.phone, plan.about) for plan in persona_plans())


def seed(url: str, today: date) -> None:
    """Fill a migrated database with the demo book of a business date.

    A book of the same date, made by the same version of this package, is left alone with all that customers did in
    it; any other demo book is replaced in one transaction.

    Raises:
        NotADemoBook: the database holds a real book.
        SQLAlchemyError: the database is not migrated or cannot be written.
    """
    engine = connect(url, _PATIENCE)
    try:
        with writing(engine) as session:
            _wait_for_turn(session)
            if _is_current(session, today):
                return
            _clear(session)
            _book(today).write(session)
            session.execute(insert(demo_book).values(business_date=today, edition=_edition()))
    finally:
        engine.dispose()


def _wait_for_turn(session: Session) -> None:
    if session.connection().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE demo_book IN EXCLUSIVE MODE"))


def _is_current(session: Session, today: date) -> bool:
    book = session.execute(select(demo_book)).first()
    if book is None and session.execute(select(customers.c.customer_id).limit(1)).first() is not None:
        raise NotADemoBook("the loan book holds customers of another origin; seeding would delete them")
    return book is not None and (book.business_date, book.edition) == (today, _edition())


def _clear(session: Session) -> None:
    for table in reversed(metadata.sorted_tables):
        session.execute(delete(table))


def _book(today: date) -> Rows:
    rows = Rows()
    for entry in catalogue("products"):
        rows.add(products, **_typed(entry, ("annual_rate", "upfront_fee_rate", "min_amount", "max_amount")))
    for entry in catalogue("coupons"):
        rule = _typed(entry, ("value", "min_amount"))
        rows.add(coupon_rules, product_code=rule.pop("product"), **rule)
    for index, plan in enumerate((*persona_plans(), *generated_plans()), start=1):
        add_customer(rows, index, plan, today)
    return rows


def _typed(entry: dict[str, object], decimals: tuple[str, ...]) -> dict[str, object]:
    return {name: Decimal(str(value)) if name in decimals else value for name, value in entry.items()}


def _edition() -> str:
    """Name the version of the book by what it is made from."""
    digest = hashlib.sha256()
    for file in sorted(Path(__file__).parent.iterdir()):
        if file.suffix in (".py", ".yml"):
            digest.update(file.read_bytes())
    return digest.hexdigest()
