"""Erasing what was kept of a customer or a conversation, on request; `data/lexicon/retention.yml` says what stays.

An erased message keeps its number, author and time, so that what is left stays in order, and loses everything else.
What several customers said in one conversation is told apart by their bindings; what lies between them goes with the
last of them.
"""
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any, Collection, Optional, Protocol, Sequence

from sqlalchemy import Column, and_, delete, or_, select, update
from sqlalchemy.engine import Engine, Row
from sqlalchemy.orm import Session

from dengta import clock
from dengta.conversation import records
from dengta.conversation.bodies import Bodies
from dengta.conversation.tables import (
    account,
    binding,
    conversation,
    customer_profile,
    event_outbox,
    handoff,
    message,
    one_time_code,
    tracker_event,
)
from dengta.data import read_data
from dengta.database import writing
from dengta.privacy import audit
from dengta.privacy.boxes import Unreadable
from dengta.privacy.vault import Vault


@dataclass
class Erased:
    """What an erasure did.

    `messages` were emptied and `records` deleted. Conversations that stay: `complaints` on record, those `waiting` for
    a person, and those `in_use` by a person or another customer.
    """

    messages: int = 0
    records: int = 0
    complaints: int = 0
    waiting: int = 0
    in_use: int = 0


class Cases(Protocol):
    """What is dealt with beside conversations and outlives them, such as tickets; in the transaction of the erasure."""

    def wait(self, session: Session, conversation_id: str) -> bool:
        """Tell whether a case of this conversation is not done with."""

    def evidence(self, session: Session, conversation_id: str) -> Collection[int]:
        """Return the numbers of the messages that are kept for a case."""

    def forget_conversation(self, session: Session, conversation_id: str) -> int:
        """Delete the cases of a conversation that were kept long enough; return how many."""

    def forget_customer(self, session: Session, customer_id: str) -> int:
        """Delete the cases of a customer that were kept long enough; return how many."""


class Erasure:
    """Erases records; each call is one transaction with its entry in the audit trail. Calling again changes nothing."""

    def __init__(
        self, engine: Engine, vault: Vault, beside: Sequence[Column] = (), cases: Sequence[Cases] = ()
    ) -> None:
        """`beside` are columns that name a conversation in tables of channels; their rows go, in this order."""
        self._engine = engine
        self._bodies = Bodies(vault)
        self._beside = beside
        self._cases = cases

    def customer(self, customer_id: str, actor: str) -> Erased:
        """Erase a customer's parts of all conversations and their preferences; the conversations end.

        Raises:
            SQLAlchemyError, KeyFileError: nothing was erased.
        """
        theirs = binding.c.customer_id == customer_id
        with writing(self._engine) as session:
            talks = session.execute(select(binding.c.conversation_id).where(theirs).distinct()).scalars()
            erased = Erased()
            for talk in sorted(talks):
                self._erase(session, talk, theirs, erased)
            erased.records += sum(case.forget_customer(session, customer_id) for case in self._cases)
            _forget_preferences(session, customer_id, erased)
            _note(session, f"customer {customer_id}", actor, erased)
        return erased

    def conversation(self, conversation_id: str, actor: str) -> Erased:
        """Erase a conversation, whoever spoke in it; it ends. One that does not exist is no error.

        Raises:
            SQLAlchemyError, KeyFileError: nothing was erased.
        """
        with writing(self._engine) as session:
            erased = Erased()
            self._erase(session, conversation_id, None, erased)
            _note(session, f"conversation {conversation_id}", actor, erased)
        return erased

    def _erase(self, session: Session, conversation_id: str, theirs: Any, erased: Erased) -> None:
        talk = _hold(session, conversation_id)
        if talk is None:
            return
        if _waits(session, conversation_id) or any(case.wait(session, conversation_id) for case in self._cases):
            erased.waiting += 1
            return
        if talk.ended_at is None:
            if _is_in_use(session, talk, theirs):
                erased.in_use += 1
                return
            records.end(session, conversation_id)
        for column in self._beside:
            _delete(session, column.table, column == conversation_id, erased)
        _delete_around(session, conversation_id, erased)
        erased.records += sum(case.forget_conversation(session, conversation_id) for case in self._cases)
        shared = theirs is not None and _others(session, conversation_id, theirs)
        whose = _part_of(session, talk, theirs) if shared else message.c.conversation_id == conversation_id
        if _is_complaint(session, talk, whose):
            erased.complaints += 1
            return
        self._empty(session, and_(whose, ~self._is_evidence(session, conversation_id)), erased)
        bound = binding.c.conversation_id == conversation_id
        _delete(session, binding, and_(bound, theirs) if shared else bound, erased)

    def _is_evidence(self, session: Session, conversation_id: str) -> Any:
        seqs = {seq for case in self._cases for seq in case.evidence(session, conversation_id)}
        return and_(message.c.seq.is_not(None), message.c.seq.in_(seqs))

    def _empty(self, session: Session, whose: Any, erased: Erased) -> None:
        for row in session.execute(select(message).where(whose)).all():
            if self._is_empty(row):
                continue
            nothing = self._bodies.write({}, row.conversation_id, row.uid, row.seq)
            session.execute(
                update(message).where(message.c.id == row.id).values(body=nothing, client_msg_id=None, reading=None)
            )
            erased.messages += 1

    def _is_empty(self, row: Row) -> bool:
        try:
            return not self._bodies.read(row)
        except Unreadable:
            return False


