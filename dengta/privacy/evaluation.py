"""`python -m dengta.privacy.evaluation`: how much personal data is found in the labelled sentences, and how much else.

Fails if a figure is under its floor. Both tables lie in `tests/privacy/`: `labelled.tsv` and `floors.yml`.
"""
import csv
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from pathlib import Path

import yaml

from dengta.privacy.recognise.personal import KINDS
from dengta.privacy.recognisers import find
from dengta.progress import say
from dengta.settings import ROOT

TABLE = ROOT / "tests" / "privacy" / "labelled.tsv"
FLOORS = ROOT / "tests" / "privacy" / "floors.yml"
_LABEL = re.compile(r"⟨(?P<kind>\w+)\|(?P<text>[^⟩]*)⟩")
_95_PERCENT = 1.96

Span = tuple[str, int, int]
"""A kind and its [start, end) in a text."""


@dataclass(frozen=True)
class Sentence:
    """A labelled sentence: the part of the table and the group it belongs to, values known beforehand, and its spans."""

    part: str
    group: str
    known: tuple[str, ...]
    text: str
    spans: tuple[Span, ...]


@dataclass
class Score:
    """Counts of one kind. hits: spans found exactly. touched: labels of which some of the text was found as anything."""

    support: int = 0
    hits: int = 0
    touched: int = 0
    false: int = 0
    misses: list[str] = field(default_factory=list)

    @property
    def missed(self) -> int:
        """Labels not found exactly."""
        return self.support - self.hits


def sentences(path: Path = TABLE) -> list[Sentence]:
    """Read the table: columns part, group, known (joined by `|`) and text, where labels read ⟨kind|text⟩.

    Raises:
        ValueError: a label has an unknown kind; the message names the line.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [_sentence(row, f"{path}:{line}") for line, row in enumerate(rows, start=2)]


def scores(labelled: Iterable[Sentence]) -> dict[str, Score]:
    """Return the counts of each kind over sentences."""
    table = {kind: Score() for kind in KINDS}
    for sentence in labelled:
        found = {(each.kind, each.start, each.end) for each in find(sentence.text, sentence.known)}
        for kind, start, end in sentence.spans:
            table[kind].support += 1
            table[kind].hits += (kind, start, end) in found
            table[kind].touched += any(first < end and start < last for _, first, last in found)
        for kind, _, _ in found - set(sentence.spans):
            table[kind].false += 1
    return table


def wilson(hits: int, count: int) -> tuple[float, float]:
    """Return the 95 % interval of a share by Wilson's method; (0, 1) of nothing."""
    if not count:
        return 0.0, 1.0
    share, z2 = hits / count, _95_PERCENT**2
    centre = share + z2 / (2 * count)
    spread = _95_PERCENT * sqrt(share * (1 - share) / count + z2 / (4 * count * count))
    return max(0.0, (centre - spread) / (1 + z2 / count)), min(1.0, (centre + spread) / (1 + z2 / count))


def _sentence(row: Mapping[str, str], place: str) -> Sentence:
    marked = row["text"].replace(r"\n", "\n").replace(r"\u200b", "\u200b")
    text, spans, position = "", [], 0
    for label in _LABEL.finditer(marked):
        if label["kind"] not in KINDS:
            raise ValueError(f"{place}: there is no kind {label['kind']}")
        text += marked[position:label.start()]
        spans.append((label["kind"], len(text), len(text) + len(label["text"])))
        text, position = text + label["text"], label.end()
    known = tuple(row["known"].split("|")) if row["known"] else ()
    return Sentence(row["part"], row["group"], known, text + marked[position:], tuple(spans))
