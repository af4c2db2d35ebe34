"""What WeChat still allows to be sent: every action of a customer grants a number of messages for a time.

How grants combine is documented for mini programs only, and in an older text: they do not add up, the larger number and
the longer time hold (可发送客服消息条数不累加, mntuku.cn/index.php/article/show/id-1357). For service accounts it was
asked and not answered (developers.weixin.qq.com/community/personal/oCJUsw2mlCGKvmn7h3e1FsvoZ58s/question). So the
strict reading holds here: a message counts against every open grant, and may be sent while one of them has room. Where
WeChat is stricter still it answers 45047 or 45015, and `exhausted` notes it.

Source: /doc/offiaccount/Customer_Service/Customer_Service_Messages.html.
"""
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import select, update
from sqlalchemy.engine import Engine, Row
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.sql import Select

from dengta.channels.wechat.tables import wechat_grant
from dengta.database import reading, run, writing

Kind = Literal["message", "click", "subscribe", "scan"]

GRANTS: dict[Kind, tuple[int, timedelta]] = {
    "message": (5, timedelta(hours=48)),
    "click": (3, timedelta(minutes=1)),  # on the account's menu or on a msgmenu
    "subscribe": (3, timedelta(minutes=1)),
    "scan": (3, timedelta(minutes=1)),
}


def grant(session: Session, account_key: str, kind: Kind, at: datetime) -> None:
    """Note what a customer did on a session the caller commits, see `Quota.grant`."""
    allowed, lifetime = GRANTS[kind]
    granted = {"granted_at": at, "expires_at": at + lifetime, "allowed": allowed, "used": 0}
    mine = (wechat_grant.c.account_key == account_key) & (wechat_grant.c.kind == kind)
    renewed = session.execute(update(wechat_grant).where(mine, wechat_grant.c.granted_at < at).values(**granted))
    if renewed.rowcount == 0:
        try:
            with session.begin_nested():
                session.execute(wechat_grant.insert().values(account_key=account_key, kind=kind, **granted))
        except IntegrityError:  # it is known, or something newer is
            pass


def exhaust(session: Session, account_key: str) -> None:
    """Note that WeChat takes nothing more on a session the caller commits, see `Quota.exhausted`."""
    session.execute(
        update(wechat_grant)
        .where(wechat_grant.c.account_key == account_key, wechat_grant.c.used < wechat_grant.c.allowed)
        .values(used=wechat_grant.c.allowed)
    )


class Quota:
    """The ledger of all accounts. Every call raises DatabaseUnavailable when the database does not answer.

    `account_key` names one person at one account of ours; it must not be the openid itself.
    """

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        """`now` tells real time, in which the platform lives."""
        self._engine = engine
        self._now = now

    async def grant(self, account_key: str, kind: Kind, at: datetime) -> None:
        """Note what the customer did at the moment `at`, the CreateTime of what WeChat delivered.

        A second delivery of the same message grants nothing new.
        """
        await run(lambda: self._grant(account_key, kind, at))

    async def room(self, account_key: str) -> int:
        """Return how many messages may be sent now."""
        return await run(lambda: self._room(account_key))

    async def take(self, account_key: str) -> bool:
        """Count one message before it is sent; False if it must not be sent."""
        return await run(lambda: self._take(account_key))

    async def exhausted(self, account_key: str) -> None:
        """Note that WeChat takes nothing more before the customer's next action."""
        await run(lambda: self._exhausted(account_key))

    def _grant(self, account_key: str, kind: Kind, at: datetime) -> None:
        with writing(self._engine) as session:
            grant(session, account_key, kind, at)

    def _room(self, account_key: str) -> int:
        with reading(self._engine) as session:
            return _left(session.execute(self._open(account_key)).all())

    def _take(self, account_key: str) -> bool:
        with writing(self._engine) as session:
            grants = session.execute(self._open(account_key).with_for_update()).all()
            if _left(grants) == 0:
                return False
            session.execute(
                update(wechat_grant)
                .where(wechat_grant.c.account_key == account_key, wechat_grant.c.kind.in_([g.kind for g in grants]))
                .values(used=wechat_grant.c.used + 1)
            )
            return True

    def _exhausted(self, account_key: str) -> None:
        with writing(self._engine) as session:
            exhaust(session, account_key)

    def _open(self, account_key: str) -> Select:
        return (
            select(wechat_grant)
            .where(wechat_grant.c.account_key == account_key, wechat_grant.c.expires_at > self._now())
            .order_by(wechat_grant.c.kind)
        )


def _left(grants: Sequence[Row]) -> int:
    return max((grant.allowed - grant.used for grant in grants if grant.used < grant.allowed), default=0)
