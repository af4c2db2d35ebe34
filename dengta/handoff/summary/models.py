"""What a summary consists of; everything in it may be shown and turned into JSON as it is."""
from dataclasses import dataclass
from typing import Optional


@dataclass(frozen=True)
class Line:
    """One statement, personal data masked, and the numbers of the messages it comes from.

    `code` says what kind of statement it is: a reading, or an id of `data/handoff/summary.yml`. `level` is set for
    risks only, 1 for the gravest.
    """

    code: str
    text: str
    seqs: tuple[int, ...]
    level: Optional[int] = None


@dataclass(frozen=True)
class Section:
    """Lines about one question; the title is empty of customer data. Without lines it is left out of a summary."""

    id: str
    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Summary:
    """What the messages up to `last_seq` tell; `risk_level` is that of the gravest risk, None if there is none."""

    conversation_id: str
    last_seq: int
    risk_level: Optional[int]
    sections: tuple[Section, ...]
