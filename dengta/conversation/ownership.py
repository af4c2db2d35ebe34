"""Who owns a conversation: every change raises the owner epoch in one transaction with the notice it comes with.

`BOT → QUEUED → HUMAN → WRAPUP → BOT | CLOSED`. Where nobody is at work the bot stays the owner: what the customer left
for people is a ticket, and a state of its own would only hold back what the customer writes next. What the bot was
saying under an older epoch is kept and never delivered (`turn_records.reply`).
"""
import hashlib
from typing import Optional

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from dengta.conversation import event_log
from dengta.conversation.bodies import Bodies
from dengta.conversation.messages import Body
from dengta.conversation.records import locked_open, store
from dengta.conversation.tables import conversation, message

_FROM = {
    "QUEUED": {"BOT", "HUMAN", "WRAPUP"},
    "HUMAN": {"BOT", "QUEUED", "HUMAN", "WRAPUP"},
    "WRAPUP": {"HUMAN"},
    "BOT": {"QUEUED", "HUMAN", "WRAPUP"},
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
    group: Optional[str] = None,
    expected_epoch: Optional[int] = None,
    notice: Optional[Body] = None,
) -> int:
    """Move a conversation to another state and return its new epoch.

    `owner_id` names the person for HUMAN and WRAPUP, `group` the skill group that is told of it. With `expected_epoch`
    only who saw the latest owner wins. `notice` is stored as the last message of the old epoch. On the way back to the
    bot, what the customer wrote to a person is not answered again.

    Raises:
        ConversationClosedError: there is no such open conversation.
        OwnerChangedError: the state cannot be reached from the present one, or somebody else changed it before.
    """
    talk = locked_open(session, conversation_id)
    if talk.state not in _FROM[to] or expected_epoch not in (None, talk.owner_epoch):
        raise OwnerChangedError()
    last_seq, epoch = talk.last_seq, int(talk.owner_epoch) + 1
    if notice is not None:
        last_seq = store(session, bodies, talk, [notice], author_kind="notice", status="sent")
    session.execute(
        update(conversation)
        .where(conversation.c.id == conversation_id)
        .values(
            state=to,
            owner_kind=_owner_kind(to),
            owner_id=owner_id,
            owner_epoch=epoch,
            bot_cursor_seq=last_seq if to == "BOT" else talk.bot_cursor_seq,
        )
    )
    event_log.note(session, "owner", conversation_id, state=to, epoch=epoch, owner_id=owner_id, group=group)
    return epoch


def say(
    session: Session, bodies: Bodies, conversation_id: str, epoch: int, author_id: str, body: Body, client_msg_id: str
) -> Optional[int]:
    """Store what a person says under the epoch they own and return its seq, the same for the same `client_msg_id`.

    None, and kept as suppressed, if they own it no more.

    Raises:
        ConversationClosedError: there is no such open conversation.
    """
    talk = locked_open(session, conversation_id)
    uid = hashlib.sha256(f"{author_id}\0{client_msg_id}".encode()).hexdigest()[:32]
    before = session.execute(
        select(message.c.seq).where(message.c.conversation_id == conversation_id, message.c.uid == uid)
    ).first()
    if before is not None:
        return None if before.seq is None else int(before.seq)
    owns = talk.state == "HUMAN" and talk.owner_epoch == epoch and talk.owner_id == author_id
    seq = store(
        session,
        bodies,
        talk,
        [{**body, "sent_as": client_msg_id}],
        author_kind="agent",
        author_id=author_id,
        known_as=uid,
        status="sent" if owns else "suppressed",
        epoch=epoch,
    )
    return seq if owns else None


def _owner_kind(state: str) -> str:
    return {"BOT": "bot", "HUMAN": "agent", "WRAPUP": "agent"}.get(state, "nobody")
