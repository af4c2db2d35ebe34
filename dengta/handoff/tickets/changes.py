"""Changing tickets on a session the caller commits: each change makes a version, and somebody saw the one before.

All functions return the new version and raise, before anything is changed:
    TicketNotFoundError, TicketChangedError: the ticket is not what the caller saw.
    TransitionRefusedError: its state does not allow it.
    InvalidTicketError: a text is missing or too long, or an id unknown.
"""
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Optional

from sqlalchemy import select, update
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from dengta.conversation import bindings, event_log
from dengta.handoff.tickets import deadlines, evidence, history, news
from dengta.handoff.tickets.errors import (
    ExtensionRefusedError,
    InvalidTicketError,
    RemediesMissingError,
    TicketChangedError,
    TicketNotFoundError,
    TransitionRefusedError,
)
from dengta.handoff.tickets.models import SETTLED, Answer, Change
from dengta.handoff.tickets.rules import check_group, rules
from dengta.handoff.tickets.tables import ticket
from dengta.privacy.vault import Vault

_FIRST_SEQ = 1
_NEEDS_NO_REASON = ("accepted", "in_progress")


def move(session: Session, vault: Vault, change: Change, to: str, now: datetime) -> int:
    """Move a ticket to a state that needs no more than a reason: all but `answered` and `closed`.

    Opening it again starts a new clock for the answer.
    """
    row = _held(session, change)
    _check_transition(row, to)
    if to == "answered":
        raise InvalidTicketError("reply", "missing")
    if to == "closed":
        raise InvalidTicketError("outcome", "missing")
    if to not in _NEEDS_NO_REASON:
        history.check_text("why", change.why)
    deadlines.reach(session, row.ticket_no, to, now)
    if to == "reopened":
        deadlines.start(session, row.ticket_no, deadlines.ANSWERED, rules().kinds[row.kind].reopened, now)
        return _store(session, vault, row, change, "reopened", now, state=to, outcome=None, closed_at=None)
    return _store(session, vault, row, change, "moved", now, state=to)


def answer(
    session: Session, vault: Vault, change: Change, reply: str, remedies: Collection[str], now: datetime
) -> int:
    """Answer the customer, naming remedies; who proved who they are reads it in their conversation.

    Raises:
        RemediesMissingError: answers of this kind must name others too.
    """
    row = _held(session, change)
    _check_transition(row, "answered")
    history.check_text("reply", reply)
    if not set(remedies) <= set(rules().remedies):
        raise InvalidTicketError("remedies", "unknown")
    if missing := rules().kinds[row.kind].remedies.difference(remedies):
        raise RemediesMissingError(missing)
    deadlines.reach(session, row.ticket_no, "answered", now)
    detail, texts = {"remedies": sorted(set(remedies))}, {"reply": reply}
    told = Answer(reply, detail["remedies"])
    return _store(session, vault, row, change, "answered", now, detail, texts, told, state="answered")


def close(session: Session, vault: Vault, change: Change, outcome: str, now: datetime) -> int:
    """Close a ticket; which outcomes there are depends on whether it has been answered."""
    row = _held(session, change)
    _check_transition(row, "closed")
    history.check_text("why", change.why)
    if outcome not in rules().outcomes["answered" if row.state == "answered" else "unanswered"]:
        raise InvalidTicketError("outcome", "not_allowed")
    deadlines.drop(session, row.ticket_no, now)
    detail = {"outcome": outcome}
    return _store(session, vault, row, change, "closed", now, detail, state="closed", outcome=outcome, closed_at=now)


def assign(
    session: Session, vault: Vault, change: Change, owner_id: Optional[str], group: str, now: datetime
) -> int:
    """Give a ticket to a group, and to one agent of it or to nobody yet."""
    row = _held(session, change)
    check_group(group)
    detail = {"owner_id": owner_id, "group": group}
    return _store(session, vault, row, change, "assigned", now, detail, owner_id=owner_id, group=group)


def identify(session: Session, vault: Vault, change: Change, customer_id: str, now: datetime) -> int:
    """Note which customer the ticket belongs to, now that their identity was verified."""
    row = _held(session, change)
    if row.verified and row.customer_id != customer_id:
        raise InvalidTicketError("customer_id", "not_allowed")
    detail = {"customer_id": customer_id}
    return _store(session, vault, row, change, "identified", now, detail, customer_id=customer_id, verified=True)


