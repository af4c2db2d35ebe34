"""Logins through the identity provider, from leaving for it to coming back: each is good once, in one browser."""
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Optional

from sqlalchemy import delete, insert, select
from sqlalchemy.engine import Engine, Row
from sqlalchemy.orm import Session

from dengta.database import Transactions
from dengta.desk.oidc import IdentityProvider, NotProven
from dengta.desk.tables import desk_sign_on
from dengta.single_sign_on import SingleSignOn

LIFETIME = timedelta(minutes=10)


@dataclass(frozen=True)
class Departure:
    """Where a browser goes to log in, and what it has to bring back in a cookie."""

    address: str
    browser: str


class SignOn:
    """The logins that are under way. Every call raises DatabaseUnavailable and ProviderUnavailable."""

    def __init__(self, engine: Engine, settings: SingleSignOn, now: Callable[[], datetime]) -> None:
        """`now` is real time."""
        self._database = Transactions(engine)
        self._provider = IdentityProvider(settings, now)
        self._now = now

    async def begin(self) -> Departure:
        """Send a browser to the provider."""
        state, browser, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(4))
        address = await self._provider.address(state, nonce, verifier)
        expires_at = self._now() + LIFETIME
        row = {"state": _hashed(state), "browser": _hashed(browser), "nonce": nonce, "verifier": verifier}

        def keep(session: Session) -> None:
            session.execute(delete(desk_sign_on).where(desk_sign_on.c.expires_at <= self._now()))
            session.execute(insert(desk_sign_on).values(**row, expires_at=expires_at))

        await self._database.write(keep)
        return Departure(address, browser)

    async def finish(self, state: str, browser: str, code: str) -> str:
        """Return the id of the account of whoever came back.

        Raises:
            NotProven: this browser did not begin it, it was finished before, took too long, or proves nothing.
        """
        begun = await self._database.write(lambda session: self._take(session, state))
        if begun is None or not secrets.compare_digest(begun.browser, _hashed(browser)):
            raise NotProven("not begun in this browser")
        return await self._provider.account(code, begun.nonce, begun.verifier)

    def _take(self, session: Session, state: str) -> Optional[Row]:
        mine = desk_sign_on.c.state == _hashed(state)
        row = session.execute(select(desk_sign_on).where(mine).with_for_update()).one_or_none()
        session.execute(delete(desk_sign_on).where(mine))
        return row if row is not None and row.expires_at > self._now() else None


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
