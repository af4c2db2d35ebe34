"""Proposes the thresholds of `Understanding` from cross-validated readings of the training examples.

    python -m dengta.nlu.thresholds

Nothing is written: copy the proposal into config.yml if its figures are better than those of the present one.
"""
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import yaml

from dengta.nlu import calibration, examples, linear
from dengta.nlu.concepts import Concepts
from dengta.nlu.normalize import Normalizer
from dengta.nlu.readings import CLARIFY, KINDS, Reading, decide, kind

_WORTH = {"right": 1.0, "asked": 0.55, "asked in vain": -0.2, "wrong": -1.0}
"""Worth of a turn to the customer: answered right, asked back with the right reading among three, without, misled."""

_STEPS = [round(step, 2) for step in np.arange(0.2, 0.91, 0.01)]

Case = tuple[str, list[Reading]]


def outcome(truth: str, readings: Sequence[Reading], thresholds: Mapping[str, float]) -> str:
    """Return "right", "asked", "asked in vain" or "wrong" for a message that means `truth`."""
    if decide(list(readings), thresholds) == CLARIFY:
        return "asked" if truth in [reading["id"] for reading in readings[:3]] else "asked in vain"
    return "right" if readings[0]["id"] == truth else "wrong"


def propose(cases: Sequence[Case]) -> dict[str, float]:
    """Return, for each kind of id, the threshold with the highest worth over cases of (true id, readings)."""
    return {name: max(_STEPS, key=lambda step: _worth(_of(name, cases), {name: step})) for name in KINDS}


def cross_validated(folder: Path, normalizer: Normalizer, concepts: Concepts) -> list[Case]:
    """Return (true id, readings) of every example in `folder`, each read by a model that has not seen it."""
    found = examples.read(folder)
    texts = [normalizer.normalize(example.text).text for example in found]
    labels = [example.intent for example in found]
    scores, names = linear.cross_validate(texts, labels, concepts)
    shares = calibration.fit(scores, np.searchsorted(names, labels)).shares(scores)
    return [(label, _readings(names, row)) for label, row in zip(labels, shares)]


def _readings(names: Sequence[str], shares: np.ndarray) -> list[Reading]:
    return [{"id": names[i], "confidence": float(shares[i])} for i in np.argsort(-shares, kind="stable")[:3]]


def _of(name: str, cases: Sequence[Case]) -> list[Case]:
    return [case for case in cases if kind(case[1][0]["id"]) == name]


def _worth(cases: Iterable[Case], thresholds: Mapping[str, float]) -> float:
    return sum(_WORTH[outcome(truth, readings, thresholds)] for truth, readings in cases)


def _figures(cases: Sequence[Case], thresholds: Mapping[str, float]) -> str:
    outcomes = [outcome(truth, readings, thresholds) for truth, readings in cases]
    shares = {name: outcomes.count(name) / len(outcomes) for name in _WORTH}
    answered = shares["right"] + shares["wrong"]
    return f"answered {answered:.3f}  misled {shares['wrong']:.3f}  served {shares['right'] + shares['asked']:.3f}"


def main() -> None:
    """Print the figures of the present and of the proposed thresholds."""
    config = yaml.safe_load(Path("config.yml").read_text(encoding="utf-8"))
    present = next(node for node in config["pipeline"] if node["name"].endswith(".Understanding"))
    lexicon = Path("data/lexicon")
    normalizer, concepts = Normalizer.load(lexicon / "normalize.yml"), Concepts.load(lexicon / "concepts.yml")
    cases = cross_validated(Path("data/nlu"), normalizer, concepts)
    print(f"{len(cases)} examples, each read by a model that has not seen it")  # noqa: T201
    for title, thresholds in (("config.yml", present), ("proposed", propose(cases))):
        values = "  ".join(f"{name}: {thresholds[name]:.2f}" for name in KINDS)
        print(f"{title:10}  {values}  |  {_figures(cases, thresholds)}")  # noqa: T201


if __name__ == "__main__":
    main()
