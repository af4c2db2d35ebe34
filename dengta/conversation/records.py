"""Storing and reading messages on a session the caller commits; `log.py` says what each transaction promises."""
import secrets
from datetime import datetime
from typing import Optional, Sequence

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from dengta import clock
from dengta.conversation import bindings
from dengta.conversation.bodies import Bodies, buttons, seq_of
from dengta.conversation.messages import Body, Button, Message, Pulse, Received
from dengta.conversation.tables import conversation, message


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
    session.execute(
        update(conversation)
        .where(conversation.c.id == conversation_id, conversation.c.ended_at.is_(None))
        .values(
            state="CLOSED", owner_kind="nobody", owner_epoch=conversation.c.owner_epoch + 1, ended_at=clock.now()
        )
    )
    bindings.end(session, conversation_id)


def receive(session: Session, bodies: Bodies, conversation_id: str, client_msg_id: str, body: Body) -> Received:
    """Insert an inbound message unless its `client_msg_id` is known."""
    talk = _locked(session, conversation_id)
    known = session.execute(
        select(message.c.seq).where(
            message.c.conversation_id == conversation_id, message.c.client_msg_id == client_msg_id
        )
    ).first()
    if known is not None:
        return Received(known.seq, duplicate=True)
    seq = store(
        session, bodies, talk, [body], author_kind="customer", status="received", client_msg_id=client_msg_id
    )
    return Received(seq, duplicate=False)


def append(
    session: Session, bodies: Bodies, conversation_id: str, author_kind: str, body: Body, author_id: Optional[str]
) -> int:
    """Insert one outbound message under the present epoch."""
    talk = _locked(session, conversation_id)
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
) -> int:
    """Insert messages into a locked conversation and return its last seq; suppressed ones get no number."""
    seq: int = talk.last_seq
    numbered = status != "suppressed"
    for body in contents:
        uid = secrets.token_hex(16)
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
    return seq


def _locked(session: Session, conversation_id: str) -> Row:
    talk = locked(session, conversation_id)
    if talk is None or talk.ended_at is not None:
        raise ConversationClosedError()
    return talk


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
    )
