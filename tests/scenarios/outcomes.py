"""What a dialogue may leave behind: named checks of the databases. Whatever is not named must not have happened."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from dengta.backends.sql.seed import personas
from tests.scenarios.stack import Stack

Rows = set[tuple[Any, ...]]


def check(stack: Stack, conversation_id: str, expected: dict[str, Any]) -> None:
    """Compare both databases with what the scenario says; an unnamed change of the book is a failure."""
    changed = _changes(stack.pristine_book, stack.book)
    if "settled" in expected:
        _settled(stack.book, changed, **expected["settled"])
    elif "redeemed" in expected:
        _redeemed(stack.book, changed, **expected["redeemed"])
    else:
        assert not changed, f"the book changed: {changed}"
    _tickets(stack.conversations, conversation_id, expected.get("tickets", 0))
    if "bound_to" in expected:
        _bound_to(stack, conversation_id, expected["bound_to"])


def _settled(book: Path, changed: dict[str, Rows], loan_no: str, total: str) -> None:
    """Exactly one note was paid off, for exactly this sum (yuan), in one repayment."""
    settlements = _query(book, "SELECT loan_no, total FROM settlements WHERE loan_no = ?", loan_no)
    assert settlements == [(loan_no, _fen(total))], f"settled: {settlements}"
    payments = _query(book, "SELECT amount FROM repayments WHERE loan_no = ? AND kind = 'early_settlement'", loan_no)
    assert payments == [(_fen(total),)], f"payments: {payments}"
    owed = _query(book, "SELECT count(*) FROM instalments WHERE loan_no = ? AND paid_on IS NULL", loan_no)
    assert owed == [(0,)], "an instalment is still open"
    assert set(changed) <= {"settlements", "repayments", "instalments"}, f"changed: {changed}"
    others = {row for rows in changed.values() for row in rows if loan_no not in row}
    assert not others, f"something else changed too: {others}"


def _redeemed(book: Path, changed: dict[str, Rows], code: str, by: str, coupon: str) -> None:
    """Exactly one code was redeemed, by this customer, for one coupon of this name."""
    customer = _customer_id(book, by)
    found = _query(
        book,
        "SELECT r.redeemed_by, c.customer_id, u.name FROM redeem_codes r JOIN coupons c USING (coupon_no)"
        " JOIN coupon_rules u ON u.rule_code = c.rule_code WHERE r.code = ?",
        code,
    )
    assert found == [(customer, customer, coupon)], f"redeemed: {found}"
    assert set(changed) == {"redeem_codes", "coupons"}, f"changed: {changed}"
    assert len(changed["coupons"]) == 1, "more than one coupon was made"


def _tickets(conversations: Path, conversation_id: str, number: int) -> None:
    """So many tickets wait, all of this conversation."""
    waiting = _query(conversations, "SELECT conversation_id FROM ticket WHERE state = 'open'")
    assert waiting == [(conversation_id,)] * number, f"{len(waiting)} tickets"


def _bound_to(stack: Stack, conversation_id: str, persona: str) -> None:
    """The conversation belongs to this customer, or to `nobody`."""
    query = "SELECT customer_id FROM binding WHERE conversation_id = ? AND ended_at IS NULL"
    bound = _query(stack.conversations, query, conversation_id)
    wanted = [] if persona == "nobody" else [(_customer_id(stack.book, persona),)]
    assert bound == wanted, f"bound to {bound}, not {wanted}"


def _changes(before: Path, after: Path) -> dict[str, Rows]:
    old, new = _content(before), _content(after)
    return {table: old[table] ^ new[table] for table in new if old[table] != new[table]}


def _content(book: Path) -> dict[str, Rows]:
    tables = [name for (name,) in _query(book, "SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {table: set(_query(book, f'SELECT * FROM "{table}"')) for table in tables}


def _query(database: Path, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(database, timeout=10)) as connection:
        return connection.execute(statement, values).fetchall()


def _customer_id(book: Path, persona: str) -> str:
    phone = next(p.phone for p in personas() if p.key == persona)
    return str(_query(book, "SELECT customer_id FROM customers WHERE phone = ?", phone)[0][0])


def _fen(yuan: str) -> int:
    return int(yuan.replace(",", "").replace(".", ""))
