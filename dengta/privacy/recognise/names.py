"""Finds the names of people: after words that introduce one, before a title, beside a phone or identity number."""
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Optional

import rjieba

from dengta.privacy.folding import Folded
from dengta.privacy.recognise.personal import CERTAIN, LIKELY, POSSIBLE, Personal
from dengta.privacy.words import characters, either, words

_HAN = "\u3400-\u9fff"
_NAME_TAG = "nr"
_LOOK_AROUND = 6


def find(folded: Folded, numbers: Sequence[Personal]) -> Iterator[Personal]:
    """Yield the names in a folded text; `numbers` are the personal numbers found in it, names stand beside them."""
    text = folded.text
    for match in _introduced().finditer(text):
        if end := _full(text, match.end()) or _longest(text, match.end(), is_likely=True):
            yield Personal("name", match.end(), end, CERTAIN)
    for match in _hinted().finditer(text):
        end = _longest(text, match.end(), is_likely=False)
        if end and not _tears(text, max(0, match.start() - _LOOK_AROUND), match.end()):
            yield Personal("name", match.end(), end, POSSIBLE)
    for match in _titles().finditer(text):
        if (start := _before_title(text, match.start())) is not None:
            yield Personal("name", start, match.start(), LIKELY)
    for match in _receiving().finditer(text):
        yield Personal("name", *match.span("name"), LIKELY)
    for number in numbers:
        yield from _beside(text, number)


def _full(text: str, start: int) -> Optional[int]:
    """Return the end of a name whose parts are joined by dots, or whose end is marked by a sign."""
    match = _dotted().match(text, start) or _spaced().match(text, start)
    return match.end() if match else None


def _longest(text: str, start: int, is_likely: bool) -> Optional[int]:
    """Return the end of the longest name that begins here, or None.

    A name tears no dictionary word apart (王芳|手机). Unless it `is_likely` here, it must also be made of characters that
    names are made of, and be no other word (周一, 高级).
    """
    family = surname().match(text, start)
    if family is None:
        return None
    for length in (2, 1):
        end = family.end() + length
        given = text[family.end():end]
        if not _given().fullmatch(given) or _tears(text, start, end):
            continue
        if is_likely or (_usual().fullmatch(given) and not _is_word(text[start:end])):
            return end
    return None


def _tears(text: str, start: int, end: int) -> bool:
    """Tell whether a word of the dictionary lies across `end`, read from `start` on."""
    position = start
    for word in rjieba.cut(text[start:end + _LOOK_AROUND], False):
        position += len(word)
        if position >= end:
            return position > end
    return False


def _is_word(text: str) -> bool:
    """Tell whether something is no name but a word (高级, 周一), or begins with one that looks like a name (白名单)."""
    tagged = rjieba.tag(text, False)
    return text.startswith(words("names", "others")) or len(tagged) == 1 and not tagged[0][1].startswith(_NAME_TAG)


def _before_title(text: str, end: int) -> Optional[int]:
    for length in (4, 3, 2):
        start = end - length
        family = surname().match(text, start) if start >= 0 else None
        if family and 0 < end - family.end() <= 2 and _usual().fullmatch(text, family.end(), end):
            if not _is_word(text[start:end]):
                return start
    return None


def _beside(text: str, number: Personal) -> Iterator[Personal]:
    for match in (_ends_before().search(text[:number.start]), _begins_after().match(text, number.end)):
        if match and not _is_word(match["name"]):
            yield Personal("name", *match.span("name"), LIKELY)


@lru_cache(maxsize=1)
def _introduced() -> re.Pattern[str]:
    return re.compile(rf"{either(words('names', 'introduced'))}{_announcing()}")


@lru_cache(maxsize=1)
def _hinted() -> re.Pattern[str]:
    return re.compile(rf"{either(words('names', 'hinted'))}(?:{either(words('connectors'))}|[\s:])?")


def _announcing() -> str:
    return rf"(?:{either(words('connectors'))}|[\s:(「“\"'])*"


@lru_cache(maxsize=1)
def _titles() -> re.Pattern[str]:
    return re.compile(either(words("names", "titles")))


def _surnames() -> str:
    return rf"(?:{either(words('names', 'compound'))}|[{characters('names', 'surnames')}])"


@lru_cache(maxsize=1)
def _receiving() -> re.Pattern[str]:
    usual = characters("names", "given")
    return re.compile(rf"(?:^|[^\w])(?P<name>{_surnames()}[{usual}]{{1,2}}){either(words('names', 'receiving'))}(?:[^\w]|$)")


@lru_cache(maxsize=1)
def surname() -> re.Pattern[str]:
    return re.compile(_surnames())


@lru_cache(maxsize=1)
def _given() -> re.Pattern[str]:
    return re.compile(rf"(?:(?![{characters('names', 'never')}])[{_HAN}]){{1,2}}")


@lru_cache(maxsize=1)
def _usual() -> re.Pattern[str]:
    return re.compile(rf"[{characters('names', 'given')}]{{1,2}}")


@lru_cache(maxsize=1)
def _dotted() -> re.Pattern[str]:
    part = rf"(?:(?![{characters('names', 'never')}])[{_HAN}]){{1,8}}"
    return re.compile(rf"{part}(?:[{characters('names', 'dots')}]{part})+")


@lru_cache(maxsize=1)
def _spaced() -> re.Pattern[str]:
    return re.compile(rf"{_surnames()} (?:(?![{characters('names', 'never')}])[{_HAN}]){{1,2}}(?=[^\w]|$)")


@lru_cache(maxsize=1)
def _ends_before() -> re.Pattern[str]:
    return re.compile(rf"(?:^|[\s,;:、。/(])(?P<name>{_surnames()}[{characters('names', 'given')}]{{1,2}})[\s,;:、/]{{1,2}}$")


@lru_cache(maxsize=1)
def _begins_after() -> re.Pattern[str]:
    given = characters("names", "given")
    return re.compile(rf"[\s,;:、/]{{1,2}}(?P<name>{_surnames()}[{given}]{{1,2}})(?=[\s,;:、。/)]|$)")
