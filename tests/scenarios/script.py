"""Reads the scenario files. README.md explains the format; a mistake in a file is an error that names the place."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

import yaml

HERE = Path(__file__).parent
ACTS = {"say", "click", "command", "phone", "code", "raw", "hear", "reload", "window", "switch", "kill", "start"}
EXPECTATIONS = {
    "words", "any_of", "not_words", "buttons", "not_buttons", "intent", "actions", "slots", "display", "apology",
    "later",
}  # fmt: skip
OUTCOMES = {"settled", "redeemed", "tickets", "bound_to"}


class ScriptError(Exception):
    """A scenario file does not follow the format."""


@dataclass(frozen=True)
class Step:
    """One thing that happens, with what must be true afterwards."""

    act: str
    what: Any
    expect: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Scenario:
    """A dialogue; `customer` proves who they are when asked to."""

    name: str
    place: str  # file:line
    steps: list[Step]
    customer: Optional[str] = None
    then: dict[str, Any] = field(default_factory=dict)


def scenarios() -> Iterator[Scenario]:
    """Return every scenario of every file, in the order of the files."""
    for path in sorted(HERE.rglob("*.yml")):
        text = path.read_text(encoding="utf-8")
        for node, raw in zip(yaml.compose(text).value, yaml.safe_load(text)):
            yield _scenario(raw, f"{path.relative_to(HERE).as_posix()}:{node.start_mark.line + 1}")


def _scenario(raw: dict[str, Any], place: str) -> Scenario:
    where = f"{place}: {raw.get('name')}"
    _known(raw, {"name", "customer", "steps", "then"}, where)
    _known(raw.get("then", {}), OUTCOMES, where)
    steps = [_step(step, where) for step in raw["steps"]]
    return Scenario(raw["name"], place, steps, raw.get("customer"), raw.get("then", {}))


def _step(raw: dict[str, Any], where: str) -> Step:
    _known(raw, ACTS | {"expect"}, where)
    _known(raw.get("expect", {}), EXPECTATIONS, where)
    acts = ACTS & set(raw)
    if len(acts) != 1:
        raise ScriptError(f"{where}: a step does exactly one thing, not {sorted(acts)}")
    act = acts.pop()
    return Step(act, raw[act], raw.get("expect", {}))


def _known(given: dict[str, Any], known: set[str], where: str) -> None:
    if unknown := set(given) - known:
        raise ScriptError(f"{where}: unknown {sorted(unknown)}")
