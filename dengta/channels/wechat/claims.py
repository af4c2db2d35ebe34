"""Who brings which piece: claiming, on a session the caller commits; `outbox.py` says what each transaction promises.

Everything here happens under the lock of the conversation's row, so that of all processes one claims.
"""
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Optional, Union

from sqlalchemy import exists, insert, or_, select, update
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from dengta.channels.wechat import handoff
from dengta.channels.wechat.pieces import (
    MENU,
    PASSIVE,
    SENDING,
    SENT,
    TEXT,
    TRANSFER,
    WAITING,
    Piece,
    Pieces,
    change,
    remove,
)
from dengta.channels.wechat.tables import wechat_delivery, wechat_out
from dengta.conversation import records
from dengta.conversation.bodies import Bodies
from dengta.conversation.messages import Body, Message
from dengta.conversation.tables import conversation

OPEN = timedelta(hours=48)  # the longest time WeChat lets us answer
PASSIVE_LEASE = timedelta(seconds=20)  # by then WeChat has delivered a push as often as it does
SEND_LEASE = timedelta(seconds=30)  # a call with its retries takes less
_HEAD_START = timedelta(seconds=5)  # from the start of a process to its first push, and between two machines' clocks
_BATCH = 200
_ON_THE_WAY = (PASSIVE, SENDING)


class NotYet:
    """The message of this push is still being answered."""


class OnTheWay:
    """Something earlier is being brought to the customer at this moment."""


class ToAgents:
    """What the customer wrote is for the platform's own agents."""


Claim = Union[Piece, ToAgents, OnTheWay, NotYet, None]


@dataclass(frozen=True)
class Errand:
    """A piece to be sent, and the window it was claimed in."""

    piece: Piece
    open_until: datetime


class Claims:
    """Claims of one process, which began at `started`, for the conversations of one channel.

    `agents` is the name under which the platform's own agents own a conversation, if customers are given to them.
    """

    def __init__(
        self, channel: str, bodies: Bodies, pieces: Pieces, agents: Optional[str], started: datetime
    ) -> None:
        self._channel = channel
        self._bodies = bodies
        self._pieces = pieces
        self._agents = agents
        self._started = started

    def expect(
        self,
        session: Session,
        conversation_id: str,
        account_id: str,
        now: datetime,
        passive_until: Optional[datetime] = None,
    ) -> None:
        """Note what the customer's action opens, and until when a push waits; the conversation's row must be locked.

        What WeChat has not taken of the account's earlier conversations is brought first in this one.
        """
        opened = {"passive_until": passive_until, "open_until": now + OPEN, "not_before": None}
        if update_delivery(session, conversation_id, **opened):
            return
        last_seq = select(conversation.c.last_seq).where(conversation.c.id == conversation_id).scalar_subquery()
        session.execute(
            insert(wechat_delivery).values(
                conversation_id=conversation_id, account_id=account_id, rendered_seq=last_seq, **opened
            )
        )
        for earlier in _earlier(session, account_id, now):
            talk = records.locked(session, earlier)
            if talk is not None:
                self._render(session, talk, now)
                self._pieces.hand_down(session, earlier, conversation_id)

    def passive(
        self, session: Session, conversation_id: str, push_key: str, is_message: bool, now: datetime
    ) -> Claim:
        """Take what a push is answered with."""
        talk = _open(session, conversation_id)
        if talk is None:
            return None
        if records.awaits_turn(session, conversation_id, push_key):
            return NotYet()
        before = self._pieces.answering(session, push_key)
        if before is not None:
            return self._pieces.again(session, before, now + PASSIVE_LEASE)
        self._render(session, talk, now)
        rows = self._pieces.unsent(session, conversation_id)
        if rows and rows[0].state in _ON_THE_WAY and rows[0].lease_until > now:
            return OnTheWay()
        update_delivery(session, conversation_id, passive_until=None)
        if is_message and self._agents and handoff.is_owned_by(session, conversation_id, self._agents):
            remove(session, (wechat_out.c.conversation_id == conversation_id) & (wechat_out.c.kind == TRANSFER))
            return ToAgents()
        if not rows or rows[0].state != WAITING or rows[0].kind not in (TEXT, MENU):
            return None
        return self._pieces.take(session, rows, PASSIVE, now + PASSIVE_LEASE, push_key)

    def next(self, session: Session, conversation_id: str, now: datetime) -> Optional[Errand]:
        """Take the oldest piece for sending, also when the conversation has ended since it was said."""
        talk = records.locked(session, conversation_id)
        if talk is None or not due(session, self._channel, now, conversation_id):
            return None
        self._render(session, talk, now)
        rows = self._pieces.unsent(session, conversation_id)
        while rows and rows[0].state == PASSIVE and self._was_taken(rows[0]):
            change(session, wechat_out.c.id == rows.pop(0).id, state=SENT)
        if not rows:
            return None
        if rows[0].state == SENDING:
            change(session, wechat_out.c.id == rows[0].id, doubts=rows[0].doubts + 1)
            rows = self._pieces.unsent(session, conversation_id)
        piece = self._pieces.take(session, rows, SENDING, now + SEND_LEASE)
        window = select(wechat_delivery.c.open_until).where(wechat_delivery.c.conversation_id == conversation_id)
        return Errand(piece, session.execute(window).scalar_one())

    def _render(self, session: Session, talk: Row, now: datetime) -> None:
        """Make pieces of what was said since the last time, turn by turn."""
        known = select(wechat_delivery.c.rendered_seq).where(wechat_delivery.c.conversation_id == talk.id)
        after = session.execute(known).scalar()
        if after is None or after == talk.last_seq:
            return
        messages = records.since(session, self._bodies, talk.id, after, _BATCH)
        ours = (message for message in messages if message.client_msg_id is None)  # the others came over the channel
        for _, group in groupby(ours, key=lambda message: (message.author, message.turn)):
            said = list(group)
            self._pieces.add(session, talk.id, [_body(message) for message in said])
            if self._agents and talk.ended_at is None and any(handoff.is_asked(message) for message in said):
                handoff.hand_over(session, self._bodies, talk, self._agents, now)
                self._pieces.add_transfer(session, talk.id)
        update_delivery(session, talk.id, rendered_seq=messages[-1].seq)

    def _was_taken(self, row: Row) -> bool:
        """Tell whether a passive reply arrived although nobody confirmed it: a retry would have found this process."""
        return bool(self._started + _HEAD_START < row.lease_until - PASSIVE_LEASE)


