"""Names what words are about (结清, 还完 and 还清 are one concept), so that few examples teach many wordings."""
from collections.abc import Mapping, Sequence
from pathlib import Path

from dengta.nlu import lexicon
from dengta.nlu.phrases import Phrases


class Concepts:
    """The concepts of one word list whose sections only group them (see `data/lexicon/concepts.yml`)."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self.words = dict(words)
        self._phrases = Phrases(self.words)

    @classmethod
    def load(cls, path: Path) -> "Concepts":
        """Read the word list at `path`; the name of a concept is one of its words.

        Raises:
            lexicon.LexiconError: a line of the list cannot be used, or gives one concept the name of another.
        """
        return cls(_words(path, lexicon.read(path)))

    def find(self, text: str) -> list[str]:
        """Return the concepts of a normalised text in their order; the longest word wins."""
        found, position = [], 0
        while position < len(text):
            word, concept = self._phrases.at(text, position) or (text[position], None)
            if concept:
                found.append(concept)
            position += len(word)
        return found


def _words(path: Path, entries: Sequence[lexicon.Entry]) -> dict[str, str]:
    words = {entry.canonical: entry.canonical for entry in entries if entry.canonical is not None}
    for entry in entries:
        concept = entry.canonical or entry.variant
        if words.setdefault(entry.variant, concept) != concept:
            raise lexicon.LexiconError(f"{path}:{entry.line}: {entry.variant} is itself the name of a concept")
    return words
