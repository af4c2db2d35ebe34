"""Finds listed names (banks, products, channels) and gives each its canonical form."""
from pathlib import Path
from typing import Iterable, Iterator

from dengta.nlu import lexicon
from dengta.nlu.phrases import Phrases
from dengta.nlu.spans import Found


class Names:
    """The names of one word list whose sections are entity types (see `data/lexicon/entities.yml`)."""

    def __init__(self, entries: Iterable[lexicon.Entry]) -> None:
        words: dict[str, dict[str, str]] = {}
        for entry in entries:
            canonical = entry.canonical or entry.variant
            words.setdefault(entry.section, {})[entry.variant.casefold()] = canonical
            words[entry.section][canonical.casefold()] = canonical
        self._phrases = {entity: Phrases(values) for entity, values in words.items()}

    @classmethod
    def load(cls, path: Path) -> "Names":
        """Read the word list at `path`.

        Raises:
            lexicon.LexiconError: a line of the list cannot be used.
        """
        return cls(lexicon.read(path))

    def find(self, text: str) -> Iterator[Found]:
        """Yield the names in a normalised text; the value is the canonical name. The longest name wins."""
        for entity, phrases in self._phrases.items():
            position = 0
            while position < len(text):
                found = phrases.at(text, position)
                if found and _stands_alone(text, position, position + len(found[0])):
                    yield Found(entity, position, position + len(found[0]), found[1])
                    position += len(found[0])
                else:
                    position += 1


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Tell that a name in Latin letters is not part of a longer run of letters."""
    return not (_is_latin(text[start:start + 1]) and _is_latin(text[start - 1:start])) and not (
        _is_latin(text[end - 1:end]) and _is_latin(text[end:end + 1])
    )


def _is_latin(character: str) -> bool:
    return "a" <= character <= "z"
