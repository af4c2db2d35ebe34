"""Which customer a conversation is bound to, and which part of it is theirs.

A conversation has one binding at a time; it names a customer and the messages that are theirs, from `from_seq` to
`until_seq`. A binding is verified by a code, or shared: while the verified accounts of one WeChat user (one unionid)
name one customer, the conversations of that user's other accounts are bound to the same customer.

All functions work in the caller's transaction.
"""
from datetime import datetime
from typing import Any, Iterable, Optional

from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from dengta import clock
from dengta.conversation.tables import account, binding, conversation, message


def present(session: Session, conversation_id: str) -> Optional[Row]:
    """Return the binding of a conversation, None if nobody is known in it."""
    return session.execute(_present(binding.c.conversation_id == conversation_id)).one_or_none()


def unbound_since(session: Session, conversation_id: str) -> int:
    """Return the seq from which nobody is known in a conversation that is bound to nobody."""
    ended = select(func.max(binding.c.until_seq)).where(binding.c.conversation_id == conversation_id)
    return int(session.execute(ended).scalar() or 0) + 1


def hold(session: Session, conversation_id: str) -> Optional[Row]:
    """Keep an open conversation from ending or being bound by others meanwhile; None if there is no such one."""
    return session.execute(
        select(conversation)
        .where(conversation.c.id == conversation_id, conversation.c.ended_at.is_(None))
        .with_for_update(key_share=True)
    ).one_or_none()


def next_part(session: Session, talk: Row) -> int:
    """Return the seq at which the part of whoever is speaking now would begin.

    That is the first message of the turn the bot is answering, or the next message if it answers none.
    """
    first = select(func.min(message.c.seq)).where(
        message.c.conversation_id == talk.id, message.c.turn == talk.turn, message.c.status == "processing"
    )
    answering = session.execute(first).scalar_one() if talk.state == "BOT" else None
    return answering or int(talk.last_seq) + 1


def bind(session: Session, talk: Row, customer_id: str, phone_seq: int, now: datetime) -> None:
    """Bind a conversation that the caller holds to the customer who was verified in it just now.

    The first customer's part begins with the conversation. The part of whoever comes after another customer begins now,
    and the other one's ended before `phone_seq`, when the phone was given: who spoke in between is not known.
    """
    union = _hold_union_of(session, talk.id)
    before = present(session, talk.id)
    if before is not None and before.customer_id == customer_id:
        session.execute(update(binding).where(binding.c.id == before.id).values(verified_at=now))
    else:
        if before is not None:
            _close(session, before, until_seq=phone_seq - 1)
        _open(session, talk.id, customer_id, next_part(session, talk), verified_at=now)
    _share(session, union)


def end(session: Session, conversation_id: str) -> None:
    """End the binding of a conversation, if it has one, with what was said so far."""
    union = _hold_union_of(session, conversation_id)
    _close_all(session, [conversation_id])
    _share(session, union)


def forget(session: Session, conversation_id: str) -> None:
    """End the bindings of a conversation and of all other accounts of the same WeChat user."""
    union = _hold_union_of(session, conversation_id)
    _close_all(session, [conversation_id, *_talks(session, union)])


def share(session: Session, union: Optional[str]) -> None:
    """Settle who is known in the conversations of a union (its `union_key`) in which nobody was verified.

    They are bound to the customer the verified ones name, if that is one customer, and to nobody otherwise.
    """
    _hold_union(session, union)
    _share(session, union)


def _share(session: Session, union: Optional[str]) -> None:
    talks = _talks(session, union)
    bound = {row.conversation_id: row for row in session.execute(_present(binding.c.conversation_id.in_(talks)))}
    named = {row.customer_id for row in bound.values() if row.verified_at}
    customer_id = named.pop() if len(named) == 1 else None
    for talk, last_seq in talks.items():
        row = bound.get(talk)
        if row is not None and (row.verified_at or row.customer_id == customer_id):
            continue
        if row is not None:
            _close(session, row, until_seq=last_seq)
        if customer_id is not None:
            _open(session, talk, customer_id, last_seq + 1, verified_at=None)


def _hold_union_of(session: Session, conversation_id: str) -> Optional[str]:
    mine = select(account.c.union_key).where(account.c.conversation_id == conversation_id)
    union: Optional[str] = session.execute(mine).scalar_one_or_none()
    _hold_union(session, union)
    return union


def _hold_union(session: Session, union: Optional[str]) -> None:
    """Make everybody else who settles this union wait; always in the same order, so that nobody waits in a circle."""
    if union is not None:
        members = select(account.c.id).where(account.c.union_key == union).order_by(account.c.id)
        session.execute(members.with_for_update()).all()


def _talks(session: Session, union: Optional[str]) -> dict[str, int]:
    """Return the open conversations of a union's accounts with their last seq."""
    if union is None:
        return {}
    rows = session.execute(
        select(conversation.c.id, conversation.c.last_seq)
        .join(account, account.c.conversation_id == conversation.c.id)
        .where(account.c.union_key == union, conversation.c.ended_at.is_(None))
        .order_by(account.c.id)
    )
    return {row.id: row.last_seq for row in rows}


def _present(condition: Any) -> Any:
    return select(binding).where(condition, binding.c.ended_at.is_(None))


def _open(session: Session, talk: str, customer_id: str, from_seq: int, verified_at: Optional[datetime]) -> None:
    earlier = select(binding.c.id).where(binding.c.conversation_id == talk).limit(1)
    begins = 1 if session.execute(earlier).first() is None else from_seq
    session.execute(
        insert(binding).values(
            conversation_id=talk, customer_id=customer_id, from_seq=begins, verified_at=verified_at
        )
    )


def _close(session: Session, row: Row, until_seq: int) -> None:
    session.execute(update(binding).where(binding.c.id == row.id).values(ended_at=clock.now(), until_seq=until_seq))


def _close_all(session: Session, talks: Iterable[str]) -> None:
    last_seq = select(conversation.c.last_seq).where(conversation.c.id == binding.c.conversation_id).scalar_subquery()
    session.execute(
        update(binding)
        .where(binding.c.conversation_id.in_(list(talks)), binding.c.ended_at.is_(None))
        .values(ended_at=clock.now(), until_seq=last_seq)
    )