def give_up(session: Session, conversation_id: str, until: datetime) -> None:
    """Note that the push that was to be waited for until then has been answered with nothing."""
    session.execute(
        update(wechat_delivery)
        .where(wechat_delivery.c.conversation_id == conversation_id, wechat_delivery.c.passive_until == until)
        .values(passive_until=None)
    )


def close(session: Session, errand: Errand) -> bool:
    """Let nothing more be sent before the customer's next action; False if one came since the piece was claimed."""
    closed = session.execute(
        update(wechat_delivery)
        .where(
            wechat_delivery.c.conversation_id == errand.piece.conversation_id,
            wechat_delivery.c.open_until == errand.open_until,
        )
        .values(open_until=None)
    )
    return bool(closed.rowcount)


def due(session: Session, channel: str, now: datetime, only: Optional[str] = None) -> Sequence[str]:
    """Select the conversations with something to send while nobody is bringing anything and no push waits."""
    pieces = select(wechat_out.c.id).where(wechat_out.c.conversation_id == wechat_delivery.c.conversation_id)
    unsent = exists(pieces.where(wechat_out.c.state != SENT))
    on_the_way = exists(pieces.where(wechat_out.c.state.in_(_ON_THE_WAY), wechat_out.c.lease_until > now))
    found: Sequence[str] = (
        session.execute(
            select(wechat_delivery.c.conversation_id)
            .join(conversation, conversation.c.id == wechat_delivery.c.conversation_id)
            .where(
                wechat_delivery.c.open_until > now,
                _passed(wechat_delivery.c.passive_until, now),
                _passed(wechat_delivery.c.not_before, now),
                or_(conversation.c.last_seq > wechat_delivery.c.rendered_seq, unsent),
                conversation.c.channel == channel,
                ~on_the_way,
                *((wechat_delivery.c.conversation_id == only,) if only else ()),
            )
        )
        .scalars()
        .all()
    )
    return found


def _earlier(session: Session, account_id: str, now: datetime) -> Sequence[str]:
    """Select the conversations of an account that have ended and still may have something to bring, in order."""
    ended: Sequence[str] = (
        session.execute(
            select(conversation.c.id)
            .join(wechat_delivery, wechat_delivery.c.conversation_id == conversation.c.id)
            .where(wechat_delivery.c.account_id == account_id, conversation.c.ended_at >= now - OPEN)
            .order_by(conversation.c.ended_at)
        )
        .scalars()
        .all()
    )
    return ended


def update_delivery(session: Session, conversation_id: str, **values: object) -> bool:
    """Update the delivery of a conversation; tell whether there is one."""
    done = session.execute(
        update(wechat_delivery).where(wechat_delivery.c.conversation_id == conversation_id).values(**values)
    )
    return bool(done.rowcount)


def _open(session: Session, conversation_id: str) -> Optional[Row]:
    talk = records.locked(session, conversation_id)
    return talk if talk is not None and talk.ended_at is None else None


def _passed(column: ColumnElement, now: datetime) -> ColumnElement:
    return or_(column.is_(None), column <= now)


def _body(message: Message) -> Body:
    buttons = [{"title": button.title, "payload": button.payload} for button in message.buttons]
    return {"text": message.text, "buttons": buttons, "custom": message.custom}
