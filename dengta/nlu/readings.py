"""What a message may mean: the ids of the taxonomy with calibrated confidences, and what to make of them."""
from typing import Mapping, TypedDict

import numpy as np

from dengta.nlu.linear import LinearModel

READINGS = "readings"
"""Name of the message property with the readings, set by the classifier for the nodes after it."""

OUT_OF_SCOPE = "out_of_scope"
CONVERSATION = frozenset(
    ("affirm", "ask_capability", "ask_repeat", "bot_challenge", "chitchat", "deny", "express_frustration", "goodbye",
     "greet", "stop", "switch_senior_mode", "switch_standard_mode", "thank")
)
"""Ids that are about the talk itself: a wrong answer costs little, asking back would be silly."""

ANSWER, CLARIFY = "answer", "clarify"
KINDS = ("business", "conversation", OUT_OF_SCOPE)


class Reading(TypedDict):
    """One id of the taxonomy and the probability that the customer means it."""

    id: str
    confidence: float


def read(model: LinearModel, text: str) -> list[Reading]:
    """Return all ids, best first, for a normalised text; one without any known feature is out of scope."""
    shares = model.probabilities(text)
    if shares is None:
        shares = np.array([float(label == OUT_OF_SCOPE) for label in model.labels])
    order = np.argsort(-shares, kind="stable")
    return [{"id": model.labels[i], "confidence": round(float(shares[i]), 6)} for i in order]


def base(reading_id: str) -> str:
    """Return the intent that Rasa knows an id by: `faq` for `faq/how_to_open`."""
    return reading_id.split("/")[0]


def decide(readings: list[Reading], thresholds: Mapping[str, float]) -> str:
    """Return "answer", "clarify" or "out_of_scope" for readings that are sorted best first.

    `thresholds` holds the least confidence of the best reading for each kind of id (`business`, `conversation`,
    `out_of_scope`); `python -m dengta.nlu.thresholds` proposes them.
    """
    best = readings[0]
    if best["confidence"] < thresholds[kind(best["id"])]:
        return CLARIFY
    return OUT_OF_SCOPE if best["id"] == OUT_OF_SCOPE else ANSWER


def kind(reading_id: str) -> str:
    """Return which of `KINDS` an id is."""
    if reading_id == OUT_OF_SCOPE:
        return OUT_OF_SCOPE
    return "conversation" if reading_id in CONVERSATION else "business"
