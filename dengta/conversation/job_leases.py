"""What only one process at a time may do: who holds the lease of a job does it, until it lets go or falls silent."""
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from dengta.conversation.tables import job_lease


def hold(session: Session, job: str, holder: str, now: datetime, lasts: timedelta) -> bool:
    """Take or keep the lease of a job; False while somebody else has it. `now` is real time."""
    lease = session.execute(select(job_lease).where(job_lease.c.job == job).with_for_update()).first()
    if lease is None:
        try:
            with session.begin_nested():
                session.execute(insert(job_lease).values(job=job, holder=holder, until=now + lasts))
        except IntegrityError:  # somebody else was first
            return False
        return True
    if lease.holder != holder and lease.until > now:
        return False
    session.execute(update(job_lease).where(job_lease.c.job == job).values(holder=holder, until=now + lasts))
    return True


def release(session: Session, job: str, holder: str) -> None:
    """Let somebody else begin at once, if the lease is still the holder's."""
    session.execute(delete(job_lease).where(job_lease.c.job == job, job_lease.c.holder == holder))
