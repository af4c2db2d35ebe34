"""How long a bubble waits for the next one: a moment, or longer when it only leads up to what is wanted."""
import re
from functools import lru_cache

from dengta.data import read_data

LEAD_IN = 6  # moments
_SIGNS = re.compile(r"[\W_]+")


class Pauses:
    """Tells the pause after a text, in seconds; `moment` is that after an ordinary one."""

    def __init__(self, moment: float) -> None:
        self._moment = moment

    def after(self, text: str) -> float:
        """Return how long to wait for the next bubble."""
        lead_ins, sounds = _words()
        words = _SIGNS.sub("", text).lower()
        leads = words in lead_ins or words.rstrip(sounds) in lead_ins
        return self._moment * (LEAD_IN if leads else 1)


@lru_cache(maxsize=1)
def _words() -> tuple[frozenset[str], str]:
    content = read_data("lexicon/lead_ins")
    return frozenset(content["lead_ins"]), content["sounds"]
