"""Storing and reading messages on a session the caller commits; `log.py` says what each transaction promises."""
import secrets
from datetime import datetime
from typing import Optional, Sequence

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from dengta import clock
from dengta.conversation import bindings, event_log, pace
from dengta.conversation.bodies import Bodies, buttons, seq_of
from dengta.conversation.messages import Body, Button, Message, Pulse, Received
from dengta.conversation.tables import conversation, message

UNFINISHED = ("received", "processing")


class ConversationClosedError(Exception):
    """The conversation does not exist or has ended; nothing was stored."""


def start(session: Session, conversation_id: str, channel: str) -> None:
    """Insert a conversation owned by the bot."""
    session.execute(
        insert(conversation).values(
            id=conversation_id,
            channel=channel,
            created_at=clock.now(),
            state="BOT",
            owner_kind="bot",
            owner_epoch=1,
            last_seq=0,
            bot_cursor_seq=0,
        )
    )


def is_open(session: Session, conversation_id: str) -> bool:
    """Look for a conversation that has not ended."""
    found = select(conversation.c.id).where(conversation.c.id == conversation_id, conversation.c.ended_at.is_(None))
    return session.execute(found).first() is not None


def end(session: Session, conversation_id: str) -> None:
    """Close a conversation, take it from its owner and unbind its customer."""
    talk = locked(session, conversation_id)
    if talk is None or talk.ended_at is not None:
        return
    bindings.end(session, conversation_id)
    epoch = talk.owner_epoch + 1
    session.execute(
        update(conversation)
        .where(conversation.c.id == conversation_id)
        .values(state="CLOSED", owner_kind="nobody", owner_id=None, owner_epoch=epoch, ended_at=clock.now())
    )
    event_log.note(session, "owner", conversation_id, state="CLOSED", epoch=epoch, owner_id=None, group=None)


def receive(
    session: Session,
    bodies: Bodies,
    conversation_id: str,
    client_msg_id: str,
    body: Body,
    now: datetime,
    answers: Optional[Sequence[Body]] = None,
) -> Received:
    """Insert an inbound message unless its `client_msg_id` is known, with its `answers` if it needs no turn."""
    talk = locked_open(session, conversation_id)
    known = session.execute(
        select(message.c.seq).where(
            message.c.conversation_id == conversation_id, message.c.client_msg_id == client_msg_id
        )
    ).first()
    if known is not None:
        return Received(known.seq, duplicate=True)
    pace.count(session, talk, now)
    answered = answers is not None and talk.state == "BOT"
    status = "done" if answered else "received"
    seq = store(session, bodies, talk, [body], author_kind="customer", status=status, client_msg_id=client_msg_id)
    if answered:
        store(session, bodies, locked_open(session, conversation_id), answers or (), author_kind="bot", status="sent")
    return Received(seq, duplicate=False, awaits_turn=not answered and talk.state == "BOT")


def awaits_turn(session: Session, conversation_id: str, client_msg_id: str) -> bool:
    """Tell whether the bot is still to answer a message."""
    found = select(message.c.id).where(
        message.c.conversation_id == conversation_id,
        message.c.client_msg_id == client_msg_id,
        message.c.status.in_(UNFINISHED),
        message.c.seq > conversation.c.bot_cursor_seq,
        conversation.c.id == conversation_id,
        conversation.c.state == "BOT",
    )
    return session.execute(found).first() is not None


def append(
    session: Session, bodies: Bodies, conversation_id: str, author_kind: str, body: Body, author_id: Optional[str]
) -> int:
    """Insert one outbound message under the present epoch."""
    talk = locked_open(session, conversation_id)
    return store(session, bodies, talk, [body], author_kind=author_kind, status="sent", author_id=author_id)


def since(session: Session, bodies: Bodies, conversation_id: str, after: int, limit: int) -> tuple[Message, ...]:
    """Select delivered messages in order."""
    rows = session.execute(
        select(message)
        .where(message.c.conversation_id == conversation_id, message.c.seq > after)
        .order_by(message.c.seq)
        .limit(limit)
    )
    return tuple(_message(bodies, row) for row in rows)