@lru_cache(maxsize=1)
def kept() -> dict[str, Any]:
    """Return what is kept, as `data/lexicon/retention.yml` says."""
    return read_data("lexicon/retention")["kept"]


def _hold(session: Session, conversation_id: str) -> Optional[Row]:
    talk = select(conversation).where(conversation.c.id == conversation_id)
    return session.execute(talk.with_for_update(key_share=True)).one_or_none()


def _waits(session: Session, conversation_id: str) -> bool:
    open_request = select(handoff.c.ticket_no).where(
        handoff.c.conversation_id == conversation_id, handoff.c.state == "waiting"
    )
    return session.execute(open_request.limit(1)).first() is not None


def _is_in_use(session: Session, talk: Row, theirs: Any) -> bool:
    if talk.state != "BOT" or talk.lease is not None:
        return True
    present = select(binding.c.id).where(binding.c.conversation_id == talk.id, binding.c.ended_at.is_(None))
    return theirs is not None and session.execute(present.where(~theirs)).first() is not None


def _is_complaint(session: Session, talk: Row, whose: Any) -> bool:
    rule = kept()["complaints"]
    if talk.ended_at is not None and talk.ended_at < clock.now() - timedelta(days=365 * rule["years"]):
        return False
    said = select(message.c.id).where(whose, message.c.reading.in_(rule["readings"]))
    return session.execute(said.limit(1)).first() is not None


def _others(session: Session, conversation_id: str, theirs: Any) -> bool:
    others = select(binding.c.id).where(binding.c.conversation_id == conversation_id, ~theirs)
    return session.execute(others.limit(1)).first() is not None


def _part_of(session: Session, talk: Row, theirs: Any) -> Any:
    """Return the condition for a customer's messages, with what was suppressed in the turns they are part of."""
    here = message.c.conversation_id == talk.id
    parts = session.execute(select(binding).where(binding.c.conversation_id == talk.id, theirs)).all()
    numbered = or_(*(message.c.seq.between(part.from_seq, part.until_seq) for part in parts))
    turns = select(message.c.turn).where(here, numbered, message.c.turn.is_not(None))
    return and_(here, or_(numbered, and_(message.c.seq.is_(None), message.c.turn.in_(turns))))


def _delete_around(session: Session, conversation_id: str, erased: Erased) -> None:
    """Delete what only an open conversation needs, and requests for a person that were kept long enough."""
    long_ago = clock.now() - timedelta(days=365 * kept()["handoffs"]["years"])
    _delete(session, account, account.c.conversation_id == conversation_id, erased)
    _delete(session, one_time_code, one_time_code.c.conversation_id == conversation_id, erased)
    _delete(session, tracker_event, tracker_event.c.sender_id == conversation_id, erased)
    _delete(session, event_outbox, event_outbox.c.sender_id == conversation_id, erased)
    old = and_(handoff.c.conversation_id == conversation_id, handoff.c.created_at < long_ago)
    _delete(session, handoff, old, erased)


def _forget_preferences(session: Session, customer_id: str, erased: Erased) -> None:
    theirs = customer_profile.c.customer_id == customer_id
    _delete(session, customer_profile, and_(theirs, customer_profile.c.do_not_disturb.is_(False)), erased)
    chosen = and_(theirs, customer_profile.c.tone != "standard")
    erased.records += session.execute(update(customer_profile).where(chosen).values(tone="standard")).rowcount


def _delete(session: Session, table: Any, whose: Any, erased: Erased) -> None:
    erased.records += session.execute(delete(table).where(whose)).rowcount


def _note(session: Session, subject: str, actor: str, erased: Erased) -> None:
    if erased.messages or erased.records:
        audit.record(session, "erased", actor, subject, asdict(erased))
