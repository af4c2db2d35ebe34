"""What agents do step by step in the cases that must not go wrong, from `data/handoff/procedures.yml`."""
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Mapping, Optional

from dengta.data import read_data
from dengta.handoff.phrases import Phrases


@dataclass(frozen=True)
class Step:
    """What the agent does, and a sentence that may be sent as it is."""

    do: str
    say: Optional[str]


@dataclass(frozen=True)
class Procedure:
    """The steps of one case; `ticket` is the kind of ticket to open, if any."""

    id: str
    title: str
    ticket: Optional[str]
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class _Entry:
    procedure: Procedure
    readings: frozenset[str]
    questions: tuple[tuple[str, Phrases], ...]


def procedure_for(reading: Optional[str]) -> Optional[Procedure]:
    """Return the procedure of a reading, None if it has none."""
    entry = _entry(reading)
    return entry.procedure if entry is not None else None


def next_question(reading: Optional[str], said: Sequence[str]) -> Optional[str]:
    """Return what the procedure of a reading still has to know, given all the customer `said`."""
    entry = _entry(reading)
    if entry is None:
        return None
    return next((ask for ask, told in entry.questions if not any(told.occur_in(text) for text in said)), None)


def procedures() -> tuple[Procedure, ...]:
    """Return all procedures."""
    return tuple(entry.procedure for entry in _entries())


def _entry(reading: Optional[str]) -> Optional[_Entry]:
    return next((entry for entry in _entries() if reading in entry.readings), None)


@lru_cache(maxsize=1)
def _entries() -> tuple[_Entry, ...]:
    content = read_data("handoff/procedures")
    return tuple(_read(entry) for entry in content["procedures"])


def _read(entry: Mapping[str, Any]) -> _Entry:
    steps = tuple(Step(step["do"], step.get("say")) for step in entry["steps"])
    return _Entry(
        procedure=Procedure(entry["id"], entry["title"], entry.get("ticket"), steps),
        readings=frozenset(entry["readings"]),
        questions=tuple((each["ask"], Phrases(each["unless"])) for each in entry["questions"]),
    )
