"""The rules of `data/handoff/copilot.yml`, read once per process."""
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from dengta.data import read_data
from dengta.handoff.approved import domain, is_response
from dengta.handoff.phrases import Phrases
from dengta.nlu.normalize import Normalizer
from dengta.settings import ROOT


class CopilotRulesError(Exception):
    """`copilot.yml` names something that does not exist; the message says what."""


@dataclass(frozen=True)
class Advice:
    """What an agent is told about a draft; `critical` means that it must be changed before it is sent."""

    id: str
    critical: bool
    title: str
    advice: str


@dataclass(frozen=True)
class DraftRule:
    """Words that do not belong into what an agent says."""

    told: Advice
    phrases: Phrases


@dataclass(frozen=True)
class RateRule:
    """Costs that may be named only together with an annualised rate."""

    told: Advice
    names: Phrases
    says: Phrases


@dataclass(frozen=True)
class PersonalRule:
    """The kinds of personal data a draft should not hold, by the recognisers' names, with their titles."""

    told: Advice
    kinds: Mapping[str, str]
    shown: str


@dataclass(frozen=True)
class SumsRule:
    """How figures of a draft are found, and what is said of those that cannot stand."""

    unknown: Advice
    unverified: Advice
    down: Advice
    normalizer: Normalizer
    percent: re.Pattern[str]
    quoted: re.Pattern[str]


@dataclass(frozen=True)
class Rules:
    """Everything the copilot proposes by and looks a draft over by."""

    actions: Mapping[str, str]
    complete: Mapping[str, str]
    unanswered: frozenset[str]
    figures: Mapping[str, Sequence[str]]
    sources: Mapping[str, str]
    kinds: Mapping[str, Mapping[str, str]]
    spoken_by_people: Sequence[tuple[re.Pattern[str], str]]
    own_words: Mapping[str, Mapping[str, str]]
    asks: Mapping[str, Mapping[str, str]]
    down: Mapping[str, str]
    drafts: Sequence[DraftRule]
    annual_rate: RateRule
    personal: PersonalRule
    sums: SumsRule


@lru_cache(maxsize=1)
def rules() -> Rules:
    """Return the rules of this installation.

    Raises:
        CopilotRulesError: an action or a kind of figures is named that does not exist.
    """
    content = read_data("handoff/copilot")
    for action in (*content["actions"].values(), *content["complete"].values()):
        if action not in domain()["actions"]:
            raise CopilotRulesError(f"copilot.yml: {action} is no action of the domain")
    for kind in {kind for kinds in content["figures"].values() for kind in kinds}:
        if kind not in content["kinds"]:
            raise CopilotRulesError(f"copilot.yml: {kind} is no kind of figures")
    if content["sources"].keys() != content["kinds"].keys():
        raise CopilotRulesError("copilot.yml: every kind of figures has a source, and only they")
    rate, personal, sums = content["annual_rate"], content["personal"], content["sums"]
    return Rules(
        actions=content["actions"],
        complete=content["complete"],
        unanswered=frozenset(content["unanswered"]),
        figures=content["figures"],
        sources=content["sources"],
        kinds=content["kinds"],
        spoken_by_people=[(re.compile(sought), put) for sought, put in content["spoken_by_people"]],
        own_words=content["own_words"],
        asks=content["asks"],
        down=content["down"],
        drafts=[DraftRule(_advice(entry["id"], entry), Phrases(entry)) for entry in content["rules"]],
        annual_rate=RateRule(
            told=_advice("annual_rate", rate),
            names=Phrases({"patterns": rate["names"], "not": rate["not"]}),
            says=Phrases({"patterns": rate["says"]}),
        ),
        personal=PersonalRule(_advice("personal", personal), personal["kinds"], personal["shown"]),
        sums=SumsRule(
            unknown=_advice("unknown_sum", {**sums, **sums["unknown"]}),
            unverified=_advice("unverified", {**sums, **sums["unverified"]}),
            down=_advice("unchecked_sum", {**sums, **sums["down"]}),
            normalizer=Normalizer.load(ROOT / "data" / "lexicon" / "normalize.yml"),
            percent=re.compile(sums["percent"]),
            quoted=re.compile(sums["quoted"]),
        ),
    )


def response_to(reading: str) -> str | None:
    """Return the name of the approved text that answers a reading, None if there is none."""
    name = f"utter_{reading}"
    return name if is_response(name) else None


def _advice(name: str, entry: Mapping[str, Any]) -> Advice:
    return Advice(name, entry["severity"] == "critical", entry["title"], entry["advice"])