def button(session: Session, bodies: Bodies, conversation_id: str, button_id: str) -> Optional[Button]:
    """Read a button from the message its id leads to."""
    seq = seq_of(button_id)
    if seq is None:
        return None
    row = session.execute(
        select(message).where(message.c.conversation_id == conversation_id, message.c.seq == seq)
    ).first()
    offered = buttons(bodies.read(row)) if row is not None else ()
    return next((button for button in offered if button.id == button_id), None)


def offered(session: Session, bodies: Bodies, conversation_id: str) -> tuple[Button, ...]:
    """Select the newest thing the bot or a notice said and the rest of the same turn; return the buttons in order."""
    said = select(message).where(
        message.c.conversation_id == conversation_id, message.c.author_kind.in_(("bot", "notice"))
    )
    latest = session.execute(said.where(message.c.seq.is_not(None)).order_by(message.c.seq.desc()).limit(1)).first()
    if latest is None:
        return ()
    rows = [latest]
    if latest.turn is not None:
        same_turn = said.where(message.c.turn == latest.turn, message.c.seq.is_not(None))
        rows = session.execute(same_turn.order_by(message.c.seq)).all()
    return tuple(button for row in rows for button in buttons(bodies.read(row)))


def pulses(session: Session, conversation_ids: Sequence[str], now: datetime) -> dict[str, Pulse]:
    """Select last numbers and whether a turn is running."""
    rows = session.execute(
        select(conversation.c.id, conversation.c.last_seq, conversation.c.lease_until).where(
            conversation.c.id.in_(conversation_ids)
        )
    )
    return {row.id: Pulse(row.last_seq, row.lease_until is not None and row.lease_until > now) for row in rows}


def locked(session: Session, conversation_id: str) -> Optional[Row]:
    """Read a conversation and keep everybody else from changing it until the transaction ends."""
    return session.execute(
        select(conversation).where(conversation.c.id == conversation_id).with_for_update()
    ).first()


def locked_open(session: Session, conversation_id: str) -> Row:
    """Read an open conversation and keep everybody else from changing it until the transaction ends.

    Raises:
        ConversationClosedError: there is no such open conversation.
    """
    talk = locked(session, conversation_id)
    if talk is None or talk.ended_at is not None:
        raise ConversationClosedError()
    return talk


def store(
    session: Session,
    bodies: Bodies,
    talk: Row,
    contents: Sequence[Body],
    *,
    author_kind: str,
    status: str,
    author_id: Optional[str] = None,
    client_msg_id: Optional[str] = None,
    turn: Optional[int] = None,
    epoch: Optional[int] = None,
    known_as: Optional[str] = None,
) -> int:
    """Insert messages into a locked conversation and return its last seq; suppressed ones get no number.

    `known_as` is the `uid` of a single message that must be found again, 32 characters; the others get a random one.
    """
    seq: int = talk.last_seq
    numbered = status != "suppressed"
    for body in contents:
        uid = known_as or secrets.token_hex(16)
        seq += 1 if numbered else 0
        number = seq if numbered else None
        session.execute(
            insert(message).values(
                conversation_id=talk.id,
                uid=uid,
                seq=number,
                author_kind=author_kind,
                author_id=author_id,
                epoch=talk.owner_epoch if epoch is None else epoch,
                client_msg_id=client_msg_id,
                body=bodies.write(body, talk.id, uid, number),
                status=status,
                turn=turn,
                created_at=clock.now(),
            )
        )
    session.execute(update(conversation).where(conversation.c.id == talk.id).values(last_seq=seq))
    if talk.state != "BOT":
        for number in range(talk.last_seq + 1, seq + 1):
            event_log.note(session, "message", talk.id, message_seq=number, author=author_kind)
    return seq




def _message(bodies: Bodies, row: Row) -> Message:
    body = bodies.read(row)
    return Message(
        seq=row.seq,
        author=row.author_kind,
        text=body.get("text", ""),
        time=row.created_at,
        buttons=buttons(body),
        custom=body.get("custom"),
        client_msg_id=row.client_msg_id,
        turn=row.turn,
        author_id=row.author_id,
        sent_as=body.get("sent_as"),
    )
