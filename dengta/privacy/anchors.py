"""Anchors of the audit trail: lines in a file outside the database that say how far the trail went on a day.

A line is `<moment> <id of the newest entry> <its mac>`. Copies of the file belong where the machine's administrators
cannot change them: an attacker who holds both the database and this file can cut the same end off both.
"""
import os
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import Engine

from dengta.database import reading
from dengta.privacy.audit import Broken, last, walk

FILE_NAME = "audit-anchors.log"
_LINE = re.compile(r"(\S+) ([1-9][0-9]*) ([0-9a-f]{64})")


class AnchorsUnusable(Exception):
    """The file of anchors cannot be read or written; the message is one sentence for the operator."""


@dataclass(frozen=True)
class Verdict:
    """What a check of an unbroken trail found: how many entries, and how many anchors confirm them."""

    entries: int
    anchors: int


def anchor(engine: Engine, file: Path, at: datetime) -> int:
    """Append a line for the newest entry and return its id; an empty trail (0) leaves no line.

    Raises:
        AnchorsUnusable, SQLAlchemyError.
    """
    with reading(engine) as session:
        entry, mac = last(session)
    if entry:
        _append(file, f"{at.isoformat(timespec='seconds')} {entry} {mac}\n")
    return entry


def verify(engine: Engine, file: Path) -> Verdict:
    """Check the whole trail against its macs and against the anchors.

    Raises:
        Broken: the first entry that was changed or is missing.
        AnchorsUnusable, KeyFileError, SQLAlchemyError.
    """
    anchors = _read(file)  # before the trail: it may grow meanwhile, and anchors with it
    entries = 0
    with reading(engine) as session:
        for entry, mac in walk(session):
            if anchors.get(entry, mac) != mac:
                raise Broken(entry, "its anchor says something else")
            entries = entry
    if anchors and max(anchors) > entries:
        raise Broken(entries + 1, f"the newest anchor says the trail goes on to entry {max(anchors)}")
    return Verdict(entries, len(anchors))


def _append(file: Path, line: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(file, os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o600), "a", encoding="ascii") as lines:
            lines.write(line)
            lines.flush()
            os.fsync(lines.fileno())
    except OSError as error:
        raise AnchorsUnusable(f"{file} cannot be written: {error.strerror}") from None


def _read(file: Path) -> dict[int, str]:
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines() if file.exists() else []
    except OSError as error:
        raise AnchorsUnusable(f"{file} cannot be read: {error.strerror}") from None
    anchors: dict[int, str] = {}
    for number, line in enumerate(lines, 1):
        parts = _LINE.fullmatch(line)
        if parts is None or anchors.setdefault(int(parts[2]), parts[3]) != parts[3]:
            raise AnchorsUnusable(f"{file} was changed: line {number} is no anchor")
    return anchors
