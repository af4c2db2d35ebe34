"""Logins of agents: opened with a password, known by an opaque id in a cookie, revocable at once.

Only a hash of the id is kept, so a copy of the database logs nobody in. Sessions and locks run on real time, so that a
frozen demo clock does not stop them.
"""
import asyncio
import hashlib
import logging
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Optional

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Engine, Row
from sqlalchemy.orm import Session

from dengta.database import reading, run, writing
from dengta.desk import accounts, agents, passwords
from dengta.desk.agents import Agent
from dengta.desk.passwords import matches
from dengta.desk.tables import agent, desk_session

log = logging.getLogger(__name__)

TRIES = 5
LOCK_TIME = timedelta(minutes=15)
IDLE = timedelta(minutes=30)
LIFETIME = timedelta(hours=12)
_SEEN_EVERY = timedelta(minutes=1)  # how exactly it is known when an agent last did something
_HASHING_AT_ONCE = 2  # each takes 64 MB


class LoginFailed(Exception):
    """Wrong password, unknown or disabled agent, or locked: nobody outside can tell which."""


@dataclass(frozen=True)
class Login:
    """A session that is valid now; `key` names it in the database.

    `seen_at` is when the agent last did something, to the minute. With `must_change` it is good for nothing but
    choosing another password.
    """

    key: str
    agent: Agent
    csrf_token: str
    seen_at: datetime
    expires_at: datetime
    must_change: bool


