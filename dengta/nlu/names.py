"""Finds listed names (banks, products, channels) and gives each its canonical form."""
from pathlib import Path
from typing import Iterable, Iterator

from dengta.nlu import lexicon
from dengta.nlu.phrases import Phrases
from dengta.nlu.spans import Found, follows_words, torn_at_both_ends

_KEEP = "keep"
_ALSO_PARTS_OF_WORDS = "bank"
"""Names of this entity must follow the words of a dictionary, which cuts 手工/行不行 rightly but 开花/呗 wrongly.

Other names must follow them at one end at least (not 黑白/条纹).
"""


class Names:
    """The names of one word list whose sections are entity types, but for `keep` (see `data/lexicon/entities.yml`)."""

    def __init__(self, entries: Iterable[lexicon.Entry]) -> None:
        kept: dict[str, str] = {}
        words: dict[str, dict[str, str]] = {}
        for entry in entries:
            if entry.section == _KEEP:
                kept[entry.variant] = ""
                continue
            canonical = entry.canonical or entry.variant
            words.setdefault(entry.section, {})[entry.variant.casefold()] = canonical
            words[entry.section][canonical.casefold()] = canonical
        self._phrases = {entity: Phrases({**kept, **values}) for entity, values in words.items()}

    @classmethod
    def load(cls, path: Path) -> "Names":
        """Read the word list at `path`.

        Raises:
            lexicon.LexiconError: a line of the list cannot be used.
        """
        return cls(lexicon.read(path))

    def find(self, text: str, borders: frozenset[int]) -> Iterator[Found]:
        """Yield the names in a normalised text with the given word borders; the value is the canonical name.

        The longest name wins.
        """
        for entity, phrases in self._phrases.items():
            position = 0
            while position < len(text):
                word, canonical = phrases.at(text, position) or ("", "")
                end = position + len(word)
                torn = torn_at_both_ends(borders, position, end) or (
                    entity == _ALSO_PARTS_OF_WORDS and not follows_words(borders, position, end)
                )
                if canonical and not torn and _stands_alone(text, position, end):
                    yield Found(entity, position, end, canonical)
                position = end if word and not torn else position + 1


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Tell that a name in Latin letters is not part of a longer run of letters."""
    return not (_is_latin(text[start:start + 1]) and _is_latin(text[start - 1:start])) and not (
        _is_latin(text[end - 1:end]) and _is_latin(text[end:end + 1])
    )


def _is_latin(character: str) -> bool:
    return "a" <= character <= "z"
