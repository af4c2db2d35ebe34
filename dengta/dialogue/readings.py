"""Short titles of the 80 intents, as buttons offer them when a message is not clear."""
from functools import lru_cache
from typing import Any, Mapping, Optional

import yaml

from dengta.settings import ROOT


def reading_title(intent: str) -> Optional[str]:
    """Return the title of an intent id, or None for one that is never offered, such as small talk."""
    return _file()["readings"].get(intent)


def readings_to_take_up() -> frozenset[str]:
    """Return the intents a customer may be asked about again when they come back in another conversation."""
    offered = {intent for intent in _file()["readings"] if not intent.startswith("faq/")}
    return frozenset(offered.difference(_file()["left_behind"]))


@lru_cache(maxsize=1)
def _file() -> Mapping[str, Any]:
    with open(ROOT / "data" / "lexicon" / "readings.yml", encoding="utf-8") as file:
        return dict(yaml.safe_load(file))
