"""The rules of `data/handoff/satisfaction.yml`, checked when they are read, and its sentences."""
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any

from dengta.data import read_data
from dengta.handoff.rules import RulesError
from dengta.handoff.summary.rules import Risk, risks

SCORES = range(1, 6)
NPS = range(0, 11)
GOOD, BAD = "good", "bad"


@dataclass(frozen=True)
class Complaint:
    """What makes a score of `score` or worse a sign of a complaint: what was said, or a kind of ticket that is open."""

    score: int
    risks: tuple[Risk, ...]
    tickets: tuple[str, ...]


@dataclass(frozen=True)
class Rules:
    """Who is asked, for how long, and what is shown; `reasons` are ids with titles for `good` and `bad` scores."""

    channels: frozenset[str]
    expires_after: timedelta
    shown_from: int
    satisfied_from: int
    poor_up_to: int
    never_causes: frozenset[str]
    never_risks: tuple[Risk, ...]
    complaint: Complaint
    scores: Mapping[int, str]
    reasons: Mapping[str, Mapping[str, str]]
    card: Mapping[str, str]
    text: Mapping[str, Any]
    replies: Mapping[str, tuple[str, ...]]

    def side(self, score: int) -> str:
        """Return which reasons belong to a score: `good` or `bad`."""
        return GOOD if score >= self.satisfied_from else BAD

    def title(self, reason: str) -> str:
        """Return what a reason is called, also one that is not offered any more."""
        return next((titles[reason] for titles in self.reasons.values() if reason in titles), reason)

    def say(self, name: str, tone: str, **values: object) -> str:
        """Return a sentence of the channels that show text only; a name that is missing is a KeyError."""
        return str(self.text[name][tone].format(**values))


@lru_cache(maxsize=1)
def rules() -> Rules:
    """Return the rules of this installation.

    Raises:
        RulesError: a risk is named that does not exist, or the scores are not 1 to 5.
    """
    content = read_data("handoff/satisfaction")
    if tuple(content["scores"]) != tuple(SCORES):
        raise RulesError("data/handoff/satisfaction.yml: the scores are 1 to 5")
    complaint = content["complaint"]
    return Rules(
        channels=frozenset(content["channels"]),
        expires_after=timedelta(hours=content["expires_after"]),
        shown_from=content["shown_from"],
        satisfied_from=content["satisfied_from"],
        poor_up_to=content["poor_up_to"],
        never_causes=frozenset(content["never"]["causes"]),
        never_risks=tuple(_risk(name) for name in content["never"]["risks"]),
        complaint=Complaint(
            complaint["score"], tuple(_risk(name) for name in complaint["risks"]), tuple(complaint["tickets"])
        ),
        scores=content["scores"],
        reasons=content["reasons"],
        card=content["card"],
        text=content["text"],
        replies={kind: tuple(words) for kind, words in content["replies"].items()},
    )


def _risk(name: str) -> Risk:
    found = next((risk for risk in risks() if risk.id == name), None)
    if found is None:
        raise RulesError(f"data/handoff/satisfaction.yml: {name!r} is no risk of summary.yml")
    return found
