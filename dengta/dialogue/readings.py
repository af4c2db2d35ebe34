"""Short titles of the 80 intents, as buttons offer them when a message is not clear."""
from functools import lru_cache
from typing import Mapping, Optional

import yaml

from dengta.settings import ROOT


def reading_title(intent: str) -> Optional[str]:
    """Return the title of an intent id, or None for one that is never offered, such as small talk."""
    return _titles().get(intent)


@lru_cache(maxsize=1)
def _titles() -> Mapping[str, str]:
    with open(ROOT / "data" / "lexicon" / "readings.yml", encoding="utf-8") as file:
        return dict(yaml.safe_load(file)["readings"])