class Sessions:
    """The sessions of all agents. Every call raises DatabaseUnavailable when the database does not answer."""

    def __init__(
        self, engine: Engine, demo: bool, now: Callable[[], datetime], only_admins_by_password: bool = False
    ) -> None:
        """With `demo` the agents of the demo may log in too; `now` is real time.

        With `only_admins_by_password` everybody else comes through the identity provider (`admit`).
        """
        self._engine = engine
        self._demo = demo
        self._now = now
        self.only_admins_by_password = only_admins_by_password
        self._hashing = asyncio.Semaphore(_HASHING_AT_ONCE)

    async def log_in(self, agent_id: str, password: str, replaced: Optional[str] = None) -> tuple[str, Login]:
        """Open a session and return its id for the cookie; the one in the cookie so far, `replaced`, ends.

        A try is counted before the password is compared, so that trying in parallel gives nobody more tries.

        Raises:
            LoginFailed: after `TRIES` wrong passwords in a row no password is right for `LOCK_TIME`.
        """
        await self._compare(agent_id, password)
        session_id = secrets.token_urlsafe(32)
        return session_id, await run(lambda: self._open(agent_id, session_id, replaced))

    async def admit(self, agent_id: str, replaced: Optional[str] = None) -> tuple[str, Login]:
        """Open a session for whom the identity provider vouches for, and return its id for the cookie.

        Raises:
            LoginFailed: there is no such agent, or they may not log in.
        """
        session_id = secrets.token_urlsafe(32)
        return session_id, await run(
            lambda: self._open(agent_id, session_id, replaced, single_sign_on=True)
        )

    async def change_password(self, login: Login, old: str, new: str) -> None:
        """Give the agent of a session the password they chose; their other sessions end.

        Raises:
            LoginFailed: the old one is wrong; wrong ones are counted as those of logins are.
            WeakPassword: the new one may not be chosen.
        """
        passwords.check(new, old, login.agent.id)
        await self._compare(login.agent.id, old)
        async with self._hashing:
            await run(lambda: self._set_password(login, new))

    async def find(self, session_id: str) -> Optional[Login]:
        """Return the session of a cookie, None if it is unknown, revoked, idle for too long or at its end."""
        found = await self.valid([_key(session_id)])
        return next(iter(found.values()), None)

    async def valid(self, keys: Collection[str]) -> dict[str, Login]:
        """Return those of these sessions that are valid, by key."""
        return await run(lambda: self._valid(keys))

    async def saw(self, login: Login) -> None:
        """Note that the agent did something: their session stays open for another `IDLE`."""
        if login.seen_at < self._now() - _SEEN_EVERY:
            await run(lambda: self._saw(login.key))

    async def log_out(self, login: Login) -> None:
        """End a session."""
        await run(lambda: self._revoke(login.key))

    async def _compare(self, agent_id: str, password: str) -> None:
        password_hash = await run(lambda: self._count_try(agent_id))
        async with self._hashing:
            right = await asyncio.to_thread(matches, password_hash, password)
        if not right:
            raise LoginFailed()

    def _set_password(self, login: Login, new: str) -> None:
        with writing(self._engine) as session:
            accounts.changed_password(session, login.agent.id, new, keeps=login.key)

    def _count_try(self, agent_id: str) -> Optional[str]:
        """Return the hash a password is compared with, None if no password is right."""
        if not agents.is_id(agent_id):
            return None
        now = self._now()
        with writing(self._engine) as session:
            row = session.execute(select(agent).where(agent.c.id == agent_id).with_for_update()).one_or_none()
            if row is None or not self._may_use_password(row) or (row.locked_until and row.locked_until > now):
                return None
            failed = 1 if row.locked_until is not None else row.failed + 1
            locked_until = now + LOCK_TIME if failed >= TRIES else None
            if locked_until is not None:
                log.warning("agent %s is locked unless the password is right now", agent_id)
            session.execute(
                update(agent).where(agent.c.id == agent_id).values(failed=failed, locked_until=locked_until)
            )
            return str(row.password_hash)

    def _open(
        self, agent_id: str, session_id: str, replaced: Optional[str], single_sign_on: bool = False
    ) -> Login:
        now = self._now()
        with writing(self._engine) as session:
            if not agents.is_id(agent_id) or agents.find(session, agent_id) is None:
                raise LoginFailed()
            if not single_sign_on:
                session.execute(update(agent).where(agent.c.id == agent_id).values(failed=0, locked_until=None))
            if replaced is not None:
                self._end(session, _key(replaced))
            key = _key(session_id)
            session.execute(
                insert(desk_session).values(
                    key=key,
                    agent_id=agent_id,
                    csrf_token=secrets.token_urlsafe(32),
                    created_at=now,
                    seen_at=now,
                    expires_at=now + LIFETIME,
                    single_sign_on=single_sign_on,
                )
            )
            login = self._select(session, [key]).get(key)
            if login is None:  # disabled meanwhile
                raise LoginFailed()
            return login

    def _valid(self, keys: Collection[str]) -> dict[str, Login]:
        with reading(self._engine) as session:
            return self._select(session, keys)

    def _select(self, session: Session, keys: Collection[str]) -> dict[str, Login]:
        now = self._now()
        rows = session.execute(
            select(
                desk_session.c.key,
                desk_session.c.csrf_token,
                desk_session.c.seen_at,
                desk_session.c.expires_at,
                desk_session.c.single_sign_on,
                agent,
            )
            .join(agent, agent.c.id == desk_session.c.agent_id)
            .where(
                desk_session.c.key.in_(keys),
                desk_session.c.revoked_at.is_(None),
                desk_session.c.expires_at > now,
                desk_session.c.seen_at > now - IDLE,
            )
        )
        return {
            row.key: Login(
                row.key,
                agents.of(row),
                row.csrf_token,
                row.seen_at,
                row.expires_at,
                must_change=row.must_change and not row.single_sign_on,
            )
            for row in rows
            if self._may_log_in(row)
        }

    def _saw(self, key: str) -> None:
        with writing(self._engine) as session:
            session.execute(update(desk_session).where(desk_session.c.key == key).values(seen_at=self._now()))

    def _revoke(self, key: str) -> None:
        with writing(self._engine) as session:
            self._end(session, key)

    def _end(self, session: Session, key: str) -> None:
        ended = (desk_session.c.key == key) & desk_session.c.revoked_at.is_(None)
        session.execute(update(desk_session).where(ended).values(revoked_at=self._now()))

    def _may_use_password(self, row: Row) -> bool:
        return self._may_log_in(row) and (row.role == "admin" or not self.only_admins_by_password)

    def _may_log_in(self, row: Row) -> bool:
        return row.disabled_at is None and (self._demo or not row.demo)


def _key(session_id: str) -> str:
    return hashlib.sha256(session_id.encode()).hexdigest()
