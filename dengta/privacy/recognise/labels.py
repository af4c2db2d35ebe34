"""The words around a number that say what it is: the nearest one decides."""
import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import Optional

from dengta.privacy.words import either, names, words

VAGUE = "vague"  # the kind of 打 and 号码: they speak of a phone only if nothing else is named

_KINDS = {word: kind for kind in names("labels") for word in words("labels", kind)}
_LONGEST_FIRST = sorted(_KINDS, key=len, reverse=True)
_LATIN = [word for word in _LONGEST_FIRST if word.isascii() and word.isalpha()]
_OTHER = [word for word in _LONGEST_FIRST if word not in _LATIN]
_LABEL = re.compile(rf"{either(_OTHER)}|(?<![a-z]){either(_LATIN)}(?![a-z])")
_NOTHING = re.compile(rf"(?:{either(words('connectors'))}|[^\w。!;])*")
_SENTENCE_END = re.compile("[。!;]")
_REACH_BEFORE, _REACH_AFTER = 16, 6


@dataclass(frozen=True)
class Label:
    """A word that says what a number is, `distance` characters away from it."""

    kind: str
    distance: int


class Labels:
    """The labels of one folded text."""

    def __init__(self, text: str) -> None:
        self._text = text

    def before(self, position: int) -> Optional[Label]:
        """Return the nearest label shortly before a position, in the same sentence."""
        vague = None
        for _, end, kind in reversed(self._found[:bisect_right(self._ends, position)]):
            if position - end > _REACH_BEFORE or _SENTENCE_END.search(self._text, end, position):
                break
            if kind != VAGUE:
                return Label(kind, position - end)
            vague = vague or Label(kind, position - end)
        return vague

    def after(self, position: int) -> Optional[Label]:
        """Return the nearest label shortly after a position, in the same sentence; a vague one only right after it."""
        for start, _, kind in self._found[bisect_right(self._ends, position):]:
            if start - position > _REACH_AFTER or _SENTENCE_END.search(self._text, position, start):
                break
            if start == position or (start > position and kind != VAGUE):
                return Label(kind, start - position)
        return None

    def announcing(self, position: int) -> Optional[str]:
        """Return the kind of the nearest label before a position if only 是, : and the like stand between."""
        label = self.before(position)
        if label and _NOTHING.fullmatch(self._text, position - label.distance, position):
            return label.kind
        return None

    @cached_property
    def _found(self) -> list[tuple[int, int, str]]:
        return [(match.start(), match.end(), _KINDS[match.group()]) for match in _LABEL.finditer(self._text)]

    @cached_property
    def _ends(self) -> list[int]:
        return [end for _, end, _ in self._found]
