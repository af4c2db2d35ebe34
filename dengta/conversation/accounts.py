"""Channel accounts: who writes to us on a channel that tells one sender from another, each with one open conversation.

An account is a WeChat openid, an external user of 微信客服, or the number of a caller; a web session needs none, its
token names the conversation. It is known by a blind index of its name, and where messages go is sealed. An account is
not a customer: `identity.py` says which one it is bound to.
"""
import re
import secrets
import unicodedata
from dataclasses import dataclass
from typing import Optional

from sqlalchemy import and_, insert, or_, select, update
from sqlalchemy.engine import Engine, Row
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from dengta import clock
from dengta.conversation import bindings, records
from dengta.conversation.tables import account, conversation
from dengta.database import reading, run, writing
from dengta.privacy.vault import Vault

PHONE_CHANNEL = "phone"
_NUMBER = re.compile(r"(?:\+86|0086)?(\d{5,20})")


class MalformedNumberError(ValueError):
    """What was typed is no phone number; nothing was stored."""


@dataclass(frozen=True)
class Account:
    """An account and the conversation it is in now."""

    id: str
    channel: str
    conversation_id: str


class Accounts:
    """The accounts of all channels. Every call raises DatabaseUnavailable when the database does not answer."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    async def meet(self, channel: str, name: str, address: str) -> Account:
        """Return the account of a sender with its open conversation, both made if there are none.

        `name` tells the sender from all others of the channel, `address` is where messages to them go. However many
        processes meet a new sender at once, there is one account and one conversation.
        """
        return await run(lambda: self._meet(channel, name, address))

    async def call(self, number: str) -> Account:
        """Return the account of a caller whose number an agent typed; it says nothing about who is calling.

        Raises:
            MalformedNumberError: it is no phone number.
        """
        tidy = re.sub(r"[\s()-]", "", unicodedata.normalize("NFKC", number))
        match = _NUMBER.fullmatch(tidy)
        if match is None:
            raise MalformedNumberError()
        return await self.meet(PHONE_CHANNEL, match[1], match[1])

    async def left(self, channel: str, name: str) -> Optional[str]:
        """End what an account has with us, because its owner left: the conversation, its binding, the address.

        Returns its id, None if nobody of this name was ever met. What was said stays on record. A sender who is met
        again is a new one as far as they can tell.
        """
        return await run(lambda: self._left(channel, name))

    async def address(self, account_id: str) -> Optional[str]:
        """Return where messages to an account go; None if its owner left.

        Raises:
            Unreadable: the stored address was changed, or its key is gone.
        """
        return await run(lambda: self._address(account_id))

    async def unite(self, met: Account, unionid: str) -> None:
        """Note which WeChat user an account belongs to; accounts of one user are known as one customer."""
        await run(lambda: self._unite(met.id, unionid))

    def _meet(self, channel: str, name: str, address: str) -> Account:
        mine = and_(account.c.channel == channel, account.c.account_key == self._key(channel, name))
        with reading(self._engine) as session:
            row = _find(session, mine)
        if row is not None and _is_in_touch(row):
            return Account(row.id, channel, row.conversation_id)
        with writing(self._engine) as session:
            _hold(session, mine)
            row = _find(session, mine)
            if row is None:
                try:
                    with session.begin_nested():
                        return self._new(session, channel, name, address)
                except IntegrityError:  # another process was first and has committed by now
                    row = _find(session, mine)
            return self._again(session, row, address)

    def _new(self, session: Session, channel: str, name: str, address: str) -> Account:
        made = Account(secrets.token_hex(16), channel, secrets.token_hex(16))
        records.start(session, made.conversation_id, channel)
        session.execute(
            insert(account).values(
                id=made.id,
                channel=channel,
                account_key=self._key(channel, name),
                address=self._vault.seal(place(made.id), address),
                conversation_id=made.conversation_id,
                created_at=clock.now(),
            )
        )
        return made

    def _again(self, session: Session, row: Row, address: str) -> Account:
        conversation_id = row.conversation_id
        if row.ended_at is not None:
            conversation_id = secrets.token_hex(16)
            records.start(session, conversation_id, row.channel)
        sealed = self._vault.seal(place(row.id), address)
        session.execute(
            update(account)
            .where(account.c.id == row.id)
            .values(conversation_id=conversation_id, address=sealed, left_at=None)
        )
        bindings.share(session, row.union_key)
        return Account(row.id, row.channel, conversation_id)

    def _left(self, channel: str, name: str) -> Optional[str]:
        mine = and_(account.c.channel == channel, account.c.account_key == self._key(channel, name))
        with writing(self._engine) as session:
            row = _find(session, mine)
            if row is None:
                return None
            if row.left_at is None:
                records.end(session, row.conversation_id)
                gone = {"address": None, "union_key": None, "left_at": clock.now()}
                session.execute(update(account).where(account.c.id == row.id).values(**gone))
            return str(row.id)

    def _address(self, account_id: str) -> Optional[str]:
        with reading(self._engine) as session:
            row = session.execute(
                select(account).where(account.c.id == account_id, account.c.address.is_not(None))
            ).one_or_none()
        return self._vault.open(place(row.id), row.address) if row else None

    def _unite(self, account_id: str, unionid: str) -> None:
        union = self._vault.index("account.union", unionid)
        with writing(self._engine) as session:
            _hold(session, or_(account.c.id == account_id, account.c.union_key == union))
            row = session.execute(select(account).where(account.c.id == account_id)).one()
            if row.left_at is not None or row.union_key == union:
                return
            session.execute(update(account).where(account.c.id == account_id).values(union_key=union))
            for changed in (row.union_key, union):
                bindings.share(session, changed)

    def _key(self, channel: str, name: str) -> str:
        return self._vault.index(f"account.{channel}", name)


def place(account_id: str) -> str:
    """Return what a sealed address is bound to."""
    return f"account.address|{account_id}"


def _find(session: Session, mine: object) -> Optional[Row]:
    return session.execute(
        select(account, conversation.c.ended_at)
        .join(conversation, conversation.c.id == account.c.conversation_id)
        .where(mine)
    ).one_or_none()


def _is_in_touch(row: Row) -> bool:
    return row.ended_at is None and row.left_at is None


def _hold(session: Session, mine: object) -> None:
    """Keep an account and those of its union from changing; in order, so that nobody waits in a circle."""
    unions = select(account.c.union_key).where(mine)
    rows = select(account.c.id).where(or_(mine, account.c.union_key.in_(unions))).order_by(account.c.id)
    session.execute(rows.with_for_update()).all()
