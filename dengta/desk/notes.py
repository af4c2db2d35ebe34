"""Notes agents leave for each other in a conversation and the drafts each keeps, on a session the caller commits.

Both are sealed: agents write down what customers told them.
"""
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Optional

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from dengta import clock
from dengta.conversation import event_log
from dengta.desk.tables import agent, desk_draft, desk_note
from dengta.privacy.rotation import SealedColumn
from dengta.privacy.vault import Vault


@dataclass(frozen=True)
class Note:
    """What an agent wrote down about a conversation."""

    id: int
    agent_id: str
    agent_name: str
    text: str
    at: datetime


def add(session: Session, vault: Vault, conversation_id: str, agent_id: str, text: str) -> int:
    """Insert a note, tell the desk, and return the note's id."""
    uid = secrets.token_hex(16)
    result = session.execute(
        insert(desk_note).values(
            conversation_id=conversation_id,
            uid=uid,
            agent_id=agent_id,
            body=vault.seal(_note_place(uid), text),
            created_at=clock.now(),
        )
    )
    note_id = int(result.inserted_primary_key[0])
    event_log.note(session, "note", conversation_id, note_id=note_id, agent_id=agent_id)
    return note_id


def of(session: Session, vault: Vault, conversation_id: str) -> tuple[Note, ...]:
    """Select the notes of a conversation in order."""
    rows = session.execute(
        select(desk_note, agent.c.name)
        .join(agent, agent.c.id == desk_note.c.agent_id)
        .where(desk_note.c.conversation_id == conversation_id)
        .order_by(desk_note.c.id)
    )
    return tuple(
        Note(row.id, row.agent_id, row.name, vault.open(_note_place(row.uid), row.body), row.created_at)
        for row in rows
    )


def keep_draft(session: Session, vault: Vault, conversation_id: str, agent_id: str, text: str) -> None:
    """Keep what an agent began to write instead of what was kept before; nothing, if it is empty."""
    mine = _draft_of(agent_id, conversation_id)
    if not text:
        session.execute(delete(desk_draft).where(mine))
        return
    values = {"body": vault.seal(_draft_place(agent_id, conversation_id), text), "updated_at": clock.now()}
    change = update(desk_draft).where(mine).values(**values)
    if session.execute(change).rowcount:
        return
    try:
        with session.begin_nested():
            keys = {"agent_id": agent_id, "conversation_id": conversation_id}
            session.execute(insert(desk_draft).values(**keys, **values))
    except IntegrityError:  # another window of the agent was first and has committed by now
        session.execute(change)


def draft(session: Session, vault: Vault, conversation_id: str, agent_id: str) -> Optional[str]:
    """Return what an agent began to write."""
    sealed = session.execute(select(desk_draft.c.body).where(_draft_of(agent_id, conversation_id))).scalar()
    return vault.open(_draft_place(agent_id, conversation_id), sealed) if sealed is not None else None


def _draft_of(agent_id: str, conversation_id: str) -> object:
    return (desk_draft.c.agent_id == agent_id) & (desk_draft.c.conversation_id == conversation_id)


def _note_place(uid: str) -> str:
    return f"desk_note.body|{uid}"


def _draft_place(agent_id: str, conversation_id: str) -> str:
    return f"desk_draft.body|{agent_id}|{conversation_id}"


COLUMNS = (
    SealedColumn(desk_note, [desk_note.c.id], desk_note.c.body, lambda row: _note_place(row.uid)),
    SealedColumn(
        desk_draft,
        [desk_draft.c.agent_id, desk_draft.c.conversation_id],
        desk_draft.c.body,
        lambda row: _draft_place(row.agent_id, row.conversation_id),
    ),
)
