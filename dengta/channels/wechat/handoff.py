"""WeChat's own customer service (多客服) as the person a conversation is handed to, on a session the caller commits.

A message answered with `transfer_customer_service` goes to one of WeChat's agents. From then on WeChat keeps what the
customer writes to itself until the agent is done, at the longest for 30 minutes; only while the customer still waits in
WeChat's queue does it reach us, and is passed on again.

Source: /doc/subscription/guide/product/kf/forwarding.html.
"""
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.engine import Engine, Row
from sqlalchemy.orm import Session

from dengta.channels.wechat.tables import wechat_delivery
from dengta.clock import real_time
from dengta.conversation import ownership
from dengta.conversation.bodies import Bodies
from dengta.conversation.messages import Message
from dengta.conversation.tables import conversation
from dengta.database import Transactions
from dengta.privacy.vault import Vault

OWNER = "wechat"
HOLDS = timedelta(minutes=30)  # WeChat pushes messages again after that, although no agent closed the session
ASKED = "handoff"  # the type of custom data by which an action says that a person is wanted


class Agents:
    """WeChat's agents, as the events of the platform tell of them."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._database = Transactions(engine)
        self._bodies = Bodies(vault)

    async def took_up(self, conversation_id: str) -> None:
        """Note that an agent has taken a customer up, who may have waited until now."""
        await self._database.write(lambda session: _touch(session, conversation_id, real_time()))

    async def done(self, conversation_id: str) -> None:
        """Let the bot go on, if WeChat's agents have the conversation."""
        await self._database.write(lambda session: take_back(session, self._bodies, conversation_id, real_time()))

    async def expire(self, conversation_id: str) -> None:
        """Let the bot go on, if WeChat's agents have had the conversation for as long as WeChat lets them."""
        if await self._database.read(lambda session: is_owned_by(session, conversation_id, OWNER)):
            since = real_time() - HOLDS
            await self._database.write(lambda session: take_back(session, self._bodies, conversation_id, since))


def is_asked(said: Message) -> bool:
    """Tell whether a message of the bot says that a person is wanted."""
    return said.custom is not None and said.custom.get("type") == ASKED


def is_owned_by(session: Session, conversation_id: str, agents: str) -> bool:
    """Tell whether a platform's agents own the conversation."""
    theirs = select(conversation.c.id).where(conversation.c.id == conversation_id, conversation.c.owner_id == agents)
    return session.execute(theirs).first() is not None


def hand_over(session: Session, bodies: Bodies, talk: Row, agents: str, now: datetime) -> None:
    """Make a platform's agents the owner of a conversation, unless a person has it already."""
    if talk.state not in ("HUMAN", "WRAPUP"):
        ownership.change(session, bodies, talk.id, "HUMAN", owner_id=agents)
        _touch(session, talk.id, now)


def take_back(session: Session, bodies: Bodies, conversation_id: str, before: datetime) -> None:
    """Let the bot go on if WeChat's agents have the conversation since `before` or longer."""
    handed = select(wechat_delivery.c.conversation_id).where(
        wechat_delivery.c.conversation_id == conversation_id, wechat_delivery.c.handed_at <= before
    )
    if is_owned_by(session, conversation_id, OWNER) and session.execute(handed).first() is not None:
        ownership.change(session, bodies, conversation_id, "BOT")


def _touch(session: Session, conversation_id: str, now: datetime) -> None:
    session.execute(
        update(wechat_delivery)
        .where(wechat_delivery.c.conversation_id == conversation_id)
        .values(handed_at=now)
    )
