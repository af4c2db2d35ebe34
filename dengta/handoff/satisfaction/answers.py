"""What a customer answers: one rating for each invitation, which they may change until it expires."""
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Optional

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from dengta import clock
from dengta.conversation import event_log
from dengta.conversation.bodies import Bodies
from dengta.conversation.tables import account
from dengta.handoff.satisfaction import parts
from dengta.handoff.satisfaction.parts import Part
from dengta.handoff.satisfaction.rules import NPS, SCORES, rules
from dengta.handoff.satisfaction.tables import rating, rating_reason
from dengta.handoff.tables import queue_entry
from dengta.handoff.tickets.tables import ticket
from dengta.privacy.vault import Vault

LONGEST = 500  # characters of what a customer writes


class UnknownInvitationError(Exception):
    """The conversation was never asked this; nothing was changed."""


class ExpiredError(Exception):
    """The time in which the invitation could be answered is over; nothing was changed."""


class InvalidAnswerError(Exception):
    """There is no such score, reason or number; nothing was changed."""


@dataclass(frozen=True)
class Answer:
    """A score of 1 to 5, ids of reasons that belong to it, 0 to 10 for recommending us, and what the customer wrote."""

    score: int
    reasons: tuple[str, ...] = ()
    nps: Optional[int] = None
    words: str = field(repr=False, default="")


@dataclass(frozen=True)
class Invitation:
    """An invitation, what was answered, and whether it still can be; `answer` is None if nothing was."""

    id: str
    answer: Optional[Answer]
    declined: bool
    expired: bool


def find(session: Session, vault: Vault, conversation_id: str, invitation: str, now: datetime) -> Invitation:
    """Return an invitation of this conversation; `now` is real time.

    Raises:
        UnknownInvitationError.
    """
    row = session.execute(
        select(rating).where(rating.c.id == invitation, rating.c.conversation_id == conversation_id)
    ).one_or_none()
    if row is None:
        raise UnknownInvitationError()
    return Invitation(row.id, answer_of(session, vault, row), row.declined, row.expires_at <= now)


def newest(session: Session, conversation_id: str, now: datetime) -> Optional[Row]:
    """Return the newest invitation that can be answered, of this conversation or of the same account before it."""
    mine = select(account.c.id).where(account.c.conversation_id == conversation_id).scalar_subquery()
    open_to_them = select(rating).where(
        or_(rating.c.conversation_id == conversation_id, rating.c.account_id == mine), rating.c.expires_at > now
    )
    return session.execute(open_to_them.order_by(rating.c.invited_at.desc(), rating.c.id).limit(1)).first()


def answer_of(session: Session, vault: Vault, row: Row) -> Optional[Answer]:
    """Return what was answered.

    Raises:
        Unreadable: the words were changed, or their key is gone.
    """
    if row.score is None:
        return None
    chosen = select(rating_reason.c.reason).where(rating_reason.c.rating_id == row.id)
    reasons = session.execute(chosen.order_by(rating_reason.c.reason)).scalars()
    return Answer(row.score, tuple(reasons), row.nps, words_of(vault, row))


def words_of(vault: Vault, row: Row) -> str:
    """Return what the customer wrote, as they wrote it; "" for nothing."""
    return vault.open(place(row.id), row.words) if row.words else ""


def give(session: Session, vault: Vault, invitation: str, answer: Answer, now: datetime) -> None:
    """Note an answer, in the place of an earlier one; noting the same again changes nothing. `now` is real time.

    Raises:
        UnknownInvitationError, ExpiredError, InvalidAnswerError.
    """
    row = _held(session, invitation, now)
    side = rules().side(answer.score) if answer.score in SCORES else None
    if side is None or not set(answer.reasons) <= rules().reasons[side].keys() or len(answer.words) > LONGEST:
        raise InvalidAnswerError()
    if answer.nps is not None and answer.nps not in NPS:
        raise InvalidAnswerError()
    _change(
        session,
        row,
        score=answer.score,
        nps=answer.nps,
        words=vault.seal(place(row.id), answer.words) if answer.words else None,
        rated_at=clock.now(),
        declined=False,
        complaint_risk=answer.score <= rules().complaint.score and _complains(session, Bodies(vault), row),
    )
    _choose(session, row.id, answer.reasons)
    if row.score is None:
        event_log.note(session, "rating", row.conversation_id)


def decline(session: Session, invitation: str, now: datetime) -> None:
    """Note that somebody does not want to answer; an answer that was given stays.

    Raises:
        UnknownInvitationError, ExpiredError.
    """
    row = _held(session, invitation, now)
    if row.score is None:
        _change(session, row, declined=True)


def place(invitation: str) -> str:
    """Return what sealed words are bound to."""
    return f"rating.words|{invitation}"


def _held(session: Session, invitation: str, now: datetime) -> Row:
    row = session.execute(select(rating).where(rating.c.id == invitation).with_for_update()).one_or_none()
    if row is None:
        raise UnknownInvitationError()
    if row.expires_at <= now:
        raise ExpiredError()
    return row


def _change(session: Session, row: Row, **values: object) -> None:
    session.execute(update(rating).where(rating.c.id == row.id).values(**values))


def _choose(session: Session, invitation: str, reasons: Sequence[str]) -> None:
    session.execute(delete(rating_reason).where(rating_reason.c.rating_id == invitation))
    if reasons:
        chosen = [{"rating_id": invitation, "reason": reason} for reason in sorted(set(reasons))]
        session.execute(insert(rating_reason), chosen)


def _complains(session: Session, bodies: Bodies, row: Row) -> bool:
    """Tell whether the customer complained in this part, or has a complaint that is not settled."""
    rule = rules().complaint
    theirs = ticket.c.conversation_id == row.conversation_id
    if row.customer_id is not None:
        theirs = or_(theirs, ticket.c.customer_id == row.customer_id)
    unsettled = select(ticket.c.ticket_no).where(theirs, ticket.c.kind.in_(rule.tickets), ticket.c.closed_at.is_(None))
    if session.execute(unsettled.limit(1)).first() is not None:
        return True
    causes = session.execute(
        select(queue_entry.c.reason).where(
            queue_entry.c.conversation_id == row.conversation_id,
            queue_entry.c.epoch.between(row.from_epoch, row.until_epoch),
        )
    ).scalars()
    part = Part(row.conversation_id, row.from_epoch, row.until_epoch, frozenset(causes), row.group)
    return parts.shows(session, bodies, part, rule.risks)
