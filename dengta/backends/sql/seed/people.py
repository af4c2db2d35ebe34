"""Synthetic people: identity numbers that are well-formed but belong to nobody."""
import random
from datetime import date, timedelta
from typing import Optional

from stdnum.iso7064 import mod_11_2

_FIRST_BIRTHDAY = date(1962, 1, 1)
_BIRTHDAYS = 16000  # days up to 2005


def id_number(index: int, born: Optional[date]) -> str:
    """Return an 18-digit identity number (GB 11643: region, birth date, sequence, ISO 7064 MOD 11-2 check character).

    No region code starts with 99 (GB/T 2260), so the number cannot be a real person's. `index` makes it unique.
    """
    dice = random.Random(index)
    birthday = born or _FIRST_BIRTHDAY + timedelta(days=dice.randrange(_BIRTHDAYS))
    body = f"99{index:04d}{birthday:%Y%m%d}{dice.randrange(1, 1000):03d}"
    return f"{body}{mod_11_2.calc_check_digit(body)}"
