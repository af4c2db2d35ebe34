"""The rules of `data/handoff/summary.yml`, read once per process."""
import re
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any, Mapping

from dengta.data import read_data
from dengta.handoff.approved import template
from dengta.handoff.phrases import Phrases
from dengta.handoff.rules import rules as triage_rules


@dataclass(frozen=True)
class Mood:
    """How somebody feels who writes one of the phrases, or was understood as one of the readings."""

    id: str
    title: str
    phrases: Phrases
    readings: frozenset[str]


@dataclass(frozen=True)
class Risk:
    """What people must look at; level 1 first."""

    id: str
    title: str
    level: int
    phrases: Phrases
    readings: frozenset[str]


@dataclass(frozen=True)
class Told:
    """What it means that the bot said a certain response."""

    response: str
    title: str
    template: re.Pattern[str]


@dataclass(frozen=True)
class Rules:
    """Everything that decides what a summary says."""

    messages: int
    reach: timedelta
    quote: int
    answer: int
    longest: int
    sections: Mapping[str, str]
    lines: Mapping[str, str]
    channels: Mapping[str, str]
    reasons: Mapping[str, str]
    deeds: tuple[Told, ...]
    pending: tuple[Told, ...]
    figure: re.Pattern[str]
    clause_ends: re.Pattern[str]
    sentence_ends: re.Pattern[str]
    moods: tuple[Mood, ...]
    risks: tuple[Risk, ...]


@lru_cache(maxsize=1)
def rules() -> Rules:
    """Return the rules of this installation.

    Raises:
        KeyError: a rule is incomplete, or names a response that does not exist.
    """
    content = read_data("handoff/summary")
    return Rules(
        messages=content["recent"]["messages"],
        reach=timedelta(days=content["recent"]["days"]),
        quote=content["quote"],
        answer=content["answer"],
        longest=content["longest"],
        sections=content["sections"],
        lines=content["lines"],
        channels=content["channels"],
        reasons=content["reasons"],
        deeds=_told(content["deeds"]),
        pending=_told(content["pending"]),
        figure=re.compile(content["figure"]),
        clause_ends=re.compile(content["clause_ends"]),
        sentence_ends=re.compile(content["sentence_ends"]),
        moods=tuple(_mood(entry) for entry in content["moods"]),
        risks=risks(),
    )


@lru_cache(maxsize=1)
def risks() -> tuple[Risk, ...]:
    """Return what people must look at, level 1 first; unlike `rules` it needs no other file and is quickly read."""
    entries = sorted(read_data("handoff/summary")["risks"], key=lambda entry: int(entry["level"]))
    return tuple(_risk(entry) for entry in entries)


def _mood(entry: Mapping[str, Any]) -> Mood:
    anger = triage_rules().anger if entry["id"] == "angry" else None
    phrases = Phrases(entry, anger.words if anger else ())
    return Mood(entry["id"], entry["title"], phrases, anger.readings if anger else frozenset())


def _risk(entry: Mapping[str, Any]) -> Risk:
    phrases = Phrases(entry, triage_rules().distress if entry.get("distress") else ())
    return Risk(entry["id"], entry["title"], entry["level"], phrases, frozenset(entry["readings"]))


def _told(responses: Mapping[str, str]) -> tuple[Told, ...]:
    return tuple(Told(response, title, template(response)) for response, title in responses.items())
