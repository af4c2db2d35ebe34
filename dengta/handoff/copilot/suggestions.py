"""What an agent sees beside a message of a customer."""
from dataclasses import dataclass
from datetime import datetime
from typing import Optional

from dengta.dialogue.readings import reading_title
from dengta.dialogue.wording import money, percent
from dengta.handoff.copilot.figures import RATE, Figure, Figures
from dengta.handoff.copilot.procedures import Procedure
from dengta.handoff.copilot.rules import rules
from dengta.handoff.copilot.understanding import Understood

_LIKELIEST = 3


class UnknownMessageError(Exception):
    """There is no such message of a customer."""


@dataclass(frozen=True)
class Meaning:
    """A reading with its title, None for small talk, and how likely it is, 0 to 1."""

    reading: str
    title: Optional[str]
    confidence: float


@dataclass(frozen=True)
class Shown:
    """A figure in words: 1,078.02 or 14.40%; `source` is which of the lender's records it was read from."""

    label: str
    value: str
    source: str


@dataclass(frozen=True)
class Suggestion:
    """What helps to answer the message `seq`.

    `meanings` are the likeliest readings; `reading` is set when one of them is clear. `at` is when the figures were
    read. `down` are sentences about systems that did not answer: what they would have told is missing, not absent.
    """

    seq: int
    at: datetime
    reading: Optional[str]
    meanings: tuple[Meaning, ...]
    verified: bool
    figures: tuple[Shown, ...]
    answer: Optional[str]
    question: Optional[str]
    procedure: Optional[Procedure]
    down: tuple[str, ...]


def meanings(understood: Optional[Understood]) -> tuple[Meaning, ...]:
    """Return the likeliest readings, best first."""
    likeliest = understood.readings[:_LIKELIEST] if understood is not None else ()
    return tuple(Meaning(each.id, reading_title(each.id), each.confidence) for each in likeliest)


def shown(figures: Figures) -> tuple[Shown, ...]:
    """Return the figures as agents read them."""
    return tuple(Shown(_label(each), _value(each), rules().sources[each.kind]) for each in figures.found)


def _label(figure: Figure) -> str:
    label = rules().kinds[figure.kind][figure.name]
    return label.format(product=figure.product, tail=figure.tail, period=figure.period)


def _value(figure: Figure) -> str:
    return percent(figure.value) if figure.unit == RATE else money(figure.value)
