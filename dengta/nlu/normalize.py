"""Folds what people type into one plain form, and keeps the way back to what they typed."""
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Iterable

import opencc

from dengta.nlu import lexicon
from dengta.nlu.phrases import Phrases

FILLERS, KEEP = "fillers", "keep"
_NUMBER_OF_A_CODE = re.compile(r"-\d|\d{7}")
Piece = tuple[str, int, int]
"""One folded character with the [start, end) of the original text it stands for."""


@dataclass(frozen=True)
class Normalized:
    """A folded text; `spans[i]` is the [start, end) of the original text that character i stands for."""

    text: str
    spans: tuple[tuple[int, int], ...]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return the [start, end) in the original text of the non-empty [start, end) in the folded one."""
        return self.spans[start][0], self.spans[end - 1][1]


class Normalizer:
    """Folds texts by the rules of one word list (see `data/lexicon/normalize.yml`)."""

    def __init__(self, entries: Iterable[lexicon.Entry]) -> None:
        words: dict[str, str] = {}
        keep: dict[str, str] = {}
        fillers: dict[str, str] = {}
        for entry in entries:
            folded = "".join(piece[0] for piece in _fold(entry.variant))
            if entry.section == KEEP:
                keep[folded] = folded
            elif entry.section == FILLERS:
                fillers[folded] = ""
            elif entry.canonical is not None:
                words[folded] = entry.canonical
                keep[entry.canonical] = entry.canonical
        self._plain = Phrases({**keep, **words})
        self._without_fillers = Phrases({**fillers, **keep, **words})
        self._latin = Phrases({word: value for word, value in words.items() if word.isascii()})

    @classmethod
    def load(cls, path: Path) -> "Normalizer":
        """Read the word list at `path`.

        Raises:
            lexicon.LexiconError: a line of the list cannot be used.
        """
        return cls(lexicon.read(path))

    def normalize(self, text: str) -> Normalized:
        """Return the folded text: NFKC, simplified, lower case, no needless repeats or spaces, known variants replaced.

        Fillers go too, unless the text consists of nothing else ("嗯" is an answer).
        """
        pieces = _fold(text)
        rewritten = self._rewrite(pieces, self._without_fillers)
        if not any(piece[0].isalnum() for piece in rewritten):
            rewritten = self._rewrite(pieces, self._plain)
        folded = _join(rewritten)
        return Normalized("".join(p[0] for p in folded), tuple((p[1], p[2]) for p in folded))

    def _rewrite(self, pieces: list[Piece], phrases: Phrases) -> list[Piece]:
        text = "".join(piece[0] for piece in pieces)
        result: list[Piece] = []
        position = 0
        while position < len(text):
            if _is_latin(text[position]):
                length, words = self._latin_run(text, position)
            else:
                found = phrases.at(text, position)
                if found and _inside_code(text, position, found[0]):
                    found = None
                length = len(found[0]) if found else 1
                words = [found] if found else []
            taken = pieces[position:position + length]
            result += _replace(taken, words) if words else taken
            position += length
        return result

    def _latin_run(self, text: str, start: int) -> tuple[int, list[tuple[str, str]]]:
        """Return the length of the run of letters at `start` and, if it is all known pinyin, its words."""
        end = start
        while end < len(text) and _is_latin(text[end]):
            end += 1
        if end - start > 40 or _joins_digits(text, start, end):
            return end - start, []
        return end - start, [(word, self._latin.value(word)) for word in self._latin.split(text[start:end]) or []]


def _fold(text: str) -> list[Piece]:
    return _squeeze(_join(_simplify(_characters(text))))


def _characters(text: str) -> list[Piece]:
    pieces = []
    for index, character in enumerate(text):
        if character.isspace():
            pieces.append((" ", index, index + 1))
        elif unicodedata.category(character)[0] != "C":
            folded = unicodedata.normalize("NFKC", character).casefold()
            pieces += [(" " if c.isspace() else c, index, index + 1) for c in folded]
    return pieces


def _simplify(pieces: list[Piece]) -> list[Piece]:
    text = "".join(piece[0] for piece in pieces)
    if text.isascii():
        return pieces
    simplified = _converter().convert(text)
    if len(simplified) != len(text):
        simplified = "".join(_one_to_one(character) for character in text)
    return [(character, start, end) for character, (_, start, end) in zip(simplified, pieces)]


def _one_to_one(character: str) -> str:
    converted = str(_converter().convert(character))
    return converted if len(converted) == 1 else character


@lru_cache(maxsize=1)
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def _join(pieces: list[Piece]) -> list[Piece]:
    """Drop spaces, except one between two ASCII letters or digits."""
    joined: list[Piece] = []
    for index, piece in enumerate(pieces):
        if piece[0] != " ":
            joined.append(piece)
        elif joined and _is_word(joined[-1][0]) and index + 1 < len(pieces) and _is_word(pieces[index + 1][0]):
            joined.append(piece)
    return joined


def _squeeze(pieces: list[Piece]) -> list[Piece]:
    """Turn three or more of one character into one; digits, numerals and letters stay as they are."""
    squeezed: list[Piece] = []
    for character, group in groupby(pieces, key=itemgetter(0)):
        run = list(group)
        if len(run) < 3 or character.isnumeric() or _is_latin(character):
            squeezed += run
        else:
            squeezed.append((character, run[0][1], run[-1][2]))
    return squeezed


def _replace(taken: list[Piece], words: list[tuple[str, str]]) -> list[Piece]:
    replaced: list[Piece] = []
    position = 0
    for word, value in words:
        pieces = taken[position:position + len(word)]
        replaced += pieces if word == value else [(character, pieces[0][1], pieces[-1][2]) for character in value]
        position += len(word)
    return replaced


def _inside_code(text: str, position: int, word: str) -> bool:
    """Tell whether letters and digits go on before or after a word of such: 3q says thanks, but not in LBX8B3Q5K9."""
    around = text[position - 1:position] + text[position + len(word):][:1]
    return word.isascii() and word.isalnum() and any(_is_word(character) for character in around)


def _joins_digits(text: str, start: int, end: int) -> bool:
    """Tell whether letters stand inside a code rather than in a sentence: LB8MA2…, KF-2026-…."""
    return (text[start - 1:start].isdigit() and text[end:end + 1].isdigit()) or bool(_NUMBER_OF_A_CODE.match(text, end))


def _is_word(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _is_latin(character: str) -> bool:
    return "a" <= character <= "z"