def recognise(session: Session, vault: Vault, conversation_id: str, customer_id: str, now: datetime) -> None:
    """Identify the tickets opened in the part of a conversation that belongs to its present customer."""
    bound = bindings.present(session, conversation_id)
    if bound is None or bound.customer_id != customer_id:
        return
    nameless = select(ticket.c.ticket_no, ticket.c.version).where(
        ticket.c.conversation_id == conversation_id, ticket.c.customer_id.is_(None)
    )
    for row in session.execute(nameless.order_by(ticket.c.ticket_no).with_for_update()).all():
        first = min((each.seq for each in evidence.of(session, row.ticket_no)), default=_FIRST_SEQ)
        if first >= bound.from_seq:
            identify(session, vault, Change(row.ticket_no, row.version, "bot"), customer_id, now)


def extend(session: Session, vault: Vault, change: Change, days: int, role: str, approval: str, now: datetime) -> int:
    """Move the deadline of the answer to `days` since receipt; who changes approves, `approval` is the evidence.

    Raises:
        ExtensionRefusedError: the clock has no such extension or not yet, the deadline has passed, the `role` may not
            approve, or the approver owns the ticket.
    """
    row = _held(session, change)
    history.check_text("why", change.why)
    history.check_text("approval", approval)
    if change.by == row.owner_id:
        raise ExtensionRefusedError("own_ticket")
    detail = {**deadlines.extend(session, row.ticket_no, days, role, now), "role": role}
    return _store(session, vault, row, change, "extended", now, detail, {"approval": approval})


def set_regulator_date(session: Session, vault: Vault, change: Change, day: date, role: str, now: datetime) -> int:
    """Type in the last day of a regulator's forwarding sheet; `why` names the sheet.

    Raises:
        ExtensionRefusedError: the date would move back, and the `role` may not do that.
    """
    row = _held(session, change)
    history.check_text("why", change.why)
    if row.state in SETTLED:
        raise InvalidTicketError("regulator_due", "not_allowed")
    detail = deadlines.set_regulator_date(session, row.ticket_no, row.received_at, day, role, now)
    return _store(session, vault, row, change, "regulator_date", now, detail)


def add_evidence(
    session: Session, vault: Vault, change: Change, conversation_id: str, seqs: Sequence[int], now: datetime
) -> int:
    """Note messages of a conversation as evidence."""
    row = _held(session, change)
    if not seqs:
        raise InvalidTicketError("evidence", "missing")
    evidence.check(session, conversation_id, seqs)
    evidence.add(session, row.ticket_no, conversation_id, seqs)
    detail = {"conversation_id": conversation_id, "evidence": sorted(set(seqs))}
    return _store(session, vault, row, change, "evidence_added", now, detail)


def _held(session: Session, change: Change) -> Row:
    """Keep others from changing the ticket until the transaction ends."""
    history.check_length("why", change.why)
    row = session.execute(
        select(ticket).where(ticket.c.ticket_no == change.ticket_no).with_for_update()
    ).one_or_none()
    if row is None:
        raise TicketNotFoundError()
    if row.version != change.version:
        raise TicketChangedError(row.version)
    return row


def _check_transition(row: Row, to: str) -> None:
    if to not in rules().kinds[row.kind].flow[row.state]:
        raise TransitionRefusedError(row.kind, row.state, to)


def _store(
    session: Session,
    vault: Vault,
    row: Row,
    change: Change,
    event: str,
    now: datetime,
    detail: Optional[Mapping[str, Any]] = None,
    texts: Optional[Mapping[str, str]] = None,
    answer: Optional[Answer] = None,
    **values: Any,
) -> int:
    """Write a change of a held ticket and its entry in the history, and tell the customer of it."""
    version = int(row.version) + 1
    session.execute(update(ticket).where(ticket.c.ticket_no == row.ticket_no).values(version=version, **values))
    states = (row.state, values.get("state", row.state))
    written = {"why": change.why, **(texts or {})}
    history.add(session, vault, row.ticket_no, version, change.by, event, states, detail or {}, written, now)
    news.tell(session, vault, row, event, answer)
    owner_id, group = values.get("owner_id", row.owner_id), values.get("group", row.group)
    event_log.note(
        session,
        "ticket",
        row.conversation_id,
        ticket_no=row.ticket_no,
        state=states[1],
        group=group,
        owner_id=owner_id,
        was_with=[row.group, row.owner_id],
    )
    return version
