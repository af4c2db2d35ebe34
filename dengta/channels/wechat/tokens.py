"""Access tokens shared by all processes through the database: fetched once, renewed before their end, kept sealed.

Whoever finds no good token takes a lease on the account's row and asks the platform; everybody else reads the row again
until the winner is done, or takes over when the winner's lease has run out. Real time is used, not `dengta.clock`: the
platform lives in it.

Sources: /doc/service/api/base/api_getstableaccesstoken.html, developer.work.weixin.qq.com/document/path/91039.
"""
import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Optional, Union

from sqlalchemy import select, update
from sqlalchemy.engine import Engine, Row
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from dengta.channels.wechat.errors import Busy, Doubtful, Failure, Misconfigured, Unreachable
from dengta.channels.wechat.tables import access_token
from dengta.channels.wechat.transport import Reply, Transport
from dengta.clock import real_time
from dengta.database import reading, run, writing
from dengta.privacy.boxes import Unreadable
from dengta.privacy.vault import Vault

log = logging.getLogger(__name__)

RENEW_BEFORE = timedelta(minutes=5)
RENEW_EVERY = timedelta(minutes=1)  # near its end WeCom may give the same token once more
LEASE = timedelta(seconds=10)  # longer than a fetch may take
LOOK_AGAIN = 0.1  # seconds


@dataclass(frozen=True)
class Fetched:
    """A token as the platform issued it, good for `seconds`."""

    token: str = field(repr=False)
    seconds: int


Fetch = Callable[[], Awaitable[Union[Fetched, Failure]]]


@dataclass(frozen=True)
class _Won:
    """The lease on a renewal, and the token to go on with should it fail."""

    lease: str
    old: Optional[str] = field(repr=False)


def stable_token(transport: Transport, appid: str, secret: str) -> Fetch:
    """Return how an official account's token is fetched; asking again does not invalidate the earlier one."""

    async def fetch() -> Union[Fetched, Failure]:
        body = {"grant_type": "client_credential", "appid": appid, "secret": secret, "force_refresh": False}
        return _fetched(await transport.post("/cgi-bin/stable_token", {}, body))

    return fetch


def corp_token(transport: Transport, corpid: str, secret: str) -> Fetch:
    """Return how the token of a WeCom app is fetched."""

    async def fetch() -> Union[Fetched, Failure]:
        return _fetched(await transport.get("/cgi-bin/gettoken", {"corpid": corpid, "corpsecret": secret}))

    return fetch


class Tokens:
    """The tokens of all accounts. Every call raises DatabaseUnavailable when the database does not answer."""

    def __init__(self, engine: Engine, vault: Vault, now: Callable[[], datetime] = real_time) -> None:
        self._engine = engine
        self._vault = vault
        self._now = now
        self._renewals: dict[tuple[str, Optional[str]], asyncio.Task[Union[str, Failure]]] = {}

    async def current(self, account: str, fetch: Fetch) -> Union[str, Failure]:
        """Return a good token of an account, or why there is none. `account` is public, such as `wechat|<appid>`."""
        fresh = await run(lambda: self._fresh(account))
        return fresh or await self._renewed(account, None, fetch)

    async def replace(self, account: str, refused: str, fetch: Fetch) -> Union[str, Failure]:
        """Return a token for a second try after one was refused, perhaps the same; many callers cause one fetch."""
        return await self._renewed(account, refused, fetch)

    async def _renewed(self, account: str, refused: Optional[str], fetch: Fetch) -> Union[str, Failure]:
        key = (account, refused)
        renewal = self._renewals.get(key)
        if renewal is None:
            renewal = asyncio.create_task(self._renew(account, refused, fetch))
            self._renewals[key] = renewal
            renewal.add_done_callback(lambda _: self._renewals.pop(key))
        return await asyncio.shield(renewal)  # a caller that is cancelled does not waste the fetch

    async def _renew(self, account: str, refused: Optional[str], fetch: Fetch) -> Union[str, Failure]:
        claim = await run(lambda: self._claim(account, refused))
        while claim is None:
            await asyncio.sleep(LOOK_AGAIN)
            claim = await run(lambda: self._claim(account, refused))
        if isinstance(claim, str):
            return claim
        won, asked_at = claim, self._now()
        fetched = await fetch()
        if isinstance(fetched, Fetched):
            await run(lambda: self._keep(account, won.lease, fetched, asked_at))
            return fetched.token
        await run(lambda: self._give_up(account, won.lease))
        return won.old or fetched

    def _fresh(self, account: str) -> Optional[str]:
        with reading(self._engine) as session:
            row = session.execute(select(access_token).where(access_token.c.account == account)).first()
        token = self._good(row, None)
        return token if token and not self._is_due(row) else None

    def _claim(self, account: str, refused: Optional[str]) -> Union[str, _Won, None]:
        """Return a token somebody else has fetched, the lease to fetch one, or None while somebody is fetching it."""
        with writing(self._engine) as session:
            row = _hold(session, account)
            token, now = self._good(row, refused), self._now()
            if token and not self._is_due(row):
                return token
            if row.lease is not None and row.lease_until > now:
                return token
            won = _Won(secrets.token_hex(16), token)
            session.execute(
                update(access_token)
                .where(access_token.c.account == account)
                .values(lease=won.lease, lease_until=now + LEASE)
            )
        return won

    def _keep(self, account: str, lease: str, fetched: Fetched, asked_at: datetime) -> None:
        sealed = self._vault.seal(place(account), fetched.token)
        expires_at = asked_at + timedelta(seconds=fetched.seconds)
        self._end(account, lease, token=sealed, fetched_at=asked_at, expires_at=expires_at)

    def _give_up(self, account: str, lease: str) -> None:
        self._end(account, lease)

    def _end(self, account: str, lease: str, **values: object) -> None:
        with writing(self._engine) as session:
            session.execute(
                update(access_token)
                .where(access_token.c.account == account, access_token.c.lease == lease)
                .values(lease=None, lease_until=None, **values)
            )

    def _good(self, row: Optional[Row], refused: Optional[str]) -> Optional[str]:
        if row is None or row.token is None or row.expires_at <= self._now():
            return None
        try:
            token = self._vault.open(place(row.account), row.token)
        except Unreadable:
            log.warning("the access token of %s cannot be read any more, a new one is fetched", row.account)
            return None
        return token if token != refused else None

    def _is_due(self, row: Row) -> bool:
        now = self._now()
        return bool(row.expires_at - now <= RENEW_BEFORE and now - row.fetched_at >= RENEW_EVERY)


def _fetched(reply: Reply) -> Union[Fetched, Failure]:
    if isinstance(reply, Mapping):
        token, seconds = reply.get("access_token"), reply.get("expires_in")
        if isinstance(token, str) and token and isinstance(seconds, int):
            return Fetched(token, seconds)
        return Unreachable("no access_token")
    if isinstance(reply, Doubtful):  # whatever was to be sent with the token certainly was not
        return Unreachable(reply.cause)
    return reply if isinstance(reply, (Busy, Unreachable)) else Misconfigured(reply.code)


def _hold(session: Session, account: str) -> Row:
    wanted = select(access_token).where(access_token.c.account == account).with_for_update()
    row = session.execute(wanted).first()
    if row is None:
        try:
            with session.begin_nested():
                session.execute(access_token.insert().values(account=account))
        except IntegrityError:  # another process was first
            pass
        row = session.execute(wanted).one()
    return row


def place(account: str) -> str:
    return f"access_token.token|{account}"
