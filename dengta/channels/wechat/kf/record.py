"""What agents said in WeCom and what happened there, in the record of conversations.

It stands there under the key of its entry, so that hearing an entry again, after a crash, changes nothing. What has
such a key came over the channel: it is not sent to the customer.
"""
from collections.abc import Callable
from typing import Optional

from sqlalchemy import select, update
from sqlalchemy.engine import Engine, Row
from sqlalchemy.orm import Session

from dengta.channels.wechat.claims import OPEN, SEND_LEASE, update_delivery
from dengta.channels.wechat.kf import sessions
from dengta.channels.wechat.kf.entries import AgentSaid, Change, Recalled, SendFailed, SessionChanged
from dengta.channels.wechat.pieces import Pieces, remove
from dengta.channels.wechat.sentences import sentences
from dengta.channels.wechat.tables import wechat_delivery, wechat_out
from dengta.conversation import records
from dengta.conversation.bodies import Bodies
from dengta.conversation.messages import Body
from dengta.conversation.tables import message
from dengta.database import Transactions
from dengta.privacy.vault import Vault

_NEXT_MESSAGE_HELPS = {4, 5, 6}  # the window or the session was over, or five messages had been sent; path/94670

Consequence = Callable[[Session, Row], None]


class Record:
    """Writes entries that nobody answers. Every call raises DatabaseUnavailable, and then nothing was written."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._database = Transactions(engine)
        self._bodies = Bodies(vault)
        self._pieces = Pieces(vault)

    async def left_unanswered(self, conversation_id: str, key: str, body: Body) -> None:
        """Write down what a customer wrote too fast to be answered."""
        await self._write(conversation_id, key, "customer", body)

    async def greeted(self, conversation_id: str, key: str, greeting: Body) -> None:
        """Write down how a customer is greeted."""
        await self._write(conversation_id, key, "bot", greeting)

    async def agent_said(self, conversation_id: str, said: AgentSaid) -> None:
        """Write down what an agent said: the customer is with people."""
        body = {"text": said.text or sentences()["kf"]["no_text"]}
        await self._write(conversation_id, said.dedupe_key, "agent", body, said.servicer, self._take)

    async def session_changed(self, conversation_id: str, changed: SessionChanged) -> None:
        """Write down that agents have a customer, or are done: the bot goes on with the customer's next message."""
        ended = changed.change is Change.ENDED
        notice = {"text": sentences()["kf"]["ended" if ended else "taken"]}
        consequence = self._give_back if ended else self._take
        await self._write(conversation_id, changed.dedupe_key, "notice", notice, changed.servicer, consequence)

    async def send_failed(self, conversation_id: str, failed: SendFailed) -> None:
        """Write down that something did not arrive; it is kept for the customer's next message if that helps."""

        def consequence(session: Session, talk: Row) -> None:
            mine = (wechat_out.c.conversation_id == talk.id) & (wechat_out.c.uid == failed.msgid)
            row = session.execute(select(wechat_out).where(mine)).first()
            if row is not None and failed.reason in _NEXT_MESSAGE_HELPS:
                self._send_again(session, row)
            elif row is not None:
                remove(session, mine)

        notice = {"text": sentences()["kf"]["not_delivered"]}
        await self._write(conversation_id, failed.dedupe_key, "notice", notice, None, consequence)

    async def recalled(self, conversation_id: str, recalled: Recalled) -> None:
        """Forget what a message said whose author took it back; the bot does not answer it any more."""

        def work(session: Session) -> None:
            if records.locked(session, conversation_id) is None:
                return
            row = session.execute(_known(conversation_id, recalled.recalled_key)).first()
            if row is not None:
                placeholder = {"text": sentences()["kf"]["recalled"]}
                body = self._bodies.write(placeholder, conversation_id, row.uid, row.seq)
                status = "done" if row.status == "received" else row.status
                session.execute(update(message).where(message.c.id == row.id).values(body=body, status=status))

        await self._database.write(work)

    async def _write(
        self,
        conversation_id: str,
        key: str,
        author_kind: str,
        body: Body,
        author_id: Optional[str] = None,
        consequence: Optional[Consequence] = None,
    ) -> None:
        """Write one entry, unless it is known or the conversation has ended, and draw its consequence with it."""

        def work(session: Session) -> None:
            talk = records.locked(session, conversation_id)
            if talk is None or talk.ended_at is not None or session.execute(_known(conversation_id, key)).first():
                return
            records.store(
                session,
                self._bodies,
                talk,
                [body],
                author_kind=author_kind,
                author_id=author_id,
                status="done" if author_kind == "customer" else "sent",
                client_msg_id=key,
            )
            if consequence is not None:
                consequence(session, talk)

        await self._database.write(work)

    def _take(self, session: Session, talk: Row) -> None:
        sessions.take(session, self._bodies, talk)

    def _give_back(self, session: Session, talk: Row) -> None:
        sessions.give_back(session, self._bodies, talk)

    def _send_again(self, session: Session, row: Row) -> None:
        """Let a piece wait again; for the customer's next message, unless there was one after it was sent."""
        self._pieces.renew(session, row)
        opened = select(wechat_delivery.c.open_until).where(wechat_delivery.c.conversation_id == row.conversation_id)
        open_until = session.execute(opened).scalar()
        if open_until is not None and open_until - OPEN <= row.lease_until - SEND_LEASE:
            update_delivery(session, row.conversation_id, open_until=None)


def _known(conversation_id: str, key: str) -> object:
    return select(message).where(message.c.conversation_id == conversation_id, message.c.client_msg_id == key)
