"""Measures the entity finder on labelled sentences; it needs no trained model."""
from datetime import date
from pathlib import Path

from dengta.evaluation.figures import f1
from dengta.evaluation.tables import Span, sentences
from dengta.nlu.entities import find
from dengta.nlu.names import Names
from dengta.nlu.normalize import Normalizer

TODAY = date(2026, 11, 22)
"""The day from which the labelled sentences count yesterday or next month."""


def entity_f1(path: Path, lexicon: Path) -> float:
    """Return the F1 of exact entities on the sentences in `path`, with the word lists in the folder `lexicon`."""
    normalizer, names = Normalizer.load(lexicon / "normalize.yml"), Names.load(lexicon / "entities.yml")
    labelled = sentences(path)
    found = [find(normalizer.normalize(sentence.text), names, TODAY) for sentence in labelled]
    spans = [[Span(e["entity"], e["start"], e["end"], str(e["value"])) for e in entities] for entities in found]
    return f1([sentence.spans for sentence in labelled], spans)
