"""Words and patterns looked for in what people write, whatever width, script or spacing they write it in."""
import re
from collections.abc import Sequence
from typing import Any, Mapping

from dengta.privacy.folding import fold

_NEVER = "(?!)"


class Phrases:
    """What is sought, and what excuses it: a finding that overlaps an excuse is none (没有被骗 is not 被骗)."""

    def __init__(self, entry: Mapping[str, Any], more_words: Sequence[str] = ()) -> None:
        """`entry` has the optional lists `words`, `patterns` and `not`; patterns see folded text without spaces.

        Raises:
            re.error: a pattern cannot be read.
        """
        words = [re.escape(word) for word in (*entry.get("words", ()), *more_words)]
        self._sought = _any_of([*words, *entry.get("patterns", ())])
        self._excuses = _any_of(entry.get("not", ()))

    def find(self, text: str) -> tuple[tuple[int, int], ...]:
        """Return the [start, end) of everything found, in the text as it was written."""
        folded = fold(text)
        kept = [index for index, character in enumerate(folded.text) if not character.isspace()]
        plain = "".join(folded.text[index] for index in kept)
        excused = [found.span() for found in self._excuses.finditer(plain)]
        return tuple(
            folded.original(kept[start], kept[end - 1] + 1)
            for start, end in (found.span() for found in self._sought.finditer(plain))
            if start < end and not any(start < until and since < end for since, until in excused)
        )

    def occur_in(self, text: str) -> bool:
        """Tell whether anything is found."""
        return bool(self.find(text))


def _any_of(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns) or _NEVER)
