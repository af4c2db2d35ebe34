"""Who serves a customer: the session at WeCom, and its effect on who owns the conversation.

A session begins with a message of the customer and ends when an agent ends it in WeCom, or by itself 48 hours after the
customer's last message. WeCom tells what agents do, but neither what the API does nor that a session ended by itself.
While WeCom's agents have a customer, the conversation is owned by `wecom`.

Source: developer.work.weixin.qq.com/document/path/94669.
"""
from datetime import datetime, timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Engine, Row
from sqlalchemy.orm import Session

from dengta.channels.wechat.tables import kf_session
from dengta.conversation import ownership, records
from dengta.conversation.bodies import Bodies
from dengta.database import Transactions
from dengta.privacy.vault import Vault

OWNER = "wecom"
LASTS = timedelta(hours=48)


class Sessions:
    """The sessions of all customers. Every call raises DatabaseUnavailable when the database does not answer."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._database = Transactions(engine)
        self._bodies = Bodies(vault)

    async def has_begun(self, conversation_id: str) -> bool:
        """Tell whether WeCom knows that the bot serves the customer."""
        begun = select(kf_session).where(kf_session.c.conversation_id == conversation_id, kf_session.c.begun.is_(True))
        return await self._database.read(lambda session: session.execute(begun).first() is not None)

    async def begin(self, conversation_id: str) -> None:
        """Note that WeCom knows."""
        await self._database.write(lambda session: _set_begun(session, conversation_id, True))

    async def taken(self, conversation_id: str) -> None:
        """Note that WeCom's agents have the customer."""

        def work(session: Session) -> None:
            talk = records.locked(session, conversation_id)
            if talk is not None and talk.ended_at is None:
                take(session, self._bodies, talk)

        await self._database.write(work)

    async def done(self, conversation_id: str) -> None:
        """Let the bot go on, if WeCom's agents have the customer."""

        def work(session: Session) -> None:
            talk = records.locked(session, conversation_id)
            if talk is not None:
                give_back(session, self._bodies, talk)

        await self._database.write(work)

    def wrote(self, session: Session, conversation_id: str, at: datetime) -> None:
        """Note, before it is stored, that the customer wrote; agents whose session had ended have them no more."""
        talk = records.locked(session, conversation_id)
        mine = kf_session.c.conversation_id == conversation_id
        before = session.execute(select(kf_session.c.ends_at).where(mine)).scalar()
        if before is None:
            values = {"conversation_id": conversation_id, "ends_at": at + LASTS, "begun": False}
            session.execute(insert(kf_session).values(**values))
            return
        if before <= at and talk is not None:
            give_back(session, self._bodies, talk)
        session.execute(update(kf_session).where(mine).values(ends_at=max(before, at + LASTS)))


def take(session: Session, bodies: Bodies, talk: Row) -> None:
    """Make WeCom's agents the owner of a locked, open conversation."""
    if talk.owner_id != OWNER:
        ownership.change(session, bodies, talk.id, "HUMAN", owner_id=OWNER)


def give_back(session: Session, bodies: Bodies, talk: Row) -> None:
    """Make the bot the owner of a locked conversation that WeCom's agents have; a new session begins."""
    if talk.owner_id == OWNER and talk.ended_at is None:
        ownership.change(session, bodies, talk.id, "BOT")
    _set_begun(session, talk.id, False)


def _set_begun(session: Session, conversation_id: str, begun: bool) -> None:
    session.execute(update(kf_session).where(kf_session.c.conversation_id == conversation_id).values(begun=begun))
