"""Who owns a conversation: every change raises the owner epoch in one transaction with the notice it comes with.

`BOT → QUEUED → HUMAN → WRAPUP → BOT | CLOSED`, and `OFFLINE_MESSAGE` where nobody is at work. What the bot was saying
under an older epoch is kept and never delivered (`turn_records.reply`).
"""
from typing import Optional

from sqlalchemy import update
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from dengta.conversation.bodies import Bodies
from dengta.conversation.messages import Body
from dengta.conversation.records import ConversationClosedError, locked, store
from dengta.conversation.tables import conversation

_FROM = {
    "QUEUED": {"BOT", "OFFLINE_MESSAGE", "HUMAN"},
    "HUMAN": {"BOT", "QUEUED", "OFFLINE_MESSAGE", "HUMAN", "WRAPUP"},
    "OFFLINE_MESSAGE": {"BOT", "QUEUED"},
    "WRAPUP": {"HUMAN"},
    "BOT": {"QUEUED", "HUMAN", "WRAPUP", "OFFLINE_MESSAGE"},
}


class OwnerChangedError(Exception):
    """The conversation is not in the state or epoch the caller saw; nothing was changed."""


def change(
    session: Session,
    bodies: Bodies,
    conversation_id: str,
    to: str,
    *,
    owner_id: Optional[str] = None,
    expected_epoch: Optional[int] = None,
    notice: Optional[Body] = None,
) -> int:
    """Move a conversation to another state and return its new epoch.

    `owner_id` names the person for HUMAN and WRAPUP. With `expected_epoch` only who saw the latest owner wins.
    `notice` is stored as the last message of the old epoch. On the way back to the bot, what the customer wrote to a
    person is not answered again.

    Raises:
        ConversationClosedError: there is no such open conversation.
        OwnerChangedError: the state cannot be reached from the present one, or somebody else changed it before.
    """
    talk = locked(session, conversation_id)
    if talk is None or talk.ended_at is not None:
        raise ConversationClosedError()
    if talk.state not in _FROM[to] or expected_epoch not in (None, talk.owner_epoch):
        raise OwnerChangedError()
    last_seq = talk.last_seq
    if notice is not None:
        last_seq = store(session, bodies, talk, [notice], author_kind="notice", status="sent")
    session.execute(
        update(conversation)
        .where(conversation.c.id == conversation_id)
        .values(
            state=to,
            owner_kind=_owner_kind(to),
            owner_id=owner_id if to in ("HUMAN", "WRAPUP") else None,
            owner_epoch=talk.owner_epoch + 1,
            bot_cursor_seq=last_seq if to == "BOT" else talk.bot_cursor_seq,
        )
    )
    return int(talk.owner_epoch) + 1


def say(
    session: Session, bodies: Bodies, conversation_id: str, epoch: int, author_id: str, body: Body
) -> Optional[int]:
    """Store what a person says under the epoch they own; None, and kept as suppressed, if they own it no more.

    Raises:
        ConversationClosedError: there is no such open conversation.
    """
    talk = locked(session, conversation_id)
    if talk is None or talk.ended_at is not None:
        raise ConversationClosedError()
    owns = _owns(talk, epoch, author_id)
    seq = store(
        session,
        bodies,
        talk,
        [body],
        author_kind="agent",
        author_id=author_id,
        status="sent" if owns else "suppressed",
        epoch=epoch,
    )
    return seq if owns else None


def _owns(talk: Row, epoch: int, author_id: str) -> bool:
    return bool(talk.state == "HUMAN" and talk.owner_epoch == epoch and talk.owner_id == author_id)


def _owner_kind(state: str) -> str:
    return {"BOT": "bot", "HUMAN": "agent", "WRAPUP": "agent"}.get(state, "nobody")
