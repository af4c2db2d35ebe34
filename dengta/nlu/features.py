"""Turns a normalised text into the features the intent model counts, in three views."""
import re
from collections import Counter

from dengta.nlu.concepts import Concepts

_NUMBER = re.compile(r"[a-z]*\d[a-z\d-]{7,}|\d+")
"""A code with its letters, or a run of digits: what stands for any other of its kind."""

_NOT_WORD = re.compile(r"[^\w%]+")
_START, _END = "^", "$"

_REACH = 5
"""Two concepts are counted together if at most this many steps apart."""


class Features:
    """Counts the features of texts; `concepts` says which words mean the same."""

    def __init__(self, concepts: Concepts) -> None:
        self.concepts = concepts

    def count(self, text: str) -> list[Counter[str]]:
        """Return, view by view, how often each feature occurs in a normalised text."""
        folded = _NUMBER.sub("0", text)
        plain = _plain(folded)
        return [
            Counter(_characters(plain)),
            Counter(_gaps(plain)),
            Counter(_concepts([_START, *self.concepts.find(folded), _END])),
        ]


def _characters(plain: str) -> list[str]:
    """Return all runs of one to three characters; the ends are marked, every number is one 0."""
    return [plain[i:i + size] for size in (1, 2, 3) for i in range(len(plain) - size + 1)]


def _gaps(plain: str) -> list[str]:
    """Return pairs of characters with one or two others between them (还…款), which survive inserted words."""
    return [f"{plain[i]}_{plain[i + step]}" for step in (2, 3) for i in range(len(plain) - step)]


def _concepts(found: list[str]) -> list[str]:
    """Return the concepts, the ordered pairs within reach (还清 … 何时) and the triples of neighbours."""
    pairs = [f"{a} {b}" for i, a in enumerate(found) for b in found[i + 1:i + 1 + _REACH]]
    return found + pairs + [f"{a} {b} {c}" for a, b, c in zip(found, found[1:], found[2:])]


def _plain(folded: str) -> str:
    words_only = _NOT_WORD.sub("", folded)
    return _START + words_only + _END if words_only else ""
