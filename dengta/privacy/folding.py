"""The plain form of a text in which personal data is searched, with the way back to what was written.

Only detection reads it; the text itself is never changed.
"""
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import opencc

from dengta.privacy.words import characters, names

_MARKS_OF_EMOJI = "\ufe0f\u20e3"  # 1️⃣ is the digit 1 with two marks
_SPOKEN = {ord(sign): digit for digit in names("digits") for sign in characters("digits", digit)}


@dataclass(frozen=True)
class Folded:
    """A text in plain form.

    text: half-width (NFKC), simplified, lower case, without characters that show nothing. digits: the same, character
    for character, with every character that is read as a digit (幺, 零) written as one.
    """

    text: str
    digits: str
    origins: tuple[int, ...]
    length: int

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return the [start, end) in the original text of the non-empty [start, end) in the plain one.

        What shows nothing belongs to the character before it.
        """
        following = self.origins[end] if end < len(self.origins) else self.length
        return self.origins[start], max(following, self.origins[end - 1] + 1)


def fold(text: str) -> Folded:
    """Return the plain form of a text."""
    if text.isascii():
        plain = text.lower()
        return Folded(plain, plain, tuple(range(len(text))), len(text))
    pieces = [_plain(character) for character in text]
    plain = "".join(pieces)
    origins = tuple(index for index, piece in enumerate(pieces) for _ in piece)
    return Folded(plain, plain.translate(_SPOKEN), origins, len(text))


@lru_cache(maxsize=20_000)
def _plain(character: str) -> str:
    if unicodedata.category(character) in ("Cf", "Cs") or character in _MARKS_OF_EMOJI:
        return ""
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    folded = unicodedata.normalize("NFKC", character).lower()
    return folded if folded.isascii() else _to_simplified().convert(folded)


@lru_cache(maxsize=1)
def _to_simplified() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")
