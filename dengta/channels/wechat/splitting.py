"""Cutting a text into messages WeChat accepts: by bytes, at the best border, never inside what belongs together.

WeChat refuses more than 2048 bytes with 45002 (MamaShip/Observer#77; for WeCom: document/path/96427).
"""
import re
import unicodedata
from typing import Sequence

from dengta.channels.wechat.links import ANCHOR

LIMIT = 2000  # bytes

# The ends of what may stand alone, best first: paragraph, line, sentence, clause.
_BORDERS = tuple(map(re.compile, (r"(?=\n\n)", r"(?=\n)", r"[。！？；…!?;]+[”’」』）)]*", r"[，、：]|(?= )")))
_WORD = re.compile(r"[!-~]+")  # amounts, dates, addresses
_JOINER = "\u200d"


def size(text: str) -> int:
    """Return how many bytes a text has in UTF-8."""
    return len(text.encode())


def cut(text: str, limit: int) -> tuple[str, str]:
    """Return a first message of at most `limit` bytes (at least 4) and what is left, without the blanks between them.

    Of the borders in the second half of `limit` the last one of the best kind is taken, otherwise the last one of any
    kind; without a border the text is cut between two words or signs.
    """
    text = text.strip()
    if size(text) <= limit:
        return text, ""
    places = _places(text, limit)
    place = _best(text, places, limit)
    return text[:place].rstrip(), text[place:].lstrip()


def _places(text: str, limit: int) -> Sequence[int]:
    fitting, length = [], 0
    for place, sign in enumerate(text, start=1):
        length += size(sign)
        if length > limit:
            break
        fitting.append(place)
    between_signs = [place for place in fitting if not _belong_together(text, place)]
    outside_links = _outside(ANCHOR, text, between_signs)
    return _outside(_WORD, text, outside_links) or outside_links or between_signs or fitting


def _outside(pattern: "re.Pattern[str]", text: str, places: Sequence[int]) -> Sequence[int]:
    inside = {place for found in pattern.finditer(text) for place in range(found.start() + 1, found.end())}
    return [place for place in places if place not in inside]


def _best(text: str, places: Sequence[int], limit: int) -> int:
    allowed = set(places)
    last = [
        max((found.end() for found in border.finditer(text) if found.end() in allowed), default=0)
        for border in _BORDERS
    ]
    late = [place for place in last if size(text[:place]) >= limit / 2]
    return late[0] if late else max(last) or places[-1]


def _belong_together(text: str, place: int) -> bool:
    """Tell whether the signs around a place show as one: accents, and emoji joined, toned, tagged or paired."""
    before, after = text[place - 1], text[place]
    return (
        unicodedata.category(after).startswith("M")
        or _JOINER in (before, after)
        or "\U0001f3fb" <= after <= "\U0001f3ff"
        or "\U000e0020" <= after <= "\U000e007f"
        or (_is_flag_half(after) and _flag_halves_before(text, place) % 2 == 1)
    )


def _flag_halves_before(text: str, place: int) -> int:
    start = place
    while start > 0 and _is_flag_half(text[start - 1]):
        start -= 1
    return place - start


def _is_flag_half(sign: str) -> bool:
    return "\U0001f1e6" <= sign <= "\U0001f1ff"
