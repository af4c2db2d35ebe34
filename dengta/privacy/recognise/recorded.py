"""Finds values that the customer's record holds, in whatever script and however spaced they are written."""
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Optional

from dengta.privacy.folding import Folded, fold
from dengta.privacy.recognise.personal import KNOWN, Personal

_NOT_ESSENTIAL = re.compile(r"[\s\-.,·_]")
_BETWEEN = r"[\s\-‐‑–—.,、·_~()/]{0,3}"
_SHORTEST = 2
_SHAPES = (
    ("phone", re.compile(r"1[3-9]\d{9}")),
    ("id_number", re.compile(r"\d{17}[\dx]|\d{15}")),
    ("card", re.compile(r"\d{16,19}")),
    ("landline", re.compile(r"0\d{9,11}")),
    ("email", re.compile(r".+@.+")),
    ("qq", re.compile(r"\d+")),
    ("name", re.compile("[\u3400-\u9fff]{2,4}")),
    ("wechat", re.compile("[a-z][a-z0-9_-]+")),
    ("address", re.compile(".+")),
)


def find(folded: Folded, known: Sequence[str]) -> Iterator[Personal]:
    """Yield every place of a folded text where a known value stands; values under two characters are left out."""
    for value in known:
        if (wanted := _wanted(value)) is None:
            continue
        kind, pattern, is_number = wanted
        for match in pattern.finditer(folded.digits if is_number else folded.text):
            yield Personal(kind, match.start(), match.end(), KNOWN)


@lru_cache(maxsize=1000)
def _wanted(value: str) -> Optional[tuple[str, re.Pattern[str], bool]]:
    plain = _NOT_ESSENTIAL.sub("", fold(value).text)
    if len(plain) < _SHORTEST or "*" in plain:
        return None
    kind = next(kind for kind, shape in _SHAPES if shape.fullmatch(plain))
    return kind, re.compile(_BETWEEN.join(map(re.escape, plain)), re.IGNORECASE), plain[:-1].isdigit()
