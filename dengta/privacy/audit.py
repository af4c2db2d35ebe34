"""The audit trail: who did what to whose data, in a chain that shows every later change.

Each entry's mac covers the entry and the mac before it, with a key that lies in the master key file only, so whoever
can write to the database can neither change an entry nor make one up. What was cut off at the end shows against the
anchors (`dengta/privacy/anchors.py`). The database refuses UPDATE and DELETE by itself.

`subject` names a record by its id, such as `conversation 3f…` or `customer C…`: never a name, phone, ID number or
openid. Texts in `detail` are masked before they are kept, as a last resort; they too should hold ids and codes only.
"""
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from datetime import timezone
from typing import Any

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from dengta import clock
from dengta.privacy.masking import mask
from dengta.privacy.master import master
from dengta.privacy.tables import audit

_LOCK = 0x41554449  # any fixed number: all writers of one database ask PostgreSQL for the same one
_BEFORE_THE_FIRST = "0" * 64


def record(session: Session, event: str, actor: str, subject: str, detail: Mapping[str, Any]) -> None:
    """Add an entry inside the caller's writing transaction: it is kept if and only if that commits.

    Entries are written one after the other, so record as late in the transaction as possible. `event` is a code such as
    `identity_bound` and `actor` who did it, such as `bot`, `operator` or an agent's id (64 characters at most each, 128
    for `subject`); `detail` holds whatever JSON can.

    Raises:
        TypeError, ValueError: `detail` is not JSON.
        KeyFileError: the master key file cannot be used.
        SQLAlchemyError: the database did not take the entry.
    """
    kept = _canonical(_masked(detail))
    key = master().audit
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    last_id, last_mac = last(session)
    at = clock.now().astimezone(timezone.utc).isoformat(timespec="microseconds")
    entry = {"id": last_id + 1, "at": at, "event": event, "actor": actor, "subject": subject, "detail": kept}
    session.execute(insert(audit).values(**entry, mac=_mac(key, last_mac, entry)))


def last(session: Session) -> tuple[int, str]:
    """Return id and mac of the newest entry; id 0 if there is none."""
    row = session.execute(select(audit.c.id, audit.c.mac).order_by(audit.c.id.desc()).limit(1)).one_or_none()
    return (row.id, row.mac) if row else (0, _BEFORE_THE_FIRST)


class Broken(Exception):
    """The trail is not what was written; `entry` is the id of the first entry that is wrong or missing."""

    def __init__(self, entry: int, reason: str) -> None:
        super().__init__(f"The audit trail is broken at entry {entry}: {reason}.")
        self.entry = entry


def walk(session: Session) -> Iterator[tuple[int, str]]:
    """Check the entries from the first one on, and yield id and mac of each.

    Raises:
        Broken: an entry is missing or does not fit its mac.
        KeyFileError: the master key file cannot be used.
    """
    key = master().audit
    rows = session.execute(select(audit).order_by(audit.c.id).execution_options(yield_per=1000))
    before_id, before_mac = 0, _BEFORE_THE_FIRST
    for row in rows:
        if row.id != before_id + 1:
            raise Broken(before_id + 1, "it is missing")
        if not hmac.compare_digest(str(row.mac).encode(), _mac(key, before_mac, row._mapping).encode()):
            raise Broken(row.id, "it was changed, or the master key file is another one")
        before_id, before_mac = row.id, row.mac
        yield row.id, row.mac


def _mac(key: bytes, before: str, entry: Mapping[str, Any]) -> str:
    fields = [str(entry[name]) for name in ("id", "at", "event", "actor", "subject", "detail")]
    return hmac.new(key, (before + _canonical(fields)).encode(), hashlib.sha256).hexdigest()


def _canonical(content: Any) -> str:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return {key: _masked(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_masked(inner) for inner in value]
    return value
