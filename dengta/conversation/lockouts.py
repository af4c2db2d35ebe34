"""Wrong tries per subject: a conversation, or the keyed hash of a phone.

All functions work in the caller's transaction. A subject's row is also what concurrent tries queue at, so that trying
in parallel gives nobody more tries.
"""
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Optional

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from dengta.conversation.tables import lockout

WRONG_CODES_ALLOWED = 3
LOCK_TIME = timedelta(minutes=10)


def hold(session: Session, subject: str, now: datetime) -> None:
    """Make everybody else who holds this subject wait until the transaction ends."""
    row = select(lockout.c.subject).where(lockout.c.subject == subject).with_for_update()
    if session.execute(row).first() is not None:
        return
    try:
        with session.begin_nested():
            session.execute(lockout.insert().values(subject=subject, failures=0, updated_at=now))
    except IntegrityError:  # another transaction was first and has ended by now
        session.execute(row)


def locked_until(session: Session, subjects: Sequence[str], now: datetime) -> Optional[datetime]:
    """Return when the last lock of these subjects ends, None if none of them is locked."""
    return session.execute(
        select(func.max(lockout.c.locked_until)).where(
            lockout.c.subject.in_(subjects), lockout.c.locked_until > now
        )
    ).scalar_one()


def count_wrong(session: Session, subjects: Sequence[str], now: datetime) -> int:
    """Count a wrong try for every subject held, lock the ones that used up theirs; return how many tries are left.

    Tries older than the lock time are forgotten.
    """
    most = 0
    for row in session.execute(select(lockout).where(lockout.c.subject.in_(subjects))).all():
        failures = 1 if now - row.updated_at >= LOCK_TIME else row.failures + 1
        locked = now + LOCK_TIME if failures >= WRONG_CODES_ALLOWED else None
        changed = update(lockout).where(lockout.c.subject == row.subject)
        session.execute(changed.values(failures=failures, locked_until=locked, updated_at=now))
        most = max(most, failures)
    return max(WRONG_CODES_ALLOWED - most, 0)


def forgive(session: Session, subjects: Sequence[str]) -> None:
    """Give the subjects all their tries back."""
    session.execute(update(lockout).where(lockout.c.subject.in_(subjects)).values(failures=0, locked_until=None))
