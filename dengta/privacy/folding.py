"""The plain form of a text in which personal data is searched, with the way back to what was written.

Only detection reads it; the text itself is never changed.
"""
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import opencc

from dengta.privacy.words import groups

_MARKS_OF_EMOJI = "\ufe0f\u20e3"  # 1️⃣ is the digit 1 with two marks


@dataclass(frozen=True)
class Folded:
    """A text in plain form.

    text: half-width (NFKC), simplified, lower case, without characters that show nothing. digits: the same, character for
    character, with every character that is read as a digit (幺, 零, ①) written as one.
    """

    text: str
    digits: str
    origins: tuple[int, ...]
    length: int

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return the [start, end) in the original text of the non-empty [start, end) in the plain one."""
        return self.origins[start], self.origins[end] if end < len(self.origins) else self.length


def fold(text: str) -> Folded:
    """Return the plain form of a text."""
    if text.isascii():
        return Folded(text.lower(), text, tuple(range(len(text))), len(text))
    folded = [_plain(character) for character in text]
    plain = "".join(folded)
    origins = tuple(index for index, characters in enumerate(folded) for _ in characters)
    return Folded(plain, plain.translate(_spoken()), origins, len(text))


@lru_cache(maxsize=20_000)
def _plain(character: str) -> str:
    if unicodedata.category(character) in ("Cf", "Cs") or character in _MARKS_OF_EMOJI:
        return ""
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    folded = unicodedata.normalize("NFKC", character).lower()
    return folded if folded.isascii() else _simplifier().convert(folded)


@lru_cache(maxsize=1)
def _simplifier() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


@lru_cache(maxsize=1)
def _spoken() -> dict[int, str]:
    return {ord(sign): str(digit) for digit, signs in groups("digits").items() for sign in signs}
