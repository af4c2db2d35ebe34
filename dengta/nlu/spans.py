"""What the entity finders give back, and who wins where two of them meet."""
from dataclasses import dataclass
from typing import Iterable

import rjieba

_NUMBERS_AND_TIMES = ("m", "t")
_SHORTEST_IDIOM = 4


@dataclass(frozen=True)
class Found:
    """An entity at [start, end) of a normalised text.

    `value` is None, and `impossible` true, for something that was said but does not exist (2月30日).
    """

    entity: str
    start: int
    end: int
    value: str | int | None
    impossible: bool = False


def word_borders(text: str) -> frozenset[int]:
    """Return the positions where dictionary words begin, and the end of the text."""
    borders, position = {0}, 0
    for word in rjieba.cut(text, False):
        position += len(word)
        borders.add(position)
    return frozenset(borders)


def follows_words(borders: frozenset[int], start: int, end: int) -> bool:
    """Tell whether [start, end) begins a word or ends one (中国/农行), so does not tear one apart (手工/行不行)."""
    return start in borders or (end in borders and borders.isdisjoint(range(start, end)))


def torn_at_both_ends(borders: frozenset[int], start: int, end: int) -> bool:
    """Tell whether [start, end) begins inside one word and ends inside another (稍微/信用)."""
    return start not in borders and end not in borders


def idioms(text: str) -> list[range]:
    """Return where the long words of a text lie that are neither numbers nor times (一毛不拔, 一分为二)."""
    found, position = [], 0
    for word, kind in rjieba.tag(text, False):
        if len(word) >= _SHORTEST_IDIOM and kind not in _NUMBERS_AND_TIMES and not word.isascii():
            found.append(range(position, position + len(word)))
        position += len(word)
    return found


def without_overlaps(found: Iterable[Found]) -> list[Found]:
    """Return entities in text order; of two that overlap, the one given first stays."""
    kept: list[Found] = []
    for candidate in found:
        if all(candidate.end <= other.start or other.end <= candidate.start for other in kept):
            kept.append(candidate)
    return sorted(kept, key=lambda entity: entity.start)
