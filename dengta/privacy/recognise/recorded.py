"""Finds values that the customer's record holds, in whatever script and however spaced they are written."""
import re
from collections.abc import Iterator, Sequence

from dengta.privacy.folding import Folded, fold
from dengta.privacy.recognise.personal import KNOWN, Personal

_BETWEEN = frozenset(" \n\t-‐‑–—.,、·_~()/")
_SHORTEST = 2
_SHAPES = (
    ("phone", re.compile(r"1[3-9]\d{9}")),
    ("id_number", re.compile(r"\d{17}[\dx]|\d{15}")),
    ("card", re.compile(r"\d{16,19}")),
    ("landline", re.compile(r"0\d{9,11}")),
    ("email", re.compile(r".+@.+")),
    ("qq", re.compile(r"\d+")),
    ("name", re.compile(r"[\u3400-\u9fff]{2,4}")),
    ("wechat", re.compile("[a-z][a-z0-9]+")),
    ("address", re.compile(".+")),
)


def find(folded: Folded, known: Sequence[str]) -> Iterator[Personal]:
    """Yield every place of a folded text where a known value stands; values under two characters are left out."""
    for value in known:
        plain = _essential(fold(value).text)[0]
        if len(plain) < _SHORTEST or "*" in plain:
            continue
        if plain[:-1].isdigit():
            text, positions = _essential(folded.digits)
        else:
            text, positions = _essential(folded.text)
        kind = next(kind for kind, shape in _SHAPES if shape.fullmatch(plain))
        for start in _places(plain, text):
            yield Personal(kind, positions[start], positions[start + len(plain) - 1] + 1, KNOWN)


def _essential(text: str) -> tuple[str, list[int]]:
    """Return a text without what may stand between its characters, and where each of the others stands."""
    kept = [(position, character) for position, character in enumerate(text) if character not in _BETWEEN]
    return "".join(character for _, character in kept), [position for position, _ in kept]


def _places(wanted: str, text: str) -> Iterator[int]:
    start = text.find(wanted)
    while start >= 0:
        yield start
        start = text.find(wanted, start + len(wanted))
