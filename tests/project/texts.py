"""Everything a customer can read, as the YAML files hold it, and what the rules and stories use."""
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any, Iterator, Mapping

import yaml

from dengta.nlu.examples import read as read_examples
from dengta.settings import ROOT


@dataclass(frozen=True)
class Variation:
    """One wording of one response."""

    response: str
    tone: str
    text: str
    buttons: tuple[Mapping[str, str], ...]

    @property
    def placeholders(self) -> set[str]:
        """Names in braces."""
        return {name for _, name, _, _ in Formatter().parse(self.text) if name is not None}


@cache
def domain() -> Mapping[str, Any]:
    """Return the domain with the answers of the knowledge base, as Rasa merges them."""
    merged = dict(_read(ROOT / "domain.yml"))
    merged["responses"] = {**merged["responses"], **knowledge()}
    return merged


@cache
def knowledge() -> Mapping[str, Any]:
    """Return the responses written beside the questions, in data/faq."""
    return {name: texts for _, content in _files("data/faq") for name, texts in content["responses"].items()}


@cache
def variations() -> tuple[Variation, ...]:
    """Return every wording of every response."""
    return tuple(
        Variation(name, _tone(variation), variation.get("text", ""), tuple(variation.get("buttons", ())))
        for name, texts in domain()["responses"].items()
        for variation in texts
    )


@cache
def steps() -> tuple[Mapping[str, Any], ...]:
    """Return every step of every rule and story."""
    return tuple(
        step
        for folder, kind in (("data/rules", "rules"), ("data/stories", "stories"))
        for _, content in _files(folder)
        for entry in content[kind]
        for step in entry["steps"]
    )


@cache
def examples() -> Mapping[str, int]:
    """Return how many training examples each intent id has."""
    return Counter(example.intent for example in read_examples(ROOT / "data" / "nlu"))


def sentences() -> Iterator[tuple[str, str]]:
    """Yield (place, text) for everything customers can read, also the channel's own sentences and button titles."""
    for variation in variations():
        yield variation.response, variation.text
        for button in variation.buttons:
            yield variation.response, button["title"]
    for name in ("readings", "web", "wechat", "contacts"):
        yield from _leaves(f"data/lexicon/{name}.yml", _read(ROOT / f"data/lexicon/{name}.yml"))
    for name in ("sentences", "satisfaction"):
        yield from _leaves(f"data/handoff/{name}.yml", _read(ROOT / f"data/handoff/{name}.yml"))


def _leaves(place: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield place, value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _leaves(place, each)


def _tone(variation: Mapping[str, Any]) -> str:
    return "".join(c["value"] for c in variation.get("condition", ())) or "standard"


def _files(folder: str) -> Iterator[tuple[Path, Any]]:
    for path in sorted((ROOT / folder).glob("*.yml")):
        yield path, _read(path)


def _read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))
