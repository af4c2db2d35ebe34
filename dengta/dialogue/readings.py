"""Short titles of the 80 intents, as buttons offer them when a message is not clear."""
from functools import lru_cache
from typing import Any, Mapping, Optional

from dengta.data import read_data


def reading_title(intent: str) -> Optional[str]:
    """Return the title of an intent id, or None for one that is never offered, such as small talk."""
    return _file()["readings"].get(intent)


def readings_to_take_up() -> frozenset[str]:
    """Return the intents a customer may be asked about again when they come back in another conversation."""
    offered = {intent for intent in _file()["readings"] if not intent.startswith("faq/")}
    return frozenset(offered.difference(_file()["left_behind"]))


@lru_cache(maxsize=1)
def _file() -> Mapping[str, Any]:
    return read_data("lexicon/readings")
