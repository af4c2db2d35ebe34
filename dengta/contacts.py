"""Official contacts by number: what `data/lexicon/contacts.yml` says a number is for."""
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Mapping, Optional

from dengta.data import read_data


@dataclass(frozen=True)
class Official:
    """A number of the lender itself or a public line of the state."""

    purpose: str
    public: bool


def official_number(number: str) -> Optional[Official]:
    """Return what a number (digits only) is for, or None if it is on no official list."""
    return _numbers().get(number)


@lru_cache(maxsize=1)
def _numbers() -> Mapping[str, Official]:
    groups = read_data("lexicon/contacts")
    return {
        digits: Official(entry["purpose"], public=group == "public")
        for group, entries in groups.items()
        for entry in entries.values()
        if (digits := re.sub(r"[\s-]", "", entry["text"])).isdigit()
    }
