"""Finds listed words in a text, longest first."""
from typing import Iterable, Mapping


class Phrases:
    """A set of words with a value each; lookups take the longest word that starts at a position."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)
        self._lengths = _lengths_by_first_character(self._values)

    def at(self, text: str, start: int) -> tuple[str, str] | None:
        """Return (word, value) of the longest listed word that starts at `start`, or None."""
        for length in self._lengths.get(text[start], ()):
            word = text[start:start + length]
            if word in self._values:
                return word, self._values[word]
        return None

    def split(self, text: str) -> list[str] | None:
        """Return the listed words that `text` consists of entirely, or None if it cannot be cut so."""
        if not text:
            return []
        for length in self._lengths.get(text[0], ()):
            if text[:length] in self._values:
                rest = self.split(text[length:])
                if rest is not None:
                    return [text[:length], *rest]
        return None

    def value(self, word: str) -> str:
        """Return the value of a listed word."""
        return self._values[word]


def _lengths_by_first_character(words: Iterable[str]) -> dict[str, list[int]]:
    lengths: dict[str, set[int]] = {}
    for word in words:
        lengths.setdefault(word[0], set()).add(len(word))
    return {first: sorted(found, reverse=True) for first, found in lengths.items()}
