"""Finds two requests in one message (还款日是几号，另外怎么提前还清), so that neither is passed over."""
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from dengta.nlu import lexicon
from dengta.nlu.normalize import Normalized
from dengta.nlu.readings import Reading, kind

REQUESTS = "requests"
"""Name of the message property with the ids of two requests, in the order they were made, or an empty list."""

_LONGEST = 50
"""In longer messages commas part the steps of a story, not requests."""

_SHORTEST_PART = 2
_CONFIDENT, _CERTAIN = 0.75, 0.98
"""Confidence a part needs if it has the form of a request, and if it has not; a whole message that is read with
certainty is one request."""

_AMONG = 3
"""Both requests must be among so many best readings of the whole message."""


class Requests:
    """Knows what joins requests, what asks and what declines (see `data/lexicon/requests.yml`)."""

    def __init__(self, joins: Iterable[str], asks: Sequence[str], declines: Sequence[str]) -> None:
        longest_first = sorted(joins, key=len, reverse=True)
        self._cut = re.compile("|".join([*map(re.escape, longest_first), r"[^\w%.]+"]))
        self._asks = asks
        self._declines = declines

    @classmethod
    def load(cls, path: Path) -> "Requests":
        """Read the word list at `path`.

        Raises:
            lexicon.LexiconError: a line of the list cannot be used.
        """
        words: dict[str, list[str]] = {"joins": [], "asks": [], "declines": []}
        for entry in lexicon.read(path):
            if entry.section not in words:
                raise lexicon.LexiconError(f"{path}:{entry.line}: {entry.section} is none of {', '.join(words)}")
            words[entry.section].append(entry.variant)
        return cls(**words)

    def find(
        self, typed: str, normalized: Normalized, whole: Sequence[Reading], read: Callable[[str], list[Reading]]
    ) -> list[str]:
        """Return the ids of the two business requests in a message, or an empty list if it is not two.

        `whole` holds the readings of the message, `read` gives those of a part of it, both best first.
        """
        parts = self._parts(typed, normalized)
        if len(parts) < 2 or len(normalized.text) > _LONGEST or whole[0]["confidence"] >= _CERTAIN:
            return []
        found = list(dict.fromkeys(best["id"] for part in parts if self._is_request(part, best := read(part)[0])))
        among = {reading["id"] for reading in whole[:_AMONG]}
        return found if len(found) == 2 and among.issuperset(found) else []

    def _parts(self, typed: str, normalized: Normalized) -> list[str]:
        """Cut a message at punctuation, at joining words, and at spaces that normalising dropped."""
        pieces, end = [], 0
        for character, (start, after) in zip(normalized.text, normalized.spans):
            pieces.append(" " + character if typed[end:start].isspace() else character)
            end = after
        return [part for part in self._cut.split("".join(pieces)) if len(part) >= _SHORTEST_PART]

    def _is_request(self, part: str, best: Reading) -> bool:
        if kind(best["id"]) != "business" or any(word in part for word in self._declines):
            return False
        asks = any(word in part for word in self._asks)
        return best["confidence"] >= (_CONFIDENT if asks else _CERTAIN)
