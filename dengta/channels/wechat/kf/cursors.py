"""How far each kf account has been read, shared by all processes: one at a time reads an account.

A callback is noted before it is acknowledged, so that somebody reads the account even if this process dies. Whoever
reads holds a lease; a callback that comes meanwhile makes the account due again. The cursor moves after what was read
is stored: a crash in between reads it once more, and messages are known by their msgid. Everything here runs on real
time.
"""
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Optional

from sqlalchemy import and_, case, or_, select, update
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from dengta.channels.wechat.tables import kf_cursor
from dengta.clock import real_time
from dengta.database import Transactions

LEASE = timedelta(seconds=15)
TOKEN_LASTS = timedelta(minutes=10)  # path/94670
READ_AGAIN_AFTER = timedelta(minutes=5)  # without a callback: one may have been lost


@dataclass(frozen=True)
class Reading:
    """The right to read an account from `cursor` on, as `lease` proves; `token` is that of a recent callback."""

    open_kfid: str
    lease: str
    cursor: Optional[str]
    token: Optional[str] = field(repr=False)


class Cursors:
    """The accounts with news. Every call raises DatabaseUnavailable when the database does not answer."""

    def __init__(self, engine: Engine) -> None:
        self._database = Transactions(engine)

    async def note(self, open_kfid: str, token: str) -> None:
        """Note a callback: the account is due, and may be read with `token`."""
        await self._database.write(lambda session: _note(session, open_kfid, token))

    async def due(self) -> Sequence[str]:
        """Return the accounts that are to be read and that nobody reads."""
        due = select(kf_cursor.c.open_kfid).where(_due())
        return await self._database.read(lambda session: session.execute(due).scalars().all())

    async def claim(self, open_kfid: str) -> Optional[Reading]:
        """Take an account that is due; None if it is not, or somebody reads it."""
        return await self._database.write(lambda session: _claim(session, open_kfid))

    async def renew(self, claimed: Reading) -> bool:
        """Keep an account for another `LEASE`; False if somebody else has taken it."""
        return await self._change(claimed, lease_until=real_time() + LEASE)

    async def move(self, claimed: Reading, cursor: Optional[str]) -> bool:
        """Note that everything before `cursor` is stored; False if somebody else has taken the account."""
        return await self._change(claimed, cursor=cursor)

    async def done(self, claimed: Reading) -> None:
        """Give an account back that was read to its end."""
        await self._change(claimed, lease=None, lease_until=None)

    async def failed(self, claimed: Reading, pause: timedelta) -> None:
        """Give an account back that could not be read, and make it due after a `pause` at the latest."""
        again = real_time() + pause
        sooner = case([(kf_cursor.c.due_at < again, kf_cursor.c.due_at)], else_=again)
        await self._change(claimed, lease=None, lease_until=None, due_at=sooner)

    async def _change(self, claimed: Reading, **values: object) -> bool:
        mine = and_(kf_cursor.c.open_kfid == claimed.open_kfid, kf_cursor.c.lease == claimed.lease)

        def work(session: Session) -> bool:
            return bool(session.execute(update(kf_cursor).where(mine).values(**values)).rowcount)

        return await self._database.write(work)


def _note(session: Session, open_kfid: str, token: str) -> None:
    now = real_time()
    news = {"due_at": now, "token": token, "token_until": now + TOKEN_LASTS}
    if _renewed(session, open_kfid, news):
        return
    try:
        with session.begin_nested():
            session.execute(kf_cursor.insert().values(open_kfid=open_kfid, **news))
    except IntegrityError:  # another process was first
        _renewed(session, open_kfid, news)


def _renewed(session: Session, open_kfid: str, news: dict[str, object]) -> bool:
    known = update(kf_cursor).where(kf_cursor.c.open_kfid == open_kfid)
    return bool(session.execute(known.values(**news)).rowcount)


def _claim(session: Session, open_kfid: str) -> Optional[Reading]:
    wanted = select(kf_cursor).where(kf_cursor.c.open_kfid == open_kfid, _due())
    row = session.execute(wanted.with_for_update()).first()
    if row is None:
        return None
    now, lease = real_time(), secrets.token_hex(16)
    session.execute(
        update(kf_cursor)
        .where(kf_cursor.c.open_kfid == open_kfid)
        .values(lease=lease, lease_until=now + LEASE, due_at=now + READ_AGAIN_AFTER)
    )
    token = row.token if row.token is not None and row.token_until > now else None
    return Reading(open_kfid, lease, row.cursor, token)


def _due() -> ColumnElement:
    """Free and due, or abandoned by whoever read it."""
    free = and_(kf_cursor.c.lease.is_(None), kf_cursor.c.due_at <= real_time())
    return or_(free, kf_cursor.c.lease_until <= real_time())
