"""The words around a number that say what it is: the nearest one decides."""
import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Optional

from dengta.privacy.words import either, groups, words

VAGUE = "vague"
"""The kind of 打 and 号码: they speak of a phone only if nothing else is named."""

_SENTENCE_ENDS = re.compile("[。!?;]")


@dataclass(frozen=True)
class Label:
    """A word that announces a kind of number, `distance` characters away from it."""

    kind: str
    distance: int


class Labels:
    """The labels of one folded text."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _found(self) -> list[tuple[int, int, str]]:
        kinds = _kinds()
        return [(match.start(), match.end(), kinds[match.group()]) for match in _pattern().finditer(self._text)]

    def before(self, position: int, reach: int = 16) -> Optional[Label]:
        """Return the nearest label within `reach` characters before a position, in the same sentence."""
        vague = None
        for _, end, kind in reversed(self._found):
            if end > position:
                continue
            if position - end > reach or _SENTENCE_ENDS.search(self._text, end, position):
                break
            if kind != VAGUE:
                return Label(kind, position - end)
            vague = vague or Label(kind, position - end)
        return vague

    def after(self, position: int, reach: int = 6) -> Optional[Label]:
        """Return the nearest label within `reach` characters after a position, in the same sentence."""
        for start, _, kind in self._found:
            if start >= position and kind != VAGUE:
                near = start - position <= reach and not _SENTENCE_ENDS.search(self._text, position, start)
                return Label(kind, start - position) if near else None
        return None

    def announcing(self, position: int) -> Optional[str]:
        """Return the kind of the nearest label before a position if only 是, : and the like stand between."""
        label = self.before(position)
        if label and _nothing().fullmatch(self._text, position - label.distance, position):
            return label.kind
        return None


@lru_cache(maxsize=1)
def _kinds() -> dict[str, str]:
    return {word: kind for kind in groups("labels") for word in words("labels", kind)}


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    longest_first = sorted(_kinds(), key=len, reverse=True)
    latin = [word for word in longest_first if word.isascii() and word.isalpha()]
    other = [word for word in longest_first if word not in latin]
    return re.compile(rf"{either(other)}|(?<![a-z]){either(latin)}(?![a-z])")


@lru_cache(maxsize=1)
def _nothing() -> re.Pattern[str]:
    return re.compile(rf"(?:{either(words('connectors'))}|[^\w。!?;])*")
