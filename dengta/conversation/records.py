"""The transactions of the message log on a session the caller commits; `log.py` says what they promise."""
import json
from typing import Optional, Sequence

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from dengta import clock
from dengta.conversation.messages import Body, Button, Inbound, Message, Received, buttons, dump, seq_of
from dengta.conversation.tables import channel_account, conversation, message

_UNFINISHED = ("received", "processing")


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
    session.execute(delete(channel_account).where(channel_account.c.conversation_id == conversation_id))


def receive(session: Session, conversation_id: str, client_msg_id: str, body: Body) -> Received:
    """Insert an inbound message unless its `client_msg_id` is known."""
    talk = _lock(session, conversation_id)
    known = session.execute(
        select(message.c.seq).where(
            message.c.conversation_id == conversation_id, message.c.client_msg_id == client_msg_id
        )
    ).first()
    if known is not None:
        return Received(known.seq, duplicate=True)
    seq = _store(session, talk, [body], author_kind="customer", status="received", client_msg_id=client_msg_id)
    return Received(seq, duplicate=False)


def claim(session: Session, conversation_id: str) -> Optional[Inbound]:
    """Mark the oldest unfinished inbound message as being processed."""
    talk = _find(session, conversation_id)
    if talk is None or talk.state != "BOT":
        return None
    row = session.execute(
        select(message.c.id, message.c.seq, message.c.body, message.c.attempts)
        .where(
            message.c.conversation_id == conversation_id,
            message.c.status.in_(_UNFINISHED),
            message.c.seq > talk.bot_cursor_seq,
        )
        .order_by(message.c.seq)
        .limit(1)
    ).first()
    if row is None:
        return None
    session.execute(
        update(message).where(message.c.id == row.id).values(status="processing", attempts=row.attempts + 1)
    )
    body = json.loads(row.body)
    return Inbound(row.seq, talk.owner_epoch, body.get("text", ""), body.get("payload"), row.attempts + 1)


def reply(
    session: Session, conversation_id: str, epoch: int, reply_to_seq: int, messages: Sequence[Body], failed: bool
) -> bool:
    """Insert the bot's messages under the epoch they were made in and finish what they answer."""
    talk = _find(session, conversation_id)
    if talk is None:
        return False
    finished = session.execute(
        update(message)
        .where(
            message.c.conversation_id == conversation_id,
            message.c.seq == reply_to_seq,
            message.c.status.in_(_UNFINISHED),
        )
        .values(status="failed" if failed else "done")
    )
    welcome = finished.rowcount == 1 and talk.owner_epoch == epoch
    _store(
        session,
        talk,
        messages,
        author_kind="bot",
        status="sent" if welcome else "suppressed",
        reply_to_seq=reply_to_seq,
        epoch=epoch,
    )
    return welcome


def append(
    session: Session, conversation_id: str, author_kind: str, body: Body, author_id: Optional[str]
) -> int:
    """Insert one outbound message under the present epoch."""
    talk = _lock(session, conversation_id)
    return _store(session, talk, [body], author_kind=author_kind, status="sent", author_id=author_id)


def since(session: Session, conversation_id: str, after: int, limit: int) -> tuple[Message, ...]:
    """Select delivered messages in order."""
    rows = session.execute(
        select(message)
        .where(message.c.conversation_id == conversation_id, message.c.seq > after)
        .order_by(message.c.seq)
        .limit(limit)
    )
    return tuple(_message(row) for row in rows)


def button(session: Session, conversation_id: str, button_id: str) -> Optional[Button]:
    """Read a button from the message its id leads to."""
    seq = seq_of(button_id)
    if seq is None:
        return None
    row = session.execute(
        select(message.c.body).where(message.c.conversation_id == conversation_id, message.c.seq == seq)
    ).first()
    offered = buttons(json.loads(row.body)) if row is not None else ()
    return next((button for button in offered if button.id == button_id), None)


def newest(session: Session, conversation_ids: Sequence[str]) -> dict[str, int]:
    """Select last numbers."""
    rows = session.execute(
        select(conversation.c.id, conversation.c.last_seq).where(conversation.c.id.in_(conversation_ids))
    )
    return {row.id: row.last_seq for row in rows}


def unanswered(session: Session) -> tuple[str, ...]:
    """Select the bot's conversations with unfinished messages, oldest message first."""
    rows = session.execute(
        select(message.c.conversation_id, func.min(message.c.id))
        .join(conversation, conversation.c.id == message.c.conversation_id)
        .where(
            message.c.status.in_(_UNFINISHED),
            message.c.seq > conversation.c.bot_cursor_seq,
            conversation.c.state == "BOT",
        )
        .group_by(message.c.conversation_id)
        .order_by(func.min(message.c.id))
    )
    return tuple(row.conversation_id for row in rows)


def _find(session: Session, conversation_id: str) -> Optional[Row]:
    return session.execute(
        select(conversation).where(conversation.c.id == conversation_id).with_for_update()
    ).first()


def _lock(session: Session, conversation_id: str) -> Row:
    talk = _find(session, conversation_id)
    if talk is None or talk.ended_at is not None:
        raise ConversationClosedError()
    return talk


def _store(
    session: Session,
    talk: Row,
    bodies: Sequence[Body],
    *,
    author_kind: str,
    status: str,
    author_id: Optional[str] = None,
    client_msg_id: Optional[str] = None,
    reply_to_seq: Optional[int] = None,
    epoch: Optional[int] = None,
) -> int:
    seq: int = talk.last_seq
    for body in bodies:
        numbered = status != "suppressed"
        seq += 1 if numbered else 0
        session.execute(
            insert(message).values(
                conversation_id=talk.id,
                seq=seq if numbered else None,
                author_kind=author_kind,
                author_id=author_id,
                epoch=talk.owner_epoch if epoch is None else epoch,
                client_msg_id=client_msg_id,
                body=dump(body, seq if numbered else None),
                status=status,
                reply_to_seq=reply_to_seq,
                created_at=clock.now(),
            )
        )
    session.execute(update(conversation).where(conversation.c.id == talk.id).values(last_seq=seq))
    return seq


def _message(row: Row) -> Message:
    body = json.loads(row.body)
    return Message(
        seq=row.seq,
        author=row.author_kind,
        text=body.get("text", ""),
        time=row.created_at,
        buttons=buttons(body),
        custom=body.get("custom"),
        client_msg_id=row.client_msg_id,
    )
