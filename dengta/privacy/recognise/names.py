"""Finds the names of people: after words that introduce one, before a title, beside a number, or by their looks."""
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Optional

import rjieba

from dengta.privacy.folding import Folded
from dengta.privacy.recognise.personal import CERTAIN, LIKELY, POSSIBLE, Personal
from dengta.privacy.words import characters, either, words

_PEOPLE, _GIVEN_NAMES_ARE = "nr", ("n", "v", "a")  # tags of words: nouns, verbs and adjectives (晨曦, 建国, 文静)
_LOOK_AROUND = 6  # characters, enough for the longest common words
_LONGEST_BEFORE = 8  # a name, what stands before it, and what parts it from a number

_HAN = rf"(?:(?![{characters('names', 'never')}])[\u3400-\u9fff])"
_USUAL_CHARACTER = f"[{characters('names', 'given')}]"
_USUAL = f"{_USUAL_CHARACTER}{{1,2}}"
_FAMILY = rf"(?:{either(words('names', 'compound'))}|[{characters('names', 'surnames')}])"
_NAME = f"(?P<name>{_FAMILY}{_USUAL})"
_OTHERS = words("names", "others")
_CONNECTORS = either(words("connectors"))
_DOTTED = rf"{_HAN}{{1,8}}(?:[{characters('names', 'dots')}]{_HAN}{{1,8}})+"

SURNAME = re.compile(_FAMILY)
_GIVEN = re.compile(f"{_HAN}{{1,2}}")
_USUAL_GIVEN = re.compile(_USUAL)
_LIKE_A_NAME = re.compile(rf"(?=[{characters('names', 'common')}]{_USUAL_CHARACTER}{{2}})")
_MARKED = re.compile(rf"{_DOTTED}|{_FAMILY} {_HAN}{{1,2}}(?=[^\w]|$)")
_INTRODUCED = re.compile(rf"{either(words('names', 'introduced'))}(?:{_CONNECTORS}|[\s:(「“\"'])*")
_HINTED = re.compile(rf"{either(words('names', 'hinted'))}(?:{_CONNECTORS}|[\s:])?")
_TITLE = re.compile(either(words("names", "titles")))
_RECEIVING = re.compile(rf"(?:^|[^\w]){_NAME}{either(words('names', 'receiving'))}(?:[^\w]|$)")
_BEFORE_NUMBER = re.compile(rf"(?:^|[^\w]|{either(words('names', 'speaking'))}){_NAME}[\s,;:、/]{{0,2}}$")
_AFTER_NUMBER = re.compile(rf"[\s,;:、/]{{1,2}}{_NAME}(?=[\s,;:、。/)]|$)")


def find(folded: Folded, numbers: Sequence[Personal]) -> Iterator[Personal]:
    """Yield the names in a folded text; `numbers` are the personal numbers found in it: names stand beside them."""
    text = folded.text
    for match in _INTRODUCED.finditer(text):
        start = match.end()
        marked = _MARKED.match(text, start)
        if end := marked.end() if marked else _longest(text, start, is_sure=True):
            yield Personal("name", start, end, CERTAIN)
    for match in _HINTED.finditer(text):
        end = _longest(text, match.end(), is_sure=False)
        if end and not _tears(text, max(0, match.start() - _LOOK_AROUND), match.end()):
            yield Personal("name", match.end(), end, POSSIBLE)
    for match in _TITLE.finditer(text):
        if (begin := _before_title(text, match.start())) is not None:
            yield Personal("name", begin, match.start(), LIKELY)
    for match in _RECEIVING.finditer(text):
        yield Personal("name", *match.span("name"), LIKELY)
    yield from _anywhere(text)
    for number in numbers:
        yield from _beside(text, number)


def _anywhere(text: str) -> Iterator[Personal]:
    """Yield names of three characters that are no words and are parts of none."""
    starts = [match.start() for match in _LIKE_A_NAME.finditer(text)]
    if not starts:
        return
    ends: dict[int, int] = {}
    position = 0
    for word in rjieba.cut(text, False):
        ends[position] = position + len(word)
        position += len(word)
    for start in starts:
        if _is_name(text, ends, start):
            yield Personal("name", start, start + 3, POSSIBLE)


def _is_name(text: str, ends: Mapping[int, int], start: int) -> bool:
    """Tell whether three characters are one word, or a character and one or two words, that can be a name.

    `ends` maps the beginning of each dictionary word of the text to its end.
    """
    position, end = start, start + 3
    while position in ends and position < end:
        word = text[position:ends[position]]
        if len(word) > 1 and not rjieba.tag(word, False)[0][1].startswith(_GIVEN_NAMES_ARE):
            return False
        position = ends[position]
    is_surname_and_title = _TITLE.match(text, start + 1)
    return position == end and ends[start] != start + 2 and not is_surname_and_title and not _is_word(text[start:end])


def _longest(text: str, start: int, is_sure: bool) -> Optional[int]:
    """Return the end of the longest name that begins here, or None.

    A name tears no dictionary word apart (王芳|手机). Unless it `is_sure` that one stands here, it must also be made of
    characters that names are made of, and be no other word (周一, 高级).
    """
    family = SURNAME.match(text, start)
    if family is None:
        return None
    for length in (2, 1):
        end = family.end() + length
        given = text[family.end():end]
        if len(given) < length or not _GIVEN.fullmatch(given) or _tears(text, start, end):
            continue
        if is_sure or (_USUAL_GIVEN.fullmatch(given) and not _is_word(text[start:end])):
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
    return text.startswith(_OTHERS) or (len(tagged) == 1 and not tagged[0][1].startswith(_PEOPLE))


def _before_title(text: str, end: int) -> Optional[int]:
    """Return where a name that ends at `end` begins, with a surname of one or two characters, or None."""
    for start in range(max(0, end - 4), end - 1):
        family = SURNAME.match(text, start)
        if family and _USUAL_GIVEN.fullmatch(text, family.end(), end) and not _is_word(text[start:end]):
            return start
    return None


def _beside(text: str, number: Personal) -> Iterator[Personal]:
    before = _BEFORE_NUMBER.search(text, max(0, number.start - _LONGEST_BEFORE), number.start)
    for match in (before, _AFTER_NUMBER.match(text, number.end)):
        if match and not _is_word(match["name"]):
            yield Personal("name", *match.span("name"), LIKELY)
