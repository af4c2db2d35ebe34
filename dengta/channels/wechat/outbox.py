"""The outbox of the WeChat channels: every message of the log is brought to the customer once, in order.

A piece is brought either as the passive reply to a push or by the sender as a customer-service message; whoever claims
it is the only one, and nothing is claimed while an earlier piece is on its way.

A claim that is never confirmed is one whose process died:

* A passive reply is kept and given again to a retry of the same push, because WeChat tries again exactly when it got no
  answer. Without a retry it was taken, if a process was there that the retry would have reached; if none was, it is
  sent again.
* A message sent by API may have arrived or not. It is sent again: a message seen twice is better than one never seen.
  微信客服 knows it again by its id; for an official account nothing can prevent that.

Leases and windows run on real time.
"""
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Optional

from sqlalchemy import delete, select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from dengta.channels.wechat import claims
from dengta.channels.wechat.claims import Claim, Claims, Errand, close, update_delivery
from dengta.channels.wechat.pieces import IMAGE, SENT, WAITING, Piece, Pieces, change, mine, remove
from dengta.channels.wechat.quota import exhaust
from dengta.channels.wechat.tables import wechat_delivery, wechat_out
from dengta.clock import real_time
from dengta.conversation import records
from dengta.conversation.bodies import Bodies
from dengta.conversation.tables import account, conversation
from dengta.database import Transactions
from dengta.privacy.vault import Vault

KEPT = timedelta(minutes=10)  # how long a piece is kept that has arrived
NO_REST = timedelta(0)
SOON = timedelta(seconds=1)  # not worth a transaction


class Outbox:
    """What one channel has to deliver. Every call raises DatabaseUnavailable when the database does not answer."""

    def __init__(
        self, engine: Engine, vault: Vault, channel: str, agents: Optional[str] = None, menus: bool = False
    ) -> None:
        """`agents`: who asks for a person is given to the platform's own agents, who own conversations under this.

        `menus`: the channel shows questions about a person's help as a menu to be clicked.
        """
        self._database = Transactions(engine)
        self._channel = channel
        self._pieces = Pieces(vault, menus)
        self._claims = Claims(channel, Bodies(vault), self._pieces, agents, started=real_time())

    def expect(
        self,
        session: Session,
        conversation_id: str,
        account_id: str,
        now: datetime,
        passive_until: Optional[datetime] = None,
    ) -> None:
        """Note what a customer's action opens on a session the caller commits, see `Claims.expect`."""
        self._claims.expect(session, conversation_id, account_id, now, passive_until)

    async def has_rest(self, conversation_id: str) -> bool:
        """Tell whether something is waiting for the customer's next action, here or from before this conversation."""
        waiting = (
            select(wechat_out.c.id)
            .join(wechat_delivery, wechat_delivery.c.conversation_id == wechat_out.c.conversation_id)
            .join(account, account.c.id == wechat_delivery.c.account_id)
            .where(account.c.conversation_id == conversation_id, wechat_out.c.state == WAITING)
        )
        return await self._database.read(lambda session: session.execute(waiting).first() is not None)

    async def claim_passive(self, conversation_id: str, push_key: str, is_message: bool) -> Claim:
        """Take what a push is answered with: the oldest piece, None if there is none.

        A push that was given a piece before gets the same again. `is_message` tells that a customer wrote something;
        only that can be given to WeChat's own agents.
        """
        return await self._database.write(
            lambda session: self._claims.passive(session, conversation_id, push_key, is_message, real_time())
        )

    async def give_up(self, conversation_id: str, until: datetime) -> None:
        """Let the sender answer the push that was waiting until then, unless a later one waits."""
        if until > real_time() + SOON:
            await self._database.write(lambda session: claims.give_up(session, conversation_id, until))

    async def give_up_repeated(self, conversation_id: str, push_key: str) -> None:
        """Let the sender bring what a push was answered with, since it came again: WeChat has not had the answer."""

        def work(session: Session) -> None:
            records.locked(session, conversation_id)
            answers = wechat_out.c.push_key == push_key
            change(session, answers, state=WAITING, push_key=None, lease=None, lease_until=None)

        await self._database.write(work)

    async def confirm(self, piece: Piece, rest: timedelta = NO_REST) -> None:
        """Note that the platform took a piece, and send nothing else for `rest`.

        The piece is kept for a while, should WeChat ask for a passive reply again.
        """

        def work(session: Session) -> None:
            update_delivery(session, piece.conversation_id, not_before=real_time() + rest)
            change(session, mine(piece), state=SENT)

        await self._database.write(work)

    async def due(self) -> Sequence[str]:
        """Return the conversations in which the sender has something to do."""
        return await self._database.read(lambda session: claims.due(session, self._channel, real_time()))

    async def claim_next(self, conversation_id: str) -> Optional[Errand]:
        """Take the oldest piece for sending; None if nothing is to be sent now."""
        return await self._database.write(lambda session: self._claims.next(session, conversation_id, real_time()))

    async def forget(self, piece: Piece) -> None:
        """Remove a piece that nobody is to see any more."""
        await self._database.write(lambda session: remove(session, mine(piece)))

    async def give_back(self, piece: Piece, rest: timedelta = NO_REST, doubtful: bool = False) -> None:
        """Let a claimed piece wait again, for `rest` at least; `doubtful` if it may have arrived."""

        def work(session: Session) -> None:
            update_delivery(session, piece.conversation_id, not_before=real_time() + rest)
            _wait_again(session, piece, doubtful)

        await self._database.write(work)

    async def forget_account(self, account_id: str) -> None:
        """Bring nothing more of what was said to an account, because its owner left."""
        theirs = wechat_delivery.c.account_id == account_id

        def work(session: Session) -> None:
            talks = select(wechat_delivery.c.conversation_id).where(theirs)
            remove(session, wechat_out.c.conversation_id.in_(talks))
            session.execute(delete(wechat_delivery).where(theirs))

        await self._database.write(work)

    async def park(self, errand: Errand, doubtful: bool = False, used_up: bool = False) -> None:
        """Keep a claimed piece and all others for the customer's next action, unless there has been one meanwhile.

        Pictures are not kept: they only repeat what texts say. `used_up`: the platform takes nothing more until then.
        """
        piece = errand.piece

        def work(session: Session) -> None:
            closed = close(session, errand)
            if closed and used_up:
                exhaust(session, piece.account_id)
            _wait_again(session, piece, doubtful)
            theirs = wechat_out.c.conversation_id == piece.conversation_id
            remove(session, theirs & (wechat_out.c.kind == IMAGE))

        await self._database.write(work)

    async def split(self, piece: Piece, texts: Sequence[str]) -> None:
        """Put smaller texts in the place of a claimed piece."""
        await self._database.write(lambda session: self._pieces.split(session, piece, texts))

    async def tidy(self) -> None:
        """Remove pieces that arrived some time ago, and what is left of conversations that have ended long ago."""
        await self._database.write(_tidy)


def _wait_again(session: Session, piece: Piece, doubtful: bool) -> None:
    doubts = piece.doubts + doubtful
    change(session, mine(piece), state=WAITING, push_key=None, lease=None, lease_until=None, doubts=doubts)


def _tidy(session: Session) -> None:
    ended = select(conversation.c.id).where(
        conversation.c.id == wechat_out.c.conversation_id, conversation.c.ended_at < real_time() - claims.OPEN
    )
    remove(session, (wechat_out.c.state == SENT) & (wechat_out.c.lease_until < real_time() - KEPT))
    remove(session, ended.exists())
