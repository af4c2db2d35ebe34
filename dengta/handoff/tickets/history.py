"""The history of tickets: one entry for every version, never changed afterwards; what people wrote in it is sealed."""
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Optional

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from dengta.handoff.tickets.errors import InvalidTicketError
from dengta.handoff.tickets.models import Entry
from dengta.handoff.tickets.tables import ticket_history
from dengta.privacy.vault import Vault

LONGEST_TEXT = 5000  # characters


def add(
    session: Session,
    vault: Vault,
    ticket_no: str,
    version: int,
    by: str,
    event: str,
    states: tuple[Optional[str], str],
    detail: Mapping[str, Any],
    texts: Mapping[str, str],
    now: datetime,
) -> None:
    """Add an entry; `states` are the one before and the one after. Empty texts are left out."""
    written = json.dumps({name: text for name, text in texts.items() if text}, ensure_ascii=False)
    session.execute(
        insert(ticket_history).values(
            ticket_no=ticket_no,
            version=version,
            at=now,
            by=by,
            event=event,
            from_state=states[0],
            to_state=states[1],
            detail=detail,
            texts=vault.seal(place(ticket_no, version), written),
        )
    )


def entries(session: Session, vault: Vault, ticket_no: str) -> tuple[Entry, ...]:
    """Return the history of a ticket from the beginning.

    Raises:
        Unreadable: an entry was changed, or its key is gone.
    """
    rows = session.execute(
        select(ticket_history).where(ticket_history.c.ticket_no == ticket_no).order_by(ticket_history.c.version)
    )
    return tuple(
        Entry(
            version=row.version,
            at=row.at,
            by=row.by,
            event=row.event,
            from_state=row.from_state,
            to_state=row.to_state,
            detail=row.detail,
            texts=json.loads(vault.open(place(ticket_no, row.version), row.texts)),
        )
        for row in rows
    )


def place(ticket_no: str, version: int) -> str:
    """Return what the sealed texts of an entry are bound to."""
    return f"ticket_history.texts|{ticket_no}|{version}"


def check_text(field: str, text: str) -> None:
    """Refuse a text that is missing or too long.

    Raises:
        InvalidTicketError.
    """
    if not text.strip():
        raise InvalidTicketError(field, "missing")
    check_length(field, text)


def check_length(field: str, text: str) -> None:
    """Refuse a text that is too long.

    Raises:
        InvalidTicketError.
    """
    if len(text) > LONGEST_TEXT:
        raise InvalidTicketError(field, "too_long")
