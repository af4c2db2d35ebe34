"""Who answers what: claiming, keeping and finishing a turn, on a session the caller commits.

A turn belongs to whoever holds the conversation's lease. A lease that runs out, because its process died, may be taken
by anybody, who begins the same turn again; what the earlier holder still writes is kept but never delivered. Leases run
on real time, so that a frozen demo clock does not stop them.
"""
import secrets
from datetime import datetime, timedelta
from typing import Any, Optional, Sequence

from sqlalchemy import func, or_, select, update
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from dengta.conversation.bodies import Bodies
from dengta.conversation.messages import Answered, Inbound
from dengta.conversation.records import UNFINISHED, locked, store
from dengta.conversation.tables import conversation, message

LEASE = timedelta(seconds=10)
_FIRST_EPOCH = 1
_BURST_MESSAGES = 20
_BURST_LENGTH = 1000  # characters
_PUNCTUATION = "，。！？；：、…,.!?;:~～ \n"


def claim(session: Session, bodies: Bodies, conversation_id: str, now: datetime) -> Optional[Inbound]:
    """Take the lease and mark what the next turn answers as being processed."""
    talk = locked(session, conversation_id)
    if talk is None or talk.state != "BOT" or (talk.lease_until is not None and talk.lease_until > now):
        return None
    rows = _unfinished(session, talk)
    begun = [row for row in rows if row.status == "processing"]
    said = [(row, bodies.read(row)) for row in begun or rows]
    if not said:
        return None
    if not begun:
        said = _burst(said)
    first, body = said[0]
    turn, attempt, lease = first.turn or talk.turn + 1, first.attempts + 1, secrets.token_hex(16)
    session.execute(
        update(message)
        .where(message.c.id.in_([row.id for row, _ in said]))
        .values(status="processing", turn=turn, attempts=attempt)
    )
    session.execute(
        update(conversation)
        .where(conversation.c.id == conversation_id)
        .values(turn=turn, lease=lease, lease_until=now + LEASE)
    )
    return Inbound(
        turn=turn,
        channel=talk.channel,
        epoch=talk.owner_epoch,
        lease=lease,
        text=_joined([body.get("text", "") for _, body in said]),
        payload=body.get("payload"),
        attempt=attempt,
        anew=_is_anew(session, talk, turn),
    )


def renew(session: Session, conversation_id: str, lease: str, now: datetime) -> bool:
    """Keep a lease for another `LEASE`; False if it was lost."""
    kept = session.execute(
        update(conversation)
        .where(conversation.c.id == conversation_id, conversation.c.lease == lease)
        .values(lease_until=now + LEASE)
    )
    return bool(kept.rowcount == 1)


def release(session: Session, conversation_id: str, lease: str) -> None:
    """Give a lease back unfinished, so that another process begins the turn again at once."""
    session.execute(
        update(conversation)
        .where(conversation.c.id == conversation_id, conversation.c.lease == lease)
        .values(lease=None, lease_until=None)
    )


def reply(
    session: Session, bodies: Bodies, conversation_id: str, inbound: Inbound, answered: Answered, failed: bool
) -> bool:
    """Insert the bot's messages under the epoch they were made in and finish what they answer."""
    talk = locked(session, conversation_id)
    if talk is None:
        return False
    leased = talk.lease == inbound.lease
    if leased:
        session.execute(
            update(message)
            .where(
                message.c.conversation_id == conversation_id,
                message.c.turn == inbound.turn,
                message.c.status == "processing",
            )
            .values(status="failed" if failed else "done", reading=answered.reading)
        )
        release(session, conversation_id, inbound.lease)
    welcome = leased and talk.owner_epoch == inbound.epoch
    store(
        session,
        bodies,
        talk,
        answered.bodies,
        author_kind="bot",
        status="sent" if welcome else "suppressed",
        turn=inbound.turn,
        epoch=inbound.epoch,
    )
    if welcome and answered.afterwards is not None:
        answered.afterwards(session, conversation_id)
    return welcome


def unanswered(session: Session, now: datetime) -> dict[str, int]:
    """Select the bot's conversations with unfinished messages that nobody works on, longest waiting first."""
    rows = session.execute(
        select(message.c.conversation_id, func.min(message.c.seq).label("seq"))
        .join(conversation, conversation.c.id == message.c.conversation_id)
        .where(
            message.c.status.in_(UNFINISHED),
            message.c.seq > conversation.c.bot_cursor_seq,
            conversation.c.state == "BOT",
            or_(conversation.c.lease_until.is_(None), conversation.c.lease_until <= now),
        )
        .group_by(message.c.conversation_id)
        .order_by(func.min(message.c.id))
    )
    return {row.conversation_id: row.seq for row in rows}


def stuck(session: Session, before: datetime) -> tuple[str, ...]:
    """Select the bot's conversations in which a message from before a moment is still to be answered."""
    rows = session.execute(
        select(message.c.conversation_id)
        .distinct()
        .join(conversation, conversation.c.id == message.c.conversation_id)
        .where(
            message.c.status.in_(UNFINISHED),
            message.c.seq > conversation.c.bot_cursor_seq,
            message.c.created_at < before,
            conversation.c.state == "BOT",
        )
        .order_by(message.c.conversation_id)
    )
    return tuple(rows.scalars())


def _unfinished(session: Session, talk: Row) -> Sequence[Row]:
    rows: Sequence[Row] = session.execute(
        select(message)
        .where(
            message.c.conversation_id == talk.id,
            message.c.status.in_(UNFINISHED),
            message.c.seq > talk.bot_cursor_seq,
        )
        .order_by(message.c.seq)
        .limit(_BURST_MESSAGES)
    ).all()
    return rows


def _is_anew(session: Session, talk: Row, turn: int) -> bool:
    """Tell whether the bot got the conversation back and answered nothing before this turn since."""
    if talk.owner_epoch == _FIRST_EPOCH:
        return False
    before = select(message.c.id).where(
        message.c.conversation_id == talk.id, message.c.epoch == talk.owner_epoch, message.c.turn < turn
    )
    return session.execute(before.limit(1)).first() is None


def _burst(said: list[tuple[Row, dict[str, Any]]]) -> list[tuple[Row, dict[str, Any]]]:
    """Return the bubbles one turn answers: a click alone, or texts up to the next click."""
    taken: list[tuple[Row, dict[str, Any]]] = []
    length = 0
    for row, body in said:
        length += len(body.get("text", ""))
        if taken and (body.get("payload") or length > _BURST_LENGTH):
            break
        taken.append((row, body))
        if body.get("payload"):
            break
    return taken


def _joined(texts: Sequence[str]) -> str:
    whole = texts[0]
    for text in texts[1:]:
        whole += text if whole[-1:] in _PUNCTUATION else f"，{text}"
    return whole
